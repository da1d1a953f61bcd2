package import Storage

/// Tables of the check of the connection. Numbers 110–114 of the one list.
package enum ConnectionSchema {
    package static let migrations = [
        Migration(
            110, "what works from where a person sits: checks of the connection, dated, by device",
            [
                """
                CREATE TABLE connection_check (
                    id TEXT PRIMARY KEY, organisation_id TEXT NOT NULL, person_id TEXT NOT NULL, session_id TEXT NOT NULL,
                    at BIGINT NOT NULL, way TEXT NOT NULL CHECK (way IN ('relay', 'socket', 'pages')), device TEXT NOT NULL)
                """,
                "CREATE INDEX connection_check_of ON connection_check (organisation_id, at)",
                "CREATE INDEX connection_check_by ON connection_check (person_id, session_id, at)",
                """
                CREATE TABLE connection_step (
                    check_id TEXT NOT NULL REFERENCES connection_check (id), step TEXT NOT NULL, outcome TEXT NOT NULL,
                    PRIMARY KEY (check_id, step))
                """,
                """
                CREATE TABLE connection_figure (
                    check_id TEXT NOT NULL REFERENCES connection_check (id), figure TEXT NOT NULL, value BIGINT NOT NULL,
                    PRIMARY KEY (check_id, figure))
                """,
            ]),
        Migration(
            111, "what works from where a person sits: the newest check of a device is found by one step of an index",
            [
                "DROP INDEX connection_check_by",
                "CREATE INDEX connection_check_by ON connection_check (person_id, session_id, at, id)",
                "CREATE INDEX connection_check_old ON connection_check (at)",
            ]),
    ]
}
