import AgentProtocol
import Kernel
import People
import Requests
import Storage
import Web

/// What the rows say to the wires of a session.
struct ControlSight: Sendable {
    var end: ControlSession.End?
    /// Which of the viewers may go on, in their order.
    var may: [Bool] = []
    var agreed: Rights = []
    var question = 0
    /// A question is open, put or not.
    var isAsking = false
    /// A question that has not been put.
    var asked: Question?
    /// Who may look, and their names when they are others than before.
    var looking: [PersonID] = []
    var names: [String]?
    /// Whose recording goes on; nil: nothing is recorded.
    var recorded: ControlSession?
    /// Files of the session: what is to be carried, and what is over since a moment.
    var files: [ControlFile] = []
    /// What those who want a file from the computer are called there.
    var wishers: [PersonID: String] = [:]
    /// As of the same moment.
    var pulse: ControlPulse?
    var request: RequestID?
}

/// What changes with every act on a session: while it stays the same, acts have changed nothing. What changes elsewhere (rights, the
/// request, a sign-in) is told by hints, and is read again in a while without them.
struct ControlPulse: Sendable, Equatable {
    let state: ControlSession.State
    let asked: Int?, question: Int, agreed: Int
    let isRecorded: Bool
    /// People who were ever let in, and those of them who look no more.
    let joined: Int, parted: Int
    /// Files that were ever given or wanted, and those of them that are over.
    let files: Int, carried: Int

    static func read(_ id: ControlID, _ tx: any ReadTransaction) throws -> ControlPulse? {
        try tx.one(
            """
            SELECT state, asked, question, agreed, recorded * COALESCE(sessions, 0),
                (SELECT COUNT(*) FROM control_viewer WHERE session_id = control_session.id),
                (SELECT COUNT(until_at) FROM control_viewer WHERE session_id = control_session.id),
                (SELECT COUNT(*) FROM control_file WHERE session_id = control_session.id),
                (SELECT COUNT(ended_at) FROM control_file WHERE session_id = control_session.id)
            FROM control_session
            LEFT JOIN recording_policy ON recording_policy.organisation_id = control_session.organisation_id
            WHERE id = \(id)
            """
        ) { row in
            try ControlPulse(
                state: row[0], asked: row[1], question: row[2], agreed: row[3], isRecorded: row[4] as Int != 0,
                joined: row[5], parted: row[6], files: row[7], carried: row[8])
        }
    }
}

extension RemoteControl {
    /// One statement: what a beat costs when nothing happens.
    func pulse(of id: ControlID) async throws -> ControlPulse? {
        try await database.read { tx in try ControlPulse.read(id, tx) }
    }

    /// - Parameter named: those whose names the person at the computer knows already.
    func sight(
        of id: ControlID, watchedBy viewers: [Admitted], after question: Int, named: [PersonID] = []
    ) async throws -> ControlSight {
        try await database.read { tx in
            try sight(of: id, watchedBy: viewers, after: question, named: named, tx)
        }
    }

    func sight(
        of id: ControlID, watchedBy viewers: [Admitted], after question: Int, named: [PersonID] = [],
        _ tx: any ReadTransaction
    ) throws -> ControlSight {
        let now = site.now()
        let pulse = try ControlPulse.read(id, tx)
        guard var session = try Self.session(id, tx) else { return ControlSight(end: .closed) }
        if session.state == .ended {
            let why: ControlSession.End? = try tx.value("SELECT why FROM control_session WHERE id = \(id)")
            return ControlSight(end: why ?? .closed)
        }
        // Its wire is open, or nobody would ask.
        session.seen = now
        if let why = try self.mustEnd(session, at: now, tx) { return ControlSight(end: why) }
        var sight = ControlSight(
            agreed: session.agreed, question: session.question, isAsking: session.asked != nil, pulse: pulse,
            request: session.request)
        sight.may = try viewers.map { viewer in
            guard let person = try self.signedIn(viewer.signIn, tx), person.person == viewer.person,
                let seen = try? Self.find(id, for: person, tx)
            else { return false }
            return try Self.looks(person, at: seen, tx)
        }
        sight.looking = try Self.viewers(of: id, tx)
        if sight.looking != named { sight.names = try self.names(sight.looking, in: session, tx) }
        try look(for: session, at: now, &sight, tx)
        // The person was told of it, and the organisation still allows it.
        if pulse?.isRecorded == true, session.agreed.contains(.view) { sight.recorded = session }
        if session.question > question, let asked = session.asked, let by = session.askedBy {
            sight.asked = try self.question(asked, by: by, in: session, tx)
        }
        return sight
    }

    /// As the client reads them.
    func names(
        _ people: [PersonID], in session: ControlSession, _ tx: any ReadTransaction
    ) throws -> [String] {
        guard let client = try somebody(session.client, tx) else { return [] }
        let names = try Names.shown(Set(people), to: client, site.text(client.language), tx)
        return people.compactMap { names[$0]?.name }
    }

    /// As the client is told of it: who asks, and about which request.
    private func question(
        _ asked: Rights, by: PersonID, in session: ControlSession, _ tx: any ReadTransaction
    ) throws -> Question? {
        guard let client = try somebody(session.client, tx) else { return nil }
        let name = try names([by], in: session, tx).first ?? ""
        let number = try Requests.titles(of: [session.request], for: client, tx)[session.request]?.number ?? 0
        return Question(
            number: UInt32(truncatingIfNeeded: session.question), specialist: name, request: UInt64(number),
            asked: asked, language: client.language.rawValue,
            seconds: ControlRule.seconds(left: session, at: site.now()), isRecorded: session.asksRecorded,
            isUnattended: session.asksUnattended)
    }
}
