package import Storage

/// Tables of requests. Numbers 30–39 and 60–62 of the one list.
package enum RequestsSchema {
    package static let migrations = [
        Migration(
            30, "requests, their parties and the dated facts of each",
            [
                """
                CREATE TABLE request (
                    id TEXT PRIMARY KEY, organisation_id TEXT NOT NULL, number BIGINT NOT NULL, line_id TEXT NOT NULL, topic_id TEXT,
                    subject TEXT NOT NULL, client_id TEXT NOT NULL, client_unit_id TEXT, author_id TEXT NOT NULL,
                    origin TEXT NOT NULL, state TEXT NOT NULL, is_open BIGINT NOT NULL, priority TEXT NOT NULL, assignee_id TEXT,
                    registered_at BIGINT NOT NULL, deadline_at BIGINT, deadline_by_hand BIGINT NOT NULL DEFAULT 0,
                    paused_left BIGINT, due_at BIGINT NOT NULL, plan_minutes BIGINT, fact_minutes BIGINT NOT NULL DEFAULT 0,
                    progress BIGINT NOT NULL DEFAULT 0, taken_at BIGINT, first_answer_at BIGINT, solved_at BIGINT, ended_at BIGINT,
                    rating BIGINT, rating_comment TEXT, closed_unanswered BIGINT NOT NULL DEFAULT 0, version BIGINT NOT NULL,
                    changed_at BIGINT NOT NULL, last_number BIGINT NOT NULL, last_reply_number BIGINT NOT NULL,
                    last_reply_at BIGINT NOT NULL, last_reply_by TEXT NOT NULL, search_row BIGINT NOT NULL UNIQUE)
                """,
                "CREATE UNIQUE INDEX request_number ON request (organisation_id, number)",
                // Both hold all that the permission of a queue looks at, so that counting its tabs reads no request.
                "CREATE INDEX request_open ON request (organisation_id, is_open, due_at, line_id, assignee_id, client_unit_id, id)",
                """
                CREATE INDEX request_free ON request (organisation_id, due_at, line_id, assignee_id, client_unit_id, id, is_open)
                    WHERE is_open = 1 AND assignee_id IS NULL
                """,
                "CREATE INDEX request_of_assignee ON request (assignee_id, is_open, due_at)",
                "CREATE INDEX request_of_client ON request (client_id, is_open, registered_at)",
                "CREATE INDEX request_of_line ON request (line_id, registered_at)",
                """
                CREATE TABLE party (
                    request_id TEXT NOT NULL REFERENCES request (id), organisation_id TEXT NOT NULL, side TEXT NOT NULL,
                    number BIGINT NOT NULL, PRIMARY KEY (request_id, organisation_id))
                """,
                "CREATE UNIQUE INDEX party_number ON party (organisation_id, number)",
                """
                CREATE TABLE request_span (
                    request_id TEXT NOT NULL REFERENCES request (id), field TEXT NOT NULL, value TEXT, from_at BIGINT NOT NULL,
                    until_at BIGINT, by_id TEXT)
                """,
                "CREATE INDEX request_span_of ON request_span (request_id, field, from_at)",
                "CREATE UNIQUE INDEX request_span_now ON request_span (request_id, field) WHERE until_at IS NULL",
                """
                CREATE TABLE observer (
                    request_id TEXT NOT NULL REFERENCES request (id), person_id TEXT NOT NULL, from_at BIGINT NOT NULL,
                    until_at BIGINT)
                """,
                "CREATE UNIQUE INDEX observer_now ON observer (person_id, request_id) WHERE until_at IS NULL",
                "CREATE INDEX observer_of ON observer (request_id)",
            ]),
        Migration(
            31, "conversations: messages, files, marks of reading; labour time",
            [
                """
                CREATE TABLE message (
                    id TEXT PRIMARY KEY, request_id TEXT NOT NULL REFERENCES request (id), number BIGINT NOT NULL,
                    author_id TEXT NOT NULL, is_note BIGINT NOT NULL, is_staff BIGINT NOT NULL, text TEXT NOT NULL,
                    at BIGINT NOT NULL)
                """,
                "CREATE UNIQUE INDEX message_of_request ON message (request_id, number)",
                """
                CREATE TABLE attachment (
                    id TEXT PRIMARY KEY, message_id TEXT NOT NULL REFERENCES message (id), request_id TEXT NOT NULL,
                    name TEXT NOT NULL, size BIGINT NOT NULL, type TEXT NOT NULL, hash TEXT NOT NULL, is_note BIGINT NOT NULL,
                    at BIGINT NOT NULL)
                """,
                "CREATE INDEX attachment_of_request ON attachment (request_id)",
                "CREATE INDEX attachment_of_message ON attachment (message_id)",
                """
                CREATE TABLE upload (
                    id TEXT PRIMARY KEY, organisation_id TEXT NOT NULL, person_id TEXT NOT NULL, name TEXT NOT NULL,
                    size BIGINT NOT NULL, made_at BIGINT NOT NULL, hash TEXT)
                """,
                """
                CREATE TABLE reading (
                    request_id TEXT NOT NULL, person_id TEXT NOT NULL, up_to BIGINT NOT NULL, at BIGINT NOT NULL,
                    is_client BIGINT NOT NULL, PRIMARY KEY (request_id, person_id))
                """,
                """
                CREATE TABLE time_spent (
                    id TEXT PRIMARY KEY, request_id TEXT NOT NULL REFERENCES request (id), person_id TEXT NOT NULL,
                    minutes BIGINT NOT NULL, reason TEXT, at BIGINT NOT NULL)
                """,
                "CREATE INDEX time_spent_of ON time_spent (request_id)",
                "CREATE INDEX time_spent_by ON time_spent (person_id, at)",
                // What a person gave as the reason of a change; the event holds only its id.
                """
                CREATE TABLE reason (id TEXT PRIMARY KEY, request_id TEXT NOT NULL, text TEXT NOT NULL)
                """,
            ]),
        Migration(
            32, "a line's usual first answer, kept by a reader of the log",
            [
                """
                CREATE TABLE first_answer (
                    request_id TEXT PRIMARY KEY, line_id TEXT NOT NULL, at BIGINT NOT NULL, minutes BIGINT NOT NULL)
                """,
                "CREATE INDEX first_answer_of_line ON first_answer (line_id, at)",
            ]),
        Migration(
            33, "quick replies",
            [
                """
                CREATE TABLE quick_reply (
                    id TEXT PRIMARY KEY, organisation_id TEXT NOT NULL, person_id TEXT, line_id TEXT, title TEXT NOT NULL,
                    text TEXT NOT NULL, made_at BIGINT NOT NULL, ended_at BIGINT)
                """,
                "CREATE INDEX quick_reply_of_person ON quick_reply (person_id)",
                "CREATE INDEX quick_reply_of_line ON quick_reply (line_id)",
            ]),
        Migration(
            34, "messages that are changed, quoted and reacted to; mentions, checklists, drafts",
            [
                // The number of the last event that touched a message: an open page asks for what is above the last it has.
                "ALTER TABLE message ADD COLUMN touched BIGINT",
                "ALTER TABLE message ADD COLUMN edited_at BIGINT",
                "ALTER TABLE message ADD COLUMN removed_at BIGINT",
                "ALTER TABLE message ADD COLUMN quote_id TEXT",
                """
                CREATE TABLE message_version (
                    message_id TEXT NOT NULL REFERENCES message (id), text TEXT NOT NULL, from_at BIGINT NOT NULL,
                    until_at BIGINT NOT NULL)
                """,
                "CREATE INDEX message_version_of ON message_version (message_id, from_at)",
                """
                CREATE TABLE reaction (
                    request_id TEXT NOT NULL REFERENCES request (id), message_id TEXT NOT NULL REFERENCES message (id),
                    person_id TEXT NOT NULL, code TEXT NOT NULL, at BIGINT NOT NULL,
                    PRIMARY KEY (message_id, person_id, code))
                """,
                "CREATE INDEX reaction_of_request ON reaction (request_id)",
                """
                CREATE TABLE mention (
                    request_id TEXT NOT NULL REFERENCES request (id), message_id TEXT NOT NULL REFERENCES message (id),
                    person_id TEXT NOT NULL, PRIMARY KEY (message_id, person_id))
                """,
                "CREATE INDEX mention_of_request ON mention (request_id)",
                """
                CREATE TABLE check_item (
                    id TEXT PRIMARY KEY, request_id TEXT NOT NULL REFERENCES request (id), text TEXT NOT NULL,
                    place BIGINT NOT NULL, done_at BIGINT, done_by TEXT, removed_at BIGINT, merged_from TEXT)
                """,
                "CREATE INDEX check_item_of ON check_item (request_id, place)",
                """
                CREATE TABLE draft (
                    person_id TEXT NOT NULL, place TEXT NOT NULL, text TEXT NOT NULL, kind TEXT, line_id TEXT,
                    version BIGINT NOT NULL, at BIGINT NOT NULL, PRIMARY KEY (person_id, place))
                """,
            ]),
        Migration(
            35, "requests that belong together",
            [
                // From the one that was there first: related both ways; merged and split say which came of which.
                """
                CREATE TABLE request_link (
                    request_id TEXT NOT NULL REFERENCES request (id), other_id TEXT NOT NULL REFERENCES request (id),
                    kind TEXT NOT NULL, from_at BIGINT NOT NULL, until_at BIGINT, by_id TEXT NOT NULL)
                """,
                "CREATE UNIQUE INDEX request_link_now ON request_link (request_id, other_id) WHERE until_at IS NULL",
                "CREATE INDEX request_link_other ON request_link (other_id)",
                // Where a message was before its request was merged into another.
                "ALTER TABLE message ADD COLUMN merged_from TEXT",
            ]),
        Migration(
            36, "attention of specialists, which becomes labour time",
            [
                """
                CREATE TABLE attention (
                    person_id TEXT NOT NULL, request_id TEXT NOT NULL REFERENCES request (id), from_at BIGINT NOT NULL,
                    until_at BIGINT NOT NULL)
                """,
                "CREATE INDEX attention_of_person ON attention (person_id, until_at)",
                "CREATE INDEX attention_of_request ON attention (request_id, person_id)",
                "ALTER TABLE time_spent ADD COLUMN is_attention BIGINT NOT NULL DEFAULT 0",
            ]),
        Migration(
            37, "what lines ask about requests, their own states, closing by itself",
            [
                """
                CREATE TABLE field_value (
                    id TEXT PRIMARY KEY, request_id TEXT NOT NULL REFERENCES request (id), field_id TEXT NOT NULL,
                    value TEXT NOT NULL, from_at BIGINT NOT NULL, until_at BIGINT, by_id TEXT NOT NULL)
                """,
                "CREATE UNIQUE INDEX field_value_now ON field_value (request_id, field_id) WHERE until_at IS NULL",
                "ALTER TABLE request ADD COLUMN closes_at BIGINT",
                "ALTER TABLE request ADD COLUMN own_state_id TEXT",
            ]),
        Migration(
            38, "clocks: the answer's deadline, what is waited for, what was told of deadlines",
            [
                "ALTER TABLE request ADD COLUMN answer_due_at BIGINT",
                "ALTER TABLE request ADD COLUMN answer_by_hand BIGINT NOT NULL DEFAULT 0",
                "ALTER TABLE request ADD COLUMN answer_left BIGINT",
                "ALTER TABLE request ADD COLUMN waits_for TEXT NOT NULL DEFAULT 'client'",
                "ALTER TABLE request ADD COLUMN answer_told BIGINT NOT NULL DEFAULT 0",
                "ALTER TABLE request ADD COLUMN solution_told BIGINT NOT NULL DEFAULT 0",
                "ALTER TABLE request ADD COLUMN answer_missed_at BIGINT",
                "ALTER TABLE request ADD COLUMN missed_at BIGINT",
                "ALTER TABLE request ADD COLUMN watch_at BIGINT",
                "CREATE INDEX request_watch ON request (watch_at) WHERE watch_at IS NOT NULL",
                // Deadlines that were promised before are watched over like new ones.
                "UPDATE request SET watch_at = deadline_at WHERE is_open = 1 AND state IN ('new', 'working')",
            ]),
        Migration(
            39, "views of the queue, saved",
            [
                """
                CREATE TABLE saved_view (
                    id TEXT PRIMARY KEY, organisation_id TEXT NOT NULL, person_id TEXT NOT NULL, title TEXT NOT NULL,
                    query TEXT NOT NULL, made_at BIGINT NOT NULL, ended_at BIGINT)
                """,
                "CREATE INDEX saved_view_of_person ON saved_view (person_id)",
            ]),
        Migration(
            60, "how many requests a column of a line's board should hold",
            [
                // Zero says that the limit was lifted.
                """
                CREATE TABLE board_limit (
                    line_id TEXT NOT NULL, organisation_id TEXT NOT NULL, field TEXT NOT NULL, value TEXT NOT NULL,
                    at_most BIGINT NOT NULL CHECK (at_most >= 0), PRIMARY KEY (line_id, field, value))
                """
            ]),
        Migration(
            61, "steps that are somebody's tasks, with a deadline of their own",
            [
                "ALTER TABLE check_item ADD COLUMN person_id TEXT",
                "ALTER TABLE check_item ADD COLUMN due_at BIGINT",
                """
                CREATE INDEX check_item_of_person ON check_item (person_id, due_at)
                    WHERE person_id IS NOT NULL AND done_at IS NULL AND removed_at IS NULL
                """,
            ]),
        Migration(
            62, "reminders of requests, to oneself or to the client",
            [
                """
                CREATE TABLE reminder (
                    id TEXT PRIMARY KEY, organisation_id TEXT NOT NULL, request_id TEXT NOT NULL REFERENCES request (id),
                    person_id TEXT NOT NULL, to_client BIGINT NOT NULL, text TEXT, due_at BIGINT NOT NULL,
                    made_at BIGINT NOT NULL, rung_at BIGINT, ended_at BIGINT)
                """,
                "CREATE INDEX reminder_of_person ON reminder (person_id, due_at) WHERE ended_at IS NULL",
                "CREATE INDEX reminder_of_request ON reminder (request_id) WHERE ended_at IS NULL",
            ]),
    ]
}
