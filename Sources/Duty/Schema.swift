package import Storage

/// Tables of duty. Numbers 50–54 of the one list.
package enum DutySchema {
    package static let migrations = [
        Migration(
            50, "who is on which line, dated; after how long without activity somebody is away",
            [
                """
                CREATE TABLE duty_span (
                    id TEXT PRIMARY KEY, organisation_id TEXT NOT NULL, person_id TEXT NOT NULL, line_id TEXT NOT NULL,
                    state TEXT NOT NULL CHECK (state IN ('on', 'busy', 'break', 'away')),
                    why TEXT NOT NULL CHECK (why IN ('hand', 'idle', 'sign-out', 'start')),
                    from_at BIGINT NOT NULL, until_at BIGINT, by_id TEXT, CHECK (until_at IS NULL OR until_at >= from_at))
                """,
                "CREATE UNIQUE INDEX duty_span_now ON duty_span (person_id, line_id) WHERE until_at IS NULL",
                "CREATE INDEX duty_span_of_line ON duty_span (line_id, from_at)",
                "CREATE INDEX duty_span_open ON duty_span (line_id, state) WHERE until_at IS NULL",
                // A line of '' is the whole organisation's.
                """
                CREATE TABLE duty_rule (
                    organisation_id TEXT NOT NULL, line_id TEXT NOT NULL, idle_minutes BIGINT NOT NULL CHECK (idle_minutes >= 0),
                    PRIMARY KEY (organisation_id, line_id))
                """,
                // The last moment a person did something on a page.
                "CREATE TABLE activity (person_id TEXT PRIMARY KEY, organisation_id TEXT NOT NULL, at BIGINT NOT NULL)",
            ])
    ]
}
