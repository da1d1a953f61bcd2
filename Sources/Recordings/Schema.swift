package import Storage

/// Tables of recordings. Numbers 130–134 of the one list.
package enum RecordingsSchema {
    package static let migrations = [
        Migration(
            130, "recordings: what an organisation allows, what was recorded and where it lies",
            [
                """
                CREATE TABLE recording_policy (
                    organisation_id TEXT PRIMARY KEY, sessions BIGINT NOT NULL, days BIGINT NOT NULL,
                    clients BIGINT NOT NULL, changed_at BIGINT NOT NULL, by_id TEXT NOT NULL)
                """,
                """
                CREATE TABLE recording (
                    id TEXT PRIMARY KEY, organisation_id TEXT NOT NULL, request_id TEXT NOT NULL, began_at BIGINT NOT NULL,
                    length BIGINT, removed_at BIGINT)
                """,
                "CREATE INDEX recording_of ON recording (request_id, began_at)",
                "CREATE INDEX recording_kept ON recording (organisation_id, began_at) WHERE removed_at IS NULL",
                """
                CREATE TABLE recording_part (
                    recording_id TEXT NOT NULL REFERENCES recording (id), from_ms BIGINT NOT NULL, until_ms BIGINT NOT NULL,
                    place BIGINT NOT NULL, bytes BIGINT NOT NULL, PRIMARY KEY (recording_id, from_ms))
                """,
            ]),
        Migration(
            132, "recordings: of calls too",
            [
                "ALTER TABLE recording_policy ADD COLUMN calls BIGINT NOT NULL DEFAULT 0",
                "ALTER TABLE recording ADD COLUMN kind TEXT NOT NULL DEFAULT 'session' CHECK (kind IN ('session', 'call'))",
            ]),
    ]
}
