import EventLog
package import Kernel
import People
import Requests
import Storage
import TextSearch
import Web

/// One act on one talk inside its transaction.
final class TalkChange {
    let tx: any WriteTransaction, viewer: Viewer, now: Instant, talk: StaffTalk
    private(set) var lastNumber: Int64 = 0
    /// Everybody whose lists it stands in, those too who have just left.
    var concerned: [PersonID]

    init(_ talk: StaffTalk, by viewer: Viewer, at now: Instant, in tx: any WriteTransaction) throws {
        (self.talk, self.viewer, self.now, self.tx) = (talk, viewer, now, tx)
        concerned = try Talks.members(of: [talk.id], tx)[talk.id] ?? []
    }

    @discardableResult
    func tell(_ kind: EventKind, subject: String, _ data: EventData = [:]) throws -> Int64 {
        lastNumber = try EventLog.append(kind, by: viewer.person, at: now, subject: subject, data: data, in: tx)
        return lastNumber
    }

    func add(_ person: PersonID) throws {
        let added = try tx.run(
            """
            INSERT INTO talk_member (talk_id, person_id, from_at, read_up_to) VALUES (\(talk.id), \(person), \(now), 0)
            ON CONFLICT (person_id, talk_id) WHERE until_at IS NULL DO NOTHING
            """)
        guard added > 0 else { return }
        try tell(.talkJoined, subject: talk.id.text, ["person": person.text])
        concerned.append(person)
    }
}

extension Talks {
    package static let membersLimit = 200

    /// Begins a talk with these colleagues. Two people have one talk of theirs, which is found again; one about a request is a new
    /// one.
    package func begin(
        _ id: TalkID, with people: [PersonID], title: String = "", about number: Int64? = nil, by viewer: Viewer
    ) async throws -> TalkID {
        guard viewer.mayWork else { throw TalkError.notFound }
        let now = site.now()
        let (talk, sequence, concerned) = try await database.write(in: viewer.organisation) {
            tx -> (TalkID, Int64, [PersonID]) in
            if try tx.exists("SELECT 1 FROM talk WHERE id = \(id)") {
                return (try Self.find(id, for: viewer, tx).id, 0, [])
            }
            let request = try number.map { try Requests.staffSide(of: $0, for: viewer, tx) }
            let others = try Directory.staff(
                Array(Set(people).subtracting([viewer.person])).sorted(), in: viewer.organisation, tx)
            guard !others.isEmpty || request != nil else { throw TalkError.nobody }
            guard others.count < Self.membersLimit else { throw TalkError.tooMany }
            let isPair = others.count == 1 && title.isEmpty && request == nil
            let pair = isPair ? [viewer.person, others[0]].sorted().map(\.text).joined(separator: " ") : nil
            if let pair,
                let known: TalkID = try tx.value(
                    "SELECT id FROM talk WHERE organisation_id = \(viewer.organisation) AND pair = \(pair)")
            {
                return (known, 0, [])
            }
            let number = try EventLog.append(.talkBegun, by: viewer.person, at: now, subject: id.text, in: tx)
            try tx.send(
                """
                INSERT INTO talk (id, organisation_id, pair, title, request_id, made_by, made_at, last_number, last_at, last_by)
                VALUES (\(id), \(viewer.organisation), \(pair), \(title), \(request), \(viewer.person), \(now), \(number), \(now),
                    \(viewer.person))
                """)
            for person in [viewer.person] + others {
                try tx.send(
                    """
                    INSERT INTO talk_member (talk_id, person_id, from_at, read_up_to)
                    VALUES (\(id), \(person), \(now), \(person == viewer.person ? number : 0))
                    """)
            }
            return (id, number, [viewer.person] + others)
        }
        if sequence > 0 { ring(viewer.organisation, sequence, talk, concerned) }
        return talk
    }

    /// Calls colleagues into a talk of several. What was said before, they see.
    package func add(_ people: [PersonID], to id: TalkID, by viewer: Viewer) async throws {
        try await change(id, by: viewer) { change in
            guard !change.talk.isPair else { throw TalkError.pairIsClosed }
            let people = try Directory.staff(Array(Set(people)).sorted(), in: viewer.organisation, change.tx)
            guard !people.isEmpty else { throw TalkError.nobody }
            guard change.concerned.count + people.count <= Self.membersLimit else { throw TalkError.tooMany }
            for person in people { try change.add(person) }
        }
    }

    /// Leaves a talk; who began it may take others out too.
    package func remove(_ person: PersonID, from id: TalkID, by viewer: Viewer) async throws {
        try await change(id, by: viewer) { change in
            guard !change.talk.isPair else { throw TalkError.pairIsClosed }
            guard person == viewer.person || change.talk.madeBy == viewer.person else { throw TalkError.notFound }
            let ended = try change.tx.run(
                """
                UPDATE talk_member SET until_at = \(change.now)
                WHERE talk_id = \(id) AND person_id = \(person) AND until_at IS NULL
                """)
            if ended > 0 { try change.tell(.talkLeft, subject: id.text, ["person": person.text]) }
        }
    }

    package func rename(_ id: TalkID, to title: String, by viewer: Viewer) async throws {
        try await change(id, by: viewer) { change in
            guard !change.talk.isPair else { throw TalkError.pairIsClosed }
            guard title != change.talk.title else { return }
            try change.tx.send("UPDATE talk SET title = \(title) WHERE id = \(id)")
            try change.tell(.talkRenamed, subject: id.text)
        }
    }

    @discardableResult
    func change<Value: Sendable>(
        _ id: TalkID, by viewer: Viewer, _ body: @escaping @Sendable (TalkChange) throws -> Value
    ) async throws -> Value {
        let now = site.now()
        let (value, sequence, concerned) = try await database.write(in: viewer.organisation) { tx in
            let change = try TalkChange(try Self.find(id, for: viewer, tx), by: viewer, at: now, in: tx)
            let value = try body(change)
            return (value, change.lastNumber, change.concerned)
        }
        if sequence > 0 { ring(viewer.organisation, sequence, id, concerned) }
        return value
    }

    func ring(_ organisation: OrganisationID, _ sequence: Int64, _ talk: TalkID, _ people: [PersonID]) {
        bell.ring(organisation, sequence, topics: ["talk/\(talk)"] + people.map { "person/\($0)" })
    }
}
