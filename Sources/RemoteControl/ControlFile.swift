import AgentProtocol
import Kernel
import Requests
import Storage

/// A file to the client's computer or from there, or the wish for one; kept in the request under the same id.
struct ControlFile: Sendable, Equatable {
    enum Way: String, Sendable, SQLBindable, SQLReadable {
        /// To the computer, and from it.
        case to, from
    }

    enum State: String, Sendable, CaseIterable, SQLBindable, SQLReadable {
        /// The person at the computer is to choose it.
        case wanted
        case going, kept
        /// The person chose none.
        case unchosen
        case failed
    }

    enum Why: String, Sendable, CaseIterable, SQLBindable, SQLReadable {
        /// A specialist, or the person at the computer, stopped it.
        case specialist, person
        /// The session is over, or files are agreed to no more.
        case ended, consent
        /// The computer does not take it.
        case refused
        case hash, disk, fault
        /// The request takes none of this size.
        case large
        case timedOut = "timed-out"

        /// What the agent says of it.
        init(_ why: Ending) {
            self =
                switch why {
                case .hash: .hash
                case .disk: .disk
                case .refused: .refused
                case .person: .person
                default: .fault
                }
        }
    }

    let id: UploadID
    let session: ControlID
    /// Counts the files of a session; names a wish to the agent.
    let number: Int
    let way: Way
    /// The specialist who gave it or wants it.
    let person: PersonID
    var state: State
    var why: Why?
    var name = ""
    var size: Int64 = 0
    /// In hexadecimal.
    var sha256 = ""
    /// Bytes that had come when it was last written down.
    var done: Int64 = 0
    let made: Instant

    var isOpen: Bool { state == .wanted || state == .going }

    /// Of a hundred.
    func percent(_ done: Int64) -> Int { size > 0 ? Int(min(done, size) * 100 / size) : done >= size ? 100 : 0 }

    static let columns: SQL = "id, session_id, number, way, person_id, state, why, name, size, sha256, done, made_at"

    init(
        id: UploadID, session: ControlID, number: Int, way: Way, person: PersonID, state: State, name: String = "",
        size: Int64 = 0, sha256: String = "", made: Instant
    ) {
        (self.id, self.session, self.number, self.way, self.person) = (id, session, number, way, person)
        (self.state, self.name, self.size, self.sha256, self.made) = (state, name, size, sha256, made)
    }

    init(_ row: Row) throws {
        (id, session, number, way, person) = try (row[0], row[1], row[2], row[3], row[4])
        (state, why, name, size, sha256) = try (row[5], row[6], row[7], row[8], row[9])
        (done, made) = try (row[10], row[11])
    }

    static func find(_ id: UploadID, _ tx: any ReadTransaction) throws -> ControlFile? {
        try tx.one("SELECT \(columns) FROM control_file WHERE id = \(id)", ControlFile.init)
    }

    /// Newest first.
    static func all(of session: ControlID, _ tx: any ReadTransaction) throws -> [ControlFile] {
        try tx.all(
            "SELECT \(columns) FROM control_file WHERE session_id = \(session) ORDER BY number DESC LIMIT 200",
            ControlFile.init)
    }

    /// What is not over, in the order in which it was given; with what was over not before a moment.
    static func open(
        of session: ControlID, orOverSince moment: Instant? = nil, _ tx: any ReadTransaction
    ) throws -> [ControlFile] {
        let over: SQL = if let moment { " OR ended_at >= \(moment)" } else { "" }
        return try tx.all(
            """
            SELECT \(columns) FROM control_file WHERE session_id = \(session) AND (ended_at IS NULL\(over)) ORDER BY number
            """, ControlFile.init)
    }
}

/// Who may carry what: functions of values.
enum FileRule {
    /// Milliseconds after which nobody waits for the person to choose; the agent waits less.
    static let patience: Int64 = 180_000
    /// Files to one computer at the same time; the others wait.
    static let atOnce = 2
    /// Files and wishes of one session: a page shows them all.
    static let most = 200

    static func hinders(
        _ viewer: Standing, looks: Bool, _ session: ControlSession, needs ability: Abilities
    ) -> ControlError? {
        guard ControlRule.mayWork(viewer) else { return .notAllowed }
        guard session.state != .ended else { return .ended }
        guard looks else { return .notAllowed }
        guard session.state == .agreed, session.agreed.contains(.files) else { return .notAgreed }
        return session.abilities.contains(ability) ? nil : .cannotFiles
    }

    /// Those who may see what was carried are those who may carry.
    static func mayStop(_ viewer: Standing, looks: Bool) -> Bool { ControlRule.mayWork(viewer) && looks }
}
