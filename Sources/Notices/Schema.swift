package import Storage

/// Tables of notices. Numbers 80–84 of the one list.
package enum NoticesSchema {
    package static let migrations = [
        Migration(
            80, "what people are told of, and how each wishes to be told",
            [
                // What the log tells already, for one person; several of a kind about one request become one row until it is read.
                """
                CREATE TABLE notice (
                    id TEXT PRIMARY KEY, organisation_id TEXT NOT NULL, person_id TEXT NOT NULL, kind TEXT NOT NULL,
                    request_id TEXT, event_number BIGINT NOT NULL, actor_id TEXT, detail TEXT,
                    count BIGINT NOT NULL DEFAULT 1, on_page BIGINT NOT NULL, in_browser BIGINT NOT NULL, at BIGINT NOT NULL,
                    read_at BIGINT, mail_due_at BIGINT, mailed_at BIGINT)
                """,
                "CREATE INDEX notice_of_person ON notice (person_id, at)",
                "CREATE INDEX notice_unread ON notice (person_id, at) WHERE read_at IS NULL",
                // Looked up by every event: the row that a new one joins, and what is new no more when somebody has taken it.
                "CREATE INDEX notice_of_request ON notice (request_id, kind, person_id) WHERE read_at IS NULL",
                "CREATE INDEX notice_mail ON notice (person_id, mail_due_at) WHERE mail_due_at IS NOT NULL",
                """
                CREATE TABLE notice_choice (
                    person_id TEXT NOT NULL, kind TEXT NOT NULL, ways BIGINT NOT NULL, PRIMARY KEY (person_id, kind))
                """,
                """
                CREATE TABLE notice_habit (
                    person_id TEXT PRIMARY KEY, quiet_from BIGINT, quiet_until BIGINT, every_minutes BIGINT NOT NULL)
                """,
                "CREATE TABLE letter_last (person_id TEXT PRIMARY KEY, at BIGINT NOT NULL)",
            ]),
        Migration(
            81, "outgoing mail: letters that wait, addresses that were refused, the state of the server",
            [
                """
                CREATE TABLE mail_refusal (
                    address TEXT PRIMARY KEY, organisation_id TEXT NOT NULL, person_id TEXT NOT NULL, at BIGINT NOT NULL,
                    why TEXT NOT NULL, ended_at BIGINT)
                """,
                """
                CREATE TABLE mail_state (
                    id BIGINT PRIMARY KEY, fault TEXT, fault_kind TEXT, fault_at BIGINT, sent_at BIGINT)
                """,
                """
                CREATE TABLE letter (
                    id TEXT PRIMARY KEY, organisation_id TEXT NOT NULL, person_id TEXT NOT NULL, address TEXT NOT NULL,
                    subject TEXT NOT NULL, text TEXT NOT NULL, html TEXT, file_name TEXT, file_type TEXT,
                    request_id TEXT, made_at BIGINT NOT NULL, due_at BIGINT NOT NULL, tries BIGINT NOT NULL DEFAULT 0,
                    state TEXT NOT NULL CHECK (state IN ('waiting', 'sent', 'lost')), fault TEXT, held_by TEXT,
                    ended_at BIGINT)
                """,
                "CREATE INDEX letter_due ON letter (due_at) WHERE state = 'waiting'",
                "CREATE INDEX letter_of_organisation ON letter (organisation_id, state, ended_at)",
            ], sqlite: ["ALTER TABLE letter ADD COLUMN file BLOB"],
            postgres: ["ALTER TABLE letter ADD COLUMN file BYTEA"]),
        Migration(
            82, "browsers that are told while no page is open in them",
            [
                "CREATE TABLE push_key (id BIGINT PRIMARY KEY, sealed TEXT NOT NULL, made_at BIGINT NOT NULL)",
                """
                CREATE TABLE push_device (
                    id TEXT PRIMARY KEY, organisation_id TEXT NOT NULL, person_id TEXT NOT NULL, session_id TEXT NOT NULL,
                    endpoint TEXT NOT NULL, public_key TEXT NOT NULL, secret TEXT NOT NULL, agent TEXT NOT NULL,
                    made_at BIGINT NOT NULL, ended_at BIGINT, why TEXT)
                """,
                "CREATE UNIQUE INDEX push_device_now ON push_device (endpoint) WHERE ended_at IS NULL",
                "CREATE INDEX push_device_of_person ON push_device (person_id) WHERE ended_at IS NULL",
                """
                CREATE TABLE push_job (
                    notice_id TEXT NOT NULL, device_id TEXT NOT NULL, made_at BIGINT NOT NULL, due_at BIGINT NOT NULL,
                    tries BIGINT NOT NULL DEFAULT 0, PRIMARY KEY (notice_id, device_id))
                """,
                "CREATE INDEX push_job_due ON push_job (due_at)",
            ]),
    ]
}
