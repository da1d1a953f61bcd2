package import Storage

/// Tables of calls. Numbers 100–109 of the one list, and 133.
package enum CallsSchema {
    package static let migrations = [
        Migration(
            100, "calls of a request, who was in them, wishes to be called back, tickets for the wire",
            [
                """
                CREATE TABLE call (
                    id TEXT PRIMARY KEY, organisation_id TEXT NOT NULL, request_id TEXT NOT NULL,
                    kind TEXT NOT NULL CHECK (kind IN ('call', 'screen')),
                    state TEXT NOT NULL CHECK (state IN ('ringing', 'open', 'ended')),
                    node_id TEXT NOT NULL, started_by TEXT NOT NULL, started_at BIGINT NOT NULL, answered_at BIGINT, ended_at BIGINT,
                    why TEXT, CHECK ((state = 'ended') = (ended_at IS NOT NULL)))
                """,
                "CREATE UNIQUE INDEX call_of_now ON call (request_id) WHERE ended_at IS NULL",
                "CREATE INDEX call_of ON call (request_id, started_at)",
                "CREATE INDEX call_on ON call (node_id) WHERE ended_at IS NULL",
                """
                CREATE TABLE call_member (
                    call_id TEXT NOT NULL, person_id TEXT NOT NULL,
                    state TEXT NOT NULL CHECK (state IN ('ringing', 'in', 'left', 'declined', 'busy', 'missed', 'stopped')),
                    is_client BIGINT NOT NULL, ring_id TEXT NOT NULL, by_id TEXT NOT NULL, instead_of TEXT, place BIGINT NOT NULL,
                    joined_at BIGINT, left_at BIGINT, way TEXT, PRIMARY KEY (call_id, person_id))
                """,
                "CREATE UNIQUE INDEX call_member_in ON call_member (person_id) WHERE state = 'in'",
                "CREATE INDEX call_member_rings ON call_member (person_id) WHERE state = 'ringing'",
                """
                CREATE TABLE call_wish (
                    id TEXT PRIMARY KEY, organisation_id TEXT NOT NULL, request_id TEXT NOT NULL, person_id TEXT NOT NULL,
                    asked_at BIGINT NOT NULL, met_at BIGINT, met_by TEXT)
                """,
                "CREATE UNIQUE INDEX call_wish_open ON call_wish (request_id) WHERE met_at IS NULL",
                """
                CREATE TABLE call_ticket (
                    fingerprint TEXT PRIMARY KEY, call_id TEXT NOT NULL, person_id TEXT NOT NULL, session_id TEXT NOT NULL,
                    until_at BIGINT NOT NULL)
                """,
                "CREATE INDEX call_ticket_until ON call_ticket (until_at)",
            ]),
        Migration(
            101, "when the node of a call was last known to live",
            [
                "ALTER TABLE call ADD COLUMN seen_at BIGINT",
                "UPDATE call SET seen_at = COALESCE(answered_at, started_at) WHERE ended_at IS NULL",
                "CREATE INDEX call_seen ON call (seen_at) WHERE ended_at IS NULL",
            ]),
        Migration(
            103,
            "calls of colleagues about a request, which hold up no call of its client; who has closed the page of a call",
            [
                "ALTER TABLE call ADD COLUMN is_internal BIGINT NOT NULL DEFAULT 0",
                "DROP INDEX call_of_now",
                "CREATE UNIQUE INDEX call_of_now ON call (request_id) WHERE ended_at IS NULL AND is_internal = 0",
                "CREATE INDEX call_internal_now ON call (request_id) WHERE ended_at IS NULL AND is_internal = 1",
                "ALTER TABLE call_member ADD COLUMN away_at BIGINT",
            ]),
        Migration(
            133, "recordings of calls: who asked, who agreed, how it ended",
            [
                """
                CREATE TABLE call_recording (
                    id TEXT PRIMARY KEY, call_id TEXT NOT NULL, organisation_id TEXT NOT NULL, request_id TEXT NOT NULL,
                    asked_by TEXT NOT NULL, session_id TEXT NOT NULL,
                    state TEXT NOT NULL CHECK (state IN ('asked', 'going', 'ended')), asked_at BIGINT NOT NULL, began_at BIGINT,
                    ended_at BIGINT, why TEXT, ended_by TEXT, closed_at BIGINT, parts BIGINT NOT NULL,
                    CHECK ((state = 'ended') = (ended_at IS NOT NULL)))
                """,
                "CREATE UNIQUE INDEX call_recording_of_now ON call_recording (call_id) WHERE ended_at IS NULL",
                "CREATE INDEX call_recording_of ON call_recording (call_id, asked_at)",
                "CREATE INDEX call_recording_on ON call_recording (request_id)",
                """
                CREATE TABLE call_consent (
                    recording_id TEXT NOT NULL REFERENCES call_recording (id), person_id TEXT NOT NULL,
                    is_agreed BIGINT NOT NULL, at BIGINT NOT NULL, PRIMARY KEY (recording_id, person_id))
                """,
            ]),
    ]
}
