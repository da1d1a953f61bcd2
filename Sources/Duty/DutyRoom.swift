package import EventLog
package import Kernel
import Lines
package import Storage
package import Web

/// The room of duty: a specialist says on which line they are, and Okno says it for those who have gone.
package struct DutyRoom: Sendable {
    let database: Database
    let site: Site
    let bell: Bell

    package init(database: Database, site: Site, bell: Bell) {
        (self.database, self.site, self.bell) = (database, site, bell)
    }
}

package enum DutyError: String, RoomError, CaseIterable {
    case notFound, notOnLine

    package var status: Int { self == .notFound ? 404 : 409 }
    package var key: String { "duty.error.\(rawValue.lowercased())" }
}

extension Viewer {
    /// Lines on which this person can be on duty: an observer only looks.
    package var dutyLines: [LineID] {
        roles.contains(.specialist) ? lines.filter { $0.value != .observer }.map(\.key).sorted() : []
    }

    /// Whether the duty of others on this line is this person's business.
    package func leads(_ line: LineID) -> Bool {
        isAdministrator || manages.everything || manages.lines.contains(line)
    }
}

/// One change of duty inside its transaction: rows, events, and whom to tell after the commit.
final class DutyChange {
    let organisation: OrganisationID, by: PersonID?, at: Instant, tx: any WriteTransaction
    private(set) var lastNumber: Int64 = 0
    private(set) var topics: Set<Bell.Topic> = []

    init(in organisation: OrganisationID, by person: PersonID?, at now: Instant, _ tx: any WriteTransaction) {
        (self.organisation, self.by, self.at, self.tx) = (organisation, person, now, tx)
    }

    /// Closes the present state and opens another one.
    func put(_ person: PersonID, on line: LineID, _ state: DutyState, why: DutyReason) throws {
        let before: DutyState? = try tx.value(
            "SELECT state FROM duty_span WHERE person_id = \(person) AND line_id = \(line) AND until_at IS NULL")
        guard (before ?? .away) != state else { return }
        try close(person, on: line)
        try tx.run(
            """
            INSERT INTO duty_span (id, organisation_id, person_id, line_id, state, why, from_at, by_id)
            VALUES (\(ID<DutySpan>.new(at: at)), \(organisation), \(person), \(line), \(state), \(why), \(at), \(by))
            """)
        try tell(person, line, from: before, to: state, why)
    }

    /// The person's work on the line has ended: nothing is said of them there any more.
    func end(_ person: PersonID, on line: LineID) throws {
        let before: DutyState? = try tx.value(
            "SELECT state FROM duty_span WHERE person_id = \(person) AND line_id = \(line) AND until_at IS NULL")
        guard let before else { return }
        try close(person, on: line)
        if before != .away { try tell(person, line, from: before, to: .away, .signOut) }
    }

    private func close(_ person: PersonID, on line: LineID) throws {
        try tx.run(
            """
            UPDATE duty_span SET until_at = \(at)
            WHERE person_id = \(person) AND line_id = \(line) AND until_at IS NULL
            """)
    }

    private func tell(
        _ person: PersonID, _ line: LineID, from: DutyState?, to: DutyState, _ why: DutyReason
    ) throws {
        lastNumber = try EventLog.append(
            .dutyChanged, by: by, at: at, subject: person.text,
            data: ["line": line.text, "from": (from ?? .away).rawValue, "to": to.rawValue, "why": why.rawValue], in: tx)
        topics.formUnion(["line/\(line)", "person/\(person)"])
    }
}

extension DutyRoom {
    @discardableResult
    func change<Value: Sendable>(
        in organisation: OrganisationID, by person: PersonID?,
        _ body: @escaping @Sendable (DutyChange) throws -> Value
    ) async throws -> Value {
        let now = site.now()
        let (value, sequence, topics) = try await database.write(in: organisation) { tx in
            let change = DutyChange(in: organisation, by: person, at: now, tx)
            let value = try body(change)
            return (value, change.lastNumber, change.topics)
        }
        if sequence > 0 { bell.ring(organisation, sequence, topics: topics.sorted()) }
        return value
    }
}
