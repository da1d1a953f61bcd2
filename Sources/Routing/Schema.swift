package import Storage

/// Tables of routing. Numbers 55–59 of the one list.
package enum RoutingSchema {
    package static let migrations = [
        Migration(
            55, "how a line's requests find their specialist: rules, offers, who is responsible for whom",
            [
                """
                CREATE TABLE routing_rule (
                    line_id TEXT PRIMARY KEY, organisation_id TEXT NOT NULL, mode TEXT NOT NULL, first TEXT NOT NULL,
                    most BIGINT NOT NULL, accept_minutes BIGINT NOT NULL, reserve_minutes BIGINT, overflow_line TEXT,
                    overflow_minutes BIGINT, escalate_minutes BIGINT, tells BIGINT NOT NULL)
                """,
                "CREATE INDEX routing_rule_of ON routing_rule (organisation_id)",
                """
                CREATE TABLE offer (
                    id TEXT PRIMARY KEY, organisation_id TEXT NOT NULL, request_id TEXT NOT NULL, line_id TEXT NOT NULL,
                    person_id TEXT NOT NULL, why TEXT NOT NULL, at BIGINT NOT NULL, until_at BIGINT NOT NULL, ended_at BIGINT,
                    outcome TEXT CHECK (outcome IN ('accepted', 'declined', 'expired', 'withdrawn', 'given')))
                """,
                // A request is offered to one person at a time, whichever node does it.
                "CREATE UNIQUE INDEX offer_now ON offer (request_id) WHERE ended_at IS NULL",
                "CREATE INDEX offer_of_person ON offer (person_id, at) WHERE ended_at IS NULL",
                "CREATE INDEX offer_of_request ON offer (request_id, at)",
                // Whose turn it is: when somebody last got a request of the line.
                """
                CREATE TABLE routing_turn (
                    line_id TEXT NOT NULL, person_id TEXT NOT NULL, at BIGINT NOT NULL, count BIGINT NOT NULL,
                    PRIMARY KEY (line_id, person_id))
                """,
                // What was done already about a request that waits on a line.
                """
                CREATE TABLE routing_case (
                    request_id TEXT PRIMARY KEY, line_id TEXT NOT NULL, since_at BIGINT NOT NULL, escalated_at BIGINT,
                    told_at BIGINT)
                """,
                """
                CREATE TABLE responsible (
                    id TEXT PRIMARY KEY, organisation_id TEXT NOT NULL, line_id TEXT NOT NULL, unit_id TEXT, client_id TEXT,
                    person_id TEXT NOT NULL, from_at BIGINT NOT NULL, until_at BIGINT, by_id TEXT,
                    CHECK ((unit_id IS NULL) <> (client_id IS NULL)))
                """,
                "CREATE INDEX responsible_of ON responsible (line_id) WHERE until_at IS NULL",
            ])
    ]
}
