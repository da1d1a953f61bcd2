/// Tables of the ground floor. Numbers 1–9 of the one list.
package enum StorageSchema {
    package static let migrations = [
        // One row a lane: taking it makes acts of an organisation serial; it holds the gapless counters.
        Migration(
            1, "lanes",
            [
                """
                CREATE TABLE lane (
                    key TEXT PRIMARY KEY, event_number BIGINT NOT NULL DEFAULT 0, request_number BIGINT NOT NULL DEFAULT 0)
                """
            ]),
        Migration(
            2, "the event log, cursors of its readers, leases, timers, nodes",
            [
                """
                CREATE TABLE event (
                    lane TEXT NOT NULL, number BIGINT NOT NULL, at BIGINT NOT NULL, kind TEXT NOT NULL,
                    actor_id TEXT, request_id TEXT, subject_id TEXT, data TEXT NOT NULL,
                    PRIMARY KEY (lane, number))
                """,
                "CREATE INDEX event_of_request ON event (request_id, number) WHERE request_id IS NOT NULL",
                "CREATE INDEX event_of_subject ON event (subject_id, number) WHERE subject_id IS NOT NULL",
                """
                CREATE TABLE log_cursor (
                    reader TEXT NOT NULL, lane TEXT NOT NULL, number BIGINT NOT NULL, PRIMARY KEY (reader, lane))
                """,
                "CREATE TABLE lease (name TEXT PRIMARY KEY, holder TEXT NOT NULL, until_at BIGINT NOT NULL)",
                """
                CREATE TABLE timer (
                    id TEXT PRIMARY KEY, kind TEXT NOT NULL, key TEXT NOT NULL, due_at BIGINT NOT NULL,
                    data TEXT NOT NULL, tries BIGINT NOT NULL DEFAULT 0, UNIQUE (kind, key))
                """,
                "CREATE INDEX timer_due ON timer (due_at)",
                """
                CREATE TABLE node (
                    id TEXT PRIMARY KEY, address TEXT NOT NULL, started_at BIGINT NOT NULL, seen_at BIGINT NOT NULL)
                """,
            ]),
    ]
}
