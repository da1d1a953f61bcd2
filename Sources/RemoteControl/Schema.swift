package import Storage

/// Tables of remote control. Numbers 120–129, 131 and 140 of the one list.
package enum ControlSchema {
    package static let migrations = [
        Migration(
            120, "remote control: sessions, who looks, what opens a stream",
            [
                """
                CREATE TABLE control_session (
                    id TEXT PRIMARY KEY, organisation_id TEXT NOT NULL, request_id TEXT NOT NULL, client_id TEXT NOT NULL,
                    state TEXT NOT NULL, asked BIGINT, asked_by TEXT, question BIGINT NOT NULL, asked_at BIGINT,
                    agreed BIGINT NOT NULL, code TEXT, code_until BIGINT NOT NULL, secret TEXT, computer TEXT NOT NULL,
                    login TEXT NOT NULL, system TEXT NOT NULL, abilities BIGINT NOT NULL, made_at BIGINT NOT NULL,
                    started_at BIGINT, seen_at BIGINT NOT NULL, ended_at BIGINT, why TEXT)
                """,
                "CREATE INDEX control_session_of ON control_session (request_id, made_at)",
                "CREATE UNIQUE INDEX control_session_code ON control_session (code) WHERE code IS NOT NULL",
                "CREATE UNIQUE INDEX control_session_secret ON control_session (secret) WHERE secret IS NOT NULL",
                "CREATE UNIQUE INDEX control_session_now ON control_session (request_id) WHERE ended_at IS NULL",
                """
                CREATE TABLE control_viewer (
                    session_id TEXT NOT NULL REFERENCES control_session (id), person_id TEXT NOT NULL, by_id TEXT NOT NULL,
                    from_at BIGINT NOT NULL, opened_at BIGINT, until_at BIGINT)
                """,
                "CREATE UNIQUE INDEX control_viewer_now ON control_viewer (session_id, person_id) WHERE until_at IS NULL",
                """
                CREATE TABLE control_token (
                    token TEXT PRIMARY KEY, session_id TEXT NOT NULL REFERENCES control_session (id), person_id TEXT NOT NULL,
                    sign_in_id TEXT NOT NULL, until_at BIGINT NOT NULL)
                """,
            ]),
        Migration(
            122, "remote control: a colleague is asked for, and who looks is counted by spans",
            [
                "ALTER TABLE control_session ADD COLUMN invitation TEXT",
                "ALTER TABLE control_session ADD COLUMN invited_by TEXT",
                "ALTER TABLE control_session ADD COLUMN instead BIGINT NOT NULL DEFAULT 0",
                "ALTER TABLE control_viewer ADD COLUMN began_at BIGINT",
            ]),
        Migration(
            125, "remote control: files to and from the client's computer",
            [
                // A row is the wish for a file or the file itself; `id` is that of the upload and then of the attachment.
                """
                CREATE TABLE control_file (
                    id TEXT PRIMARY KEY, session_id TEXT NOT NULL REFERENCES control_session (id), number BIGINT NOT NULL,
                    way TEXT NOT NULL, person_id TEXT NOT NULL, state TEXT NOT NULL, why TEXT, name TEXT NOT NULL,
                    size BIGINT NOT NULL, sha256 TEXT NOT NULL, done BIGINT NOT NULL, made_at BIGINT NOT NULL, ended_at BIGINT)
                """,
                "CREATE UNIQUE INDEX control_file_of ON control_file (session_id, number)",
            ]),
        Migration(
            131, "remote control: whether the person at the computer was told of a recording",
            [
                "ALTER TABLE control_session ADD COLUMN asks_recorded BIGINT NOT NULL DEFAULT 0",
                "ALTER TABLE control_session ADD COLUMN recorded BIGINT NOT NULL DEFAULT 0",
            ]),
        Migration(
            140, "remote control: computers that are known, and who is let in to them without a question",
            [
                """
                CREATE TABLE machine (
                    id TEXT PRIMARY KEY, organisation_id TEXT NOT NULL, person_id TEXT NOT NULL, kind TEXT NOT NULL,
                    by_id TEXT NOT NULL, code TEXT, code_until BIGINT NOT NULL, secret TEXT, computer TEXT NOT NULL,
                    login TEXT NOT NULL, name_search TEXT NOT NULL, system TEXT NOT NULL, abilities BIGINT NOT NULL,
                    made_at BIGINT NOT NULL, introduced_at BIGINT, seen_at BIGINT NOT NULL, wire TEXT,
                    sessions BIGINT NOT NULL, removed_at BIGINT, removed_by TEXT)
                """,
                "CREATE UNIQUE INDEX machine_code ON machine (code) WHERE code IS NOT NULL",
                "CREATE UNIQUE INDEX machine_secret ON machine (secret) WHERE secret IS NOT NULL",
                "CREATE INDEX machine_of ON machine (person_id) WHERE removed_at IS NULL",
                "CREATE INDEX machine_in ON machine (organisation_id, seen_at) WHERE removed_at IS NULL",
                """
                CREATE TABLE unattended_policy (
                    organisation_id TEXT PRIMARY KEY, allowed BIGINT NOT NULL, changed_at BIGINT NOT NULL,
                    by_id TEXT NOT NULL)
                """,
                """
                CREATE TABLE unattended_line (
                    organisation_id TEXT NOT NULL, line_id TEXT NOT NULL, PRIMARY KEY (organisation_id, line_id))
                """,
                "ALTER TABLE control_session ADD COLUMN machine_id TEXT",
                "ALTER TABLE control_session ADD COLUMN number BIGINT NOT NULL DEFAULT 1",
                "ALTER TABLE control_session ADD COLUMN asks_unattended BIGINT NOT NULL DEFAULT 0",
                "ALTER TABLE control_session ADD COLUMN unattended BIGINT NOT NULL DEFAULT 0",
                "CREATE INDEX control_session_at ON control_session (machine_id) WHERE machine_id IS NOT NULL AND ended_at IS NULL",
            ]),
    ]
}
