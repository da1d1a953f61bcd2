package import Storage

/// Links to the board on a wall, and the indexes by which any past moment is found. Numbers 95–97 of the one list.
package enum MonitorSchema {
    package static let migrations = [
        Migration(
            95, "links to the monitor on a wall; what was open, solved and answered at a moment is found by its time",
            [
                """
                CREATE TABLE monitor_link (
                    id TEXT PRIMARY KEY, organisation_id TEXT NOT NULL, person_id TEXT NOT NULL, name TEXT NOT NULL,
                    fingerprint TEXT NOT NULL UNIQUE, made_at BIGINT NOT NULL, until_at BIGINT NOT NULL, ended_at BIGINT)
                """,
                "CREATE INDEX monitor_link_of ON monitor_link (organisation_id, made_at) WHERE ended_at IS NULL",
                // What is over now was open at a moment when it ended later and was registered before.
                "CREATE INDEX request_ended ON request (organisation_id, ended_at, registered_at, id) WHERE is_open = 0",
                """
                CREATE INDEX request_answered ON request (organisation_id, first_answer_at) WHERE first_answer_at IS NOT NULL
                """,
                """
                CREATE INDEX request_span_solved ON request_span (from_at, request_id)
                    WHERE field = 'state' AND value = 'solved'
                """,
                "CREATE INDEX event_rated ON event (lane, at) WHERE kind = 'request.confirmed'",
                "CREATE INDEX duty_span_ended ON duty_span (line_id, until_at) WHERE until_at IS NOT NULL",
            ])
    ]
}
