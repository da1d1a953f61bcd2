import AgentProtocol
import EventLog
import Kernel
import Recordings
import Requests
import Storage

/// One act on one session inside its transaction.
final class ControlChange {
    struct Told: Sendable {
        let organisation: OrganisationID
        let session: ControlID
        var sequence: Int64 = 0
        var topics: Set<String> = []
        var end: ControlSession.End?
    }

    let tx: any WriteTransaction
    /// Whom the history names; nil: Okno itself.
    let actor: PersonID?
    let now: Instant
    var session: ControlSession
    var told: Told

    init(_ session: ControlSession, by actor: PersonID?, at now: Instant, _ tx: any WriteTransaction) {
        (self.session, self.actor, self.now, self.tx) = (session, actor, now, tx)
        told = Told(organisation: session.organisation, session: session.id)
    }

    /// - Parameter subject: nil: the session.
    func tell(_ kind: EventKind, _ data: EventData = [:], subject: String? = nil, by other: PersonID? = nil) throws {
        told.sequence = try EventLog.append(
            kind, by: other ?? actor, at: now, request: session.request, subject: subject ?? session.id.text,
            data: data, in: tx)
        told.topics.insert("request/\(session.request)")
    }

    func addTopic(_ topic: String) { told.topics.insert(topic) }

    func store() throws {
        try tx.run(
            """
            UPDATE control_session SET state = \(session.state), asked = \(session.asked.map { Int($0.rawValue) }),
                asked_by = \(session.askedBy), asked_at = \(session.askedAt), invitation = \(session.invitation),
                invited_by = \(session.invitedBy), instead = \(session.isInstead), question = \(session.question),
                agreed = \(Int(session.agreed.rawValue)),
                started_at = \(session.started), asks_recorded = \(session.asksRecorded), recorded = \(session.isRecorded),
                asks_unattended = \(session.asksUnattended), unattended = \(session.isUnattended)
            WHERE id = \(session.id)
            """)
    }

    /// A question, in the name of the one who will look. What is asked for is put to the person at the computer by the agent's wire.
    /// - Parameter unattended: the rule of the organisation lets this one in without a question, if the computer does.
    func ask(_ rights: Rights, for person: PersonID, unattended: Bool = false) throws {
        session.asked = rights
        session.asksUnattended = unattended
        (session.askedBy, session.askedAt) = (person, now)
        (session.invitation, session.invitedBy, session.isInstead) = (nil, nil, false)
        session.question += 1
        session.asksRecorded = try RecordingPolicy.of(session.organisation, tx).sessions
        if session.state != .agreed { session.state = .waiting }
    }

    /// Whoever looks now, from now on.
    func join(_ person: PersonID, by: PersonID) throws {
        try tx.run(
            """
            INSERT INTO control_viewer (session_id, person_id, by_id, from_at) VALUES (\(session.id), \(person), \(by), \(now))
            ON CONFLICT (session_id, person_id) WHERE until_at IS NULL DO NOTHING
            """)
    }

    func part(_ person: PersonID) throws {
        try pause(person, at: now)
        try tx.run(
            """
            UPDATE control_viewer SET until_at = \(now)
            WHERE session_id = \(session.id) AND person_id = \(person) AND until_at IS NULL
            """)
    }

    /// The time that somebody looked becomes labour as soon as it ends.
    func pause(_ person: PersonID, at end: Instant) throws {
        let opened: Instant? = try tx.value(
            """
            SELECT opened_at FROM control_viewer
            WHERE session_id = \(session.id) AND person_id = \(person) AND until_at IS NULL
            """)
        try tx.run(
            """
            UPDATE control_viewer SET opened_at = NULL
            WHERE session_id = \(session.id) AND person_id = \(person) AND until_at IS NULL
            """)
        guard let opened else { return }
        let topics = try Requests.addPresence(
            .control, of: person, from: opened, until: end, to: session.request, in: tx)
        guard !topics.isEmpty else { return }
        told.topics.formUnion(topics)
        told.sequence = try EventLog.newest(in: .organisation(session.organisation), tx)
    }

    func end(_ why: ControlSession.End) throws {
        for person in try RemoteControl.viewers(of: session.id, tx) { try part(person) }
        try endFiles(.ended)
        let minutes = session.started.map { ControlRule.minutes(now.since($0)) }
        session.state = .ended
        session.asked = nil
        try store()
        try tx.run(
            """
            UPDATE control_session SET ended_at = \(now), why = \(why), code = NULL, secret = NULL WHERE id = \(session.id)
            """)
        try Timers.cancel(RemoteControl.timer, key: session.id.text, in: tx)
        try tell(.controlEnded, ["why": why.rawValue, "minutes": String(minutes ?? 0)])
        try tellRecorded()
        told.end = why
    }

    /// Once, and only of what was kept.
    func tellRecorded() throws {
        guard let recording = try Recording.find(RecordingID(session.id.text), tx), recording.length > 0,
            try !EventLog.about(session.id.text, atMost: 100, tx).contains(where: { $0.kind == .controlRecorded })
        else { return }
        try tell(.controlRecorded, ["minutes": String(ControlRule.minutes(recording.length))])
    }

    func setTimer() throws {
        try Timers.set(
            RemoteControl.timer, key: session.id.text,
            due: ControlRule.due(session, at: now),
            data: ["by": session.organisation.text], in: tx)
    }
}
