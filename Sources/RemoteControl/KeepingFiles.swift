import AgentProtocol
import EventLog
import Kernel
import Requests
import Storage
import Web

/// What becomes of files at the wire of the agent.
extension RemoteControl {
    /// Why a file that the agent offers is not taken; in words for the person at the computer.
    struct Untaken: Error {
        var words = ""
    }

    /// For the wire: what is to be carried as of now. What nobody chose in time is over.
    func look(
        for session: ControlSession, at now: Instant, _ sight: inout ControlSight, _ tx: any ReadTransaction
    ) throws {
        guard session.agreed.contains(.files) else { return }
        sight.files = try ControlFile.open(of: session.id, orOverSince: now - Minutes(2), tx)
        let wishes = sight.files.filter { $0.state == .wanted }
        guard !wishes.isEmpty else { return }
        // Nobody else than the person at the computer is to choose there.
        sight.isAsking = true
        let people = wishes.map(\.person)
        sight.wishers = Dictionary(
            zip(people, try names(people, in: session, tx)).map { ($0, $1) }, uniquingKeysWith: { $1 })
    }

    /// An act on a file that is not over, of a session that goes on.
    private func act(
        on file: UploadID, in id: ControlID, of organisation: OrganisationID,
        _ act: @escaping @Sendable (ControlChange, ControlFile) throws -> Void
    ) async throws {
        try await change(id, in: organisation) { tx, now in
            guard let session = try Self.session(id, tx), session.state != .ended,
                let file = try ControlFile.find(file, tx), file.session == id, file.isOpen
            else { return nil }
            let change = ControlChange(session, by: nil, at: now, tx)
            try act(change, file)
            return change
        }
    }

    /// The agent has it, as it was promised.
    func kept(_ file: UploadID, in id: ControlID, of organisation: OrganisationID) async throws {
        try await act(on: file, in: id, of: organisation) { change, file in
            try change.settle(file, .kept)
            try change.tell(.controlFileKept, subject: file.id.text)
        }
    }

    func fail(_ file: UploadID, _ why: ControlFile.Why, in id: ControlID, of organisation: OrganisationID) async throws
    {
        try await act(on: file, in: id, of: organisation) { change, file in try change.end(file, why) }
    }

    /// The person chose nothing.
    func unchosen(_ wish: Int, in id: ControlID, of organisation: OrganisationID) async throws {
        let found = try await database.read { tx in
            try ControlFile.open(of: id, tx).first { $0.number == wish && $0.state == .wanted }
        }
        guard let found else { return }
        try await act(on: found.id, in: id, of: organisation) { change, file in
            guard file.state == .wanted else { return }
            try change.settle(file, .unchosen, .person)
            try change.tell(
                .controlFileUnchosen, ["why": ControlFile.Why.person.rawValue], subject: file.id.text,
                by: change.session.client)
        }
    }

    /// Wishes that nobody answered are over.
    func endWishes(of id: ControlID, in organisation: OrganisationID, _ wishes: [ControlFile]) async throws {
        let now = site.now()
        for wish in wishes where now.since(wish.made) > FileRule.patience {
            try await act(on: wish.id, in: id, of: organisation) { change, file in
                if file.state == .wanted { try change.end(file, .timedOut) }
            }
        }
    }

    /// Where a file stands, for whoever comes after a break or a fall.
    func note(_ done: Int64, of file: UploadID, in organisation: OrganisationID) async throws {
        try await database.write(in: organisation) { tx in
            _ = try tx.run("UPDATE control_file SET done = \(done) WHERE id = \(file) AND ended_at IS NULL")
        }
    }

    /// The agent offers what the person chose: the answer to the open wish, or one that a break had cut.
    /// - Returns: the file, and the person in whose name it comes.
    func begin(
        _ offer: FileOffer, in id: ControlID, of organisation: OrganisationID
    ) async throws -> (file: ControlFile, client: Viewer) {
        let now = site.now(), hash = Self.hex(offer.sha256), size = Int64(clamping: offer.size)
        let name = Requests.fileName(offer.name)
        let (found, untaken, told) = try await database.write(in: organisation) {
            tx -> ((ControlFile, Viewer)?, Untaken, ControlChange.Told?) in
            guard let session = try Self.session(id, tx), session.state == .agreed, session.agreed.contains(.files),
                let client = try self.somebody(session.client, tx)
            else { return (nil, Untaken(), nil) }
            let open = try ControlFile.open(of: id, tx).filter { $0.way == .from }
            if let cut = open.first(where: { $0.state == .going && $0.sha256 == hash && $0.size == size }) {
                return ((cut, client), Untaken(), nil)
            }
            guard var file = open.first(where: { $0.state == .wanted }) else { return (nil, Untaken(), nil) }
            let change = ControlChange(session, by: session.client, at: now, tx)
            do {
                guard let number = try Requests.titles(of: [session.request], for: client, tx)[session.request]?.number
                else { return (nil, Untaken(), nil) }
                try self.requests.check(
                    file: size, on: Requests.called(number, for: client, tx).line, tx)
            } catch is RequestError {
                try change.settle(file, .failed, .large)
                try change.tell(
                    .controlFileFailed, ["way": "from", "why": ControlFile.Why.large.rawValue], subject: file.id.text)
                return (nil, Untaken(words: self.site.text(client.language)("remote.file.why.large")), change.told)
            }
            (file.state, file.name, file.size, file.sha256) = (.going, name, size, hash)
            try tx.run(
                """
                UPDATE control_file SET state = \(file.state), name = \(name), size = \(size), sha256 = \(hash)
                WHERE id = \(file.id)
                """)
            change.told.topics.insert("request/\(session.request)")
            // No event, but pages show its name now.
            change.told.sequence = try EventLog.newest(in: .organisation(organisation), tx)
            return ((file, client), Untaken(), change.told)
        }
        if let told { tell(told) }
        guard let (file, client) = found else { throw untaken }
        _ = try await requests.beginUpload(file.id, name: file.name, size: file.size, by: client)
        return (file, client)
    }

    /// All of it is here: it becomes a part of the request, if it is what was promised and the session still stands.
    /// - Returns: whether it did; false: it is not what was promised.
    func take(_ file: ControlFile, from client: Viewer, of organisation: OrganisationID) async throws -> Bool {
        let isRight = try await database.read { tx in
            try Requests.uploaded(file.id, by: client, tx).hash == file.sha256
        }
        guard isRight else {
            try await fail(file.id, .hash, in: file.session, of: organisation)
            return false
        }
        try await change(file.session, in: organisation) { tx, now in
            guard let session = try Self.session(file.session, tx), session.state == .agreed,
                session.agreed.contains(.files), let found = try ControlFile.find(file.id, tx), found.isOpen
            else { throw Untaken() }
            let change = ControlChange(session, by: session.client, at: now, tx)
            change.told.topics.formUnion(
                try Requests.file(file.id, in: session.request, by: client, at: now, in: tx))
            try change.settle(found, .kept)
            try change.tell(.controlFileCame, subject: file.id.text)
            return change
        }
        return true
    }

    static func hex(_ bytes: [UInt8]) -> String {
        bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    }

    static func bytes(_ hex: String) -> [UInt8] {
        let digits = hex.compactMap(\.hexDigitValue).map { UInt8($0) }
        return stride(from: 0, to: digits.count - 1, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
    }
}
