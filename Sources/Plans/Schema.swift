package import Storage

/// Tables of plans. Numbers 63–64 of the one list.
package enum PlansSchema {
    package static let migrations = [
        Migration(
            63, "requests that repeat",
            [
                """
                CREATE TABLE recurring (
                    id TEXT PRIMARY KEY, organisation_id TEXT NOT NULL, author_id TEXT NOT NULL, line_id TEXT NOT NULL,
                    topic_id TEXT, client_id TEXT NOT NULL, subject TEXT NOT NULL, text TEXT NOT NULL,
                    every TEXT NOT NULL CHECK (every IN ('day', 'workday', 'week', 'month')), minute BIGINT NOT NULL,
                    weekday BIGINT NOT NULL, month_day BIGINT NOT NULL, until_day BIGINT, zone TEXT NOT NULL,
                    made_at BIGINT NOT NULL, next_at BIGINT, next_message TEXT NOT NULL, paused_at BIGINT, paused_why TEXT,
                    ended_at BIGINT, last_at BIGINT, last_number BIGINT)
                """,
                "CREATE INDEX recurring_of_author ON recurring (author_id)",
                "CREATE INDEX recurring_of_line ON recurring (line_id)",
            ])
    ]
}
