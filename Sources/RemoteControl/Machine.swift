import AgentProtocol
package import EventLog
package import Kernel
import Storage

package enum MachineTag {}
package typealias MachineID = ID<MachineTag>

/// A computer that is known by the name of a person of the organisation: its agent was introduced once, and is let in by its secret from
/// then on, until somebody removes it or the person may not come in any more.
package struct Machine: Sendable, Equatable {
    package enum Kind: String, Sendable, CaseIterable, SQLBindable, SQLReadable {
        /// The person has introduced it; its agent runs in the person's own session.
        case own
        /// Its administrator has installed the agent for the whole computer, by a token of the organisation's administrator.
        case wide
    }

    package let id: MachineID
    package let organisation: OrganisationID
    package let person: PersonID
    package let kind: Kind
    package let computer: String
    package let login: String
    package let system: String
    let abilities: Abilities
    package let made: Instant
    package let codeUntil: Instant
    package let introduced: Instant?
    let seen: Instant
    private let hasWire: Bool

    static let columns: SQL = """
        machine.id, machine.organisation_id, machine.person_id, machine.kind, machine.computer, machine.login,
        machine.system, machine.abilities, machine.made_at, machine.code_until, machine.introduced_at, machine.seen_at,
        CASE WHEN machine.wire IS NULL THEN 0 ELSE 1 END
        """

    /// Neither removed, nor of somebody who was shut out or left since: who comes again introduces the computer again.
    static let isAlive: SQL = """
        machine.removed_at IS NULL AND NOT EXISTS (SELECT 1 FROM absence
            WHERE absence.person_id = machine.person_id AND absence.from_at >= machine.made_at)
        """

    init(_ row: Row) throws {
        (id, organisation, person, kind) = try (row[0], row[1], row[2], row[3])
        (computer, login, system) = try (row[4], row[5], row[6])
        abilities = Abilities(rawValue: UInt32(truncatingIfNeeded: try row[7] as Int64))
        (made, codeUntil, introduced, seen) = try (row[8], row[9], row[10], row[11])
        hasWire = try row[12] as Int != 0
    }

    /// A node that fell says nothing of its wires: what was not seen for so long is not on line.
    static let freshness: Int64 = 90_000

    /// Its agent is connected, at whichever node.
    package func isOnLine(at now: Instant) -> Bool { hasWire && now.since(seen) < Self.freshness }
    package var lastSeen: Instant { seen }

    /// Whether it says that it admits without a question; it decides for itself each time.
    var mayAdmit: Bool { kind == .wide && abilities.contains(.unattended) }
}

extension RemoteControl {
    /// One that has been introduced and not removed.
    static func machine(
        _ id: MachineID, in organisation: OrganisationID, _ tx: any ReadTransaction
    ) throws -> Machine? {
        try tx.one(
            """
            SELECT \(Machine.columns) FROM machine WHERE id = \(id) AND organisation_id = \(organisation)
                AND introduced_at IS NOT NULL AND \(Machine.isAlive)
            """, Machine.init)
    }

    /// The computers of a person, the one that was seen last first.
    static func machines(
        of person: PersonID, in organisation: OrganisationID, _ tx: any ReadTransaction
    ) throws -> [Machine] {
        try tx.all(
            """
            SELECT \(Machine.columns) FROM machine WHERE person_id = \(person) AND organisation_id = \(organisation)
                AND introduced_at IS NOT NULL AND \(Machine.isAlive) ORDER BY seen_at DESC, id LIMIT 20
            """, Machine.init)
    }
}

/// Events about computers; subject: the machine.
extension EventKind {
    /// person, kind: a code or a token was made
    package static let machineInvited = EventKind("machine.invited")
    /// person, kind
    package static let machineIntroduced = EventKind("machine.introduced")
    /// person, kind
    package static let machineRemoved = EventKind("machine.removed")
    /// fields: what is allowed; total: on how many lines. Subject: the organisation
    package static let unattendedPolicyChanged = EventKind("machine.policy-changed")
    /// Of a request: fields are what a specialist comes in for without a question, and what the computer admitted. Subject: the session
    package static let controlEntered = EventKind("control.entered")
    package static let controlAdmitted = EventKind("control.admitted")
}
