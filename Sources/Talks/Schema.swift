package import Storage

/// Tables of talks among the staff. Numbers 40–49 of the one list.
package enum TalksSchema {
    package static let migrations = [
        Migration(
            40, "talks among the staff: members, messages, files",
            [
                """
                CREATE TABLE talk (
                    id TEXT PRIMARY KEY, organisation_id TEXT NOT NULL, pair TEXT, title TEXT NOT NULL, request_id TEXT,
                    made_by TEXT NOT NULL, made_at BIGINT NOT NULL, last_number BIGINT NOT NULL, last_at BIGINT NOT NULL,
                    last_by TEXT NOT NULL)
                """,
                // A talk of two is one for ever; `pair` holds both.
                "CREATE UNIQUE INDEX talk_pair ON talk (organisation_id, pair) WHERE pair IS NOT NULL",
                "CREATE INDEX talk_of_request ON talk (request_id) WHERE request_id IS NOT NULL",
                """
                CREATE TABLE talk_member (
                    talk_id TEXT NOT NULL REFERENCES talk (id), person_id TEXT NOT NULL, from_at BIGINT NOT NULL,
                    until_at BIGINT, read_up_to BIGINT NOT NULL)
                """,
                "CREATE UNIQUE INDEX talk_member_now ON talk_member (person_id, talk_id) WHERE until_at IS NULL",
                "CREATE INDEX talk_member_of ON talk_member (talk_id)",
                """
                CREATE TABLE talk_message (
                    id TEXT PRIMARY KEY, talk_id TEXT NOT NULL REFERENCES talk (id), number BIGINT NOT NULL,
                    author_id TEXT NOT NULL, text TEXT NOT NULL, at BIGINT NOT NULL, touched BIGINT, edited_at BIGINT,
                    removed_at BIGINT, quote_id TEXT, search_row BIGINT NOT NULL UNIQUE)
                """,
                "CREATE UNIQUE INDEX talk_message_of ON talk_message (talk_id, number)",
                """
                CREATE TABLE talk_message_version (
                    message_id TEXT NOT NULL REFERENCES talk_message (id), text TEXT NOT NULL, from_at BIGINT NOT NULL,
                    until_at BIGINT NOT NULL)
                """,
                "CREATE INDEX talk_message_version_of ON talk_message_version (message_id, from_at)",
                """
                CREATE TABLE talk_reaction (
                    talk_id TEXT NOT NULL, message_id TEXT NOT NULL REFERENCES talk_message (id), person_id TEXT NOT NULL,
                    code TEXT NOT NULL, at BIGINT NOT NULL, PRIMARY KEY (message_id, person_id, code))
                """,
                "CREATE INDEX talk_reaction_of ON talk_reaction (talk_id)",
                """
                CREATE TABLE talk_file (
                    id TEXT PRIMARY KEY, talk_id TEXT NOT NULL, message_id TEXT NOT NULL REFERENCES talk_message (id),
                    name TEXT NOT NULL, size BIGINT NOT NULL, type TEXT NOT NULL, hash TEXT NOT NULL, at BIGINT NOT NULL)
                """,
                "CREATE INDEX talk_file_of ON talk_file (talk_id)",
                "CREATE INDEX talk_file_hash ON talk_file (hash)",
            ])
    ]
}
