package import EventLog
package import Kernel
package import Recordings
package import Storage
package import Turn
package import Web

/// Calls about requests: whom a call rings for, who is in it, how it ends. Rows hold all of it but the open wires, which are at the
/// switchboard of their node.
package struct Calls: Sendable {
    /// The relays of calls.
    package struct Relay: Sendable {
        /// For a person in a call, whose page came from the address.
        package var servers: @Sendable (PersonID, CallID, PageAddress) -> [IceServer]
        /// The call is over, or with a person: this one is out of it.
        package var end: @Sendable (CallID, PersonID?) -> Void

        package init(
            servers: @escaping @Sendable (PersonID, CallID, PageAddress) -> [IceServer],
            end: @escaping @Sendable (CallID, PersonID?) -> Void
        ) {
            (self.servers, self.end) = (servers, end)
        }
    }

    /// Who sits in these sessions that are still good.
    package typealias SignedIn = @Sendable ([SessionID], any ReadTransaction) throws -> [SessionID: Viewer]
    /// Those of these people who may come in, with the rights of this moment.
    package typealias Present = @Sendable ([PersonID], any ReadTransaction) throws -> [PersonID: Viewer]

    package let database: Database
    package let site: Site
    package let bell: Bell
    package let node: String
    let signedIn: SignedIn
    let present: Present
    let relay: Relay
    let recordings: Recordings
    let switchboard: Switchboard

    package init(
        database: Database, site: Site, bell: Bell, recordings: Recordings, node: String,
        signedIn: @escaping SignedIn, present: @escaping Present, relay: Relay, rate: RelayRate
    ) {
        (self.database, self.site, self.bell, self.node) = (database, site, bell, node)
        (self.signedIn, self.present, self.relay) = (signedIn, present, relay)
        self.recordings = recordings
        switchboard = Switchboard(rate)
    }
}

extension Calls {
    /// Of media on a wire.
    package static let longestMessage = 512 << 10

    /// A call that the viewer belongs to; unknown and not allowed are the same answer.
    static func find(_ id: CallID, for viewer: Viewer, _ tx: any ReadTransaction) throws -> Call {
        let found = try tx.one(
            """
            SELECT \(Call.columns) FROM call JOIN call_member ON call_member.call_id = call.id
                AND call_member.person_id = \(viewer.person)
            WHERE call.id = \(id) AND call.organisation_id = \(viewer.organisation)
            """, Call.init)
        guard let found else { throw CallError.notFound }
        return found
    }

    /// The call of now between a client and those who help; nil: there is none.
    static func withClient(_ request: RequestID, _ tx: any ReadTransaction) throws -> Call? {
        try tx.one(
            "SELECT \(Call.columns) FROM call WHERE request_id = \(request) AND ended_at IS NULL AND is_internal = 0",
            Call.init)
    }

    static func client(of request: RequestID, _ tx: any ReadTransaction) throws -> PersonID? {
        try tx.value("SELECT client_id FROM request WHERE id = \(request)")
    }

    /// For what has been allowed already.
    static func any(_ id: CallID, _ tx: any ReadTransaction) throws -> Call? {
        try tx.one("SELECT \(Call.columns) FROM call WHERE call.id = \(id)", Call.init)
    }

    static func members(of id: CallID, _ tx: any ReadTransaction) throws -> [CallMember] {
        try tx.all(
            "SELECT \(CallMember.columns) FROM call_member WHERE call_id = \(id) ORDER BY place, person_id",
            CallMember.init)
    }

    /// Those of these people who talk just now.
    static func talking(_ people: [PersonID], _ tx: any ReadTransaction) throws -> Set<PersonID> {
        guard !people.isEmpty else { return [] }
        return Set(
            try tx.all("SELECT person_id FROM call_member WHERE state = 'in' AND person_id IN (\(people))") { row in
                try row[0] as PersonID
            })
    }

    /// Runs an act on a call of the viewer and tells of it after the commit.
    @discardableResult
    func change<Value: Sendable>(
        _ id: CallID, by viewer: Viewer, _ body: @escaping @Sendable (CallChange) throws -> Value
    ) async throws -> Value {
        try await write(in: viewer.organisation) { tx, now in
            let change = try CallChange(
                Self.find(id, for: viewer, tx), Self.members(of: id, tx), by: viewer.person, at: now, tx)
            return (try body(change), change)
        }
    }

    func write<Value: Sendable>(
        in organisation: OrganisationID,
        _ body: @escaping @Sendable (any WriteTransaction, Instant) throws -> (Value, CallChange?)
    ) async throws -> Value {
        let now = site.now()
        let (value, all) = try await database.write(in: organisation) { tx -> (Value, [CallChange.Told]) in
            let (value, change) = try body(tx, now)
            return (value, change.map { $0.earlier + [$0.told] } ?? [])
        }
        for told in all {
            if told.sequence > 0 { bell.ring(organisation, told.sequence, topics: told.topics.sorted()) }
            if let end = told.end {
                switchboard.end(told.call, end)
                relay.end(told.call, nil)
            } else {
                for left in told.left {
                    switchboard.leave(left, told.call)
                    relay.end(told.call, left)
                }
            }
        }
        return value
    }
}
