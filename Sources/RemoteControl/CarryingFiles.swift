import AgentProtocol
import EventLog
package import Kernel
import Requests
import Storage

/// What specialists do with files: give one, ask for one, stop one.
extension RemoteControl {
    /// An uploaded file becomes a part of the request, and goes to the client's computer. Given twice, it goes once.
    package func give(_ upload: UploadID, in id: ControlID, by viewer: Viewer) async throws {
        try await change(id, in: viewer.organisation) { tx, now in
            let change = try Self.carrying(id, needs: .filesIn, by: viewer, at: now, tx)
            if let known = try ControlFile.find(upload, tx) {
                guard known.session == id, known.person == viewer.person else { throw ControlError.noSuchFile }
                return nil
            }
            let file = try Requests.uploaded(upload, by: viewer, tx)
            let topics = try Requests.file(upload, in: change.session.request, by: viewer, at: now, in: tx)
            change.told.topics.formUnion(topics)
            try change.add(upload, .to, .going, name: file.name, size: file.size, sha256: file.hash, by: viewer.person)
            try change.tell(.controlFileSent, subject: upload.text)
            return change
        }
    }

    /// The person at the computer is to choose a file for this specialist.
    package func wish(in id: ControlID, by viewer: Viewer) async throws {
        try await change(id, in: viewer.organisation) { tx, now in
            let change = try Self.carrying(id, needs: .filesOut, by: viewer, at: now, tx)
            guard try !ControlFile.open(of: id, tx).contains(where: { $0.state == .wanted }) else {
                throw ControlError.wishing
            }
            let file = UploadID.new(at: now)
            try change.add(file, .from, .wanted, by: viewer.person)
            try change.tell(.controlFileWanted, subject: file.text)
            return change
        }
    }

    package func stop(_ file: UploadID, of id: ControlID, by viewer: Viewer) async throws {
        try await change(id, in: viewer.organisation) { tx, now in
            let seen = try Self.find(id, for: viewer, tx)
            let looks = try Self.viewers(of: id, tx).contains(viewer.person)
            guard FileRule.mayStop(seen.request.standing, looks: looks) else { throw ControlError.notAllowed }
            guard let file = try ControlFile.find(file, tx), file.session == id else { throw ControlError.noSuchFile }
            guard file.isOpen else { return nil }
            let change = ControlChange(seen.session, by: viewer.person, at: now, tx)
            try change.end(file, .specialist)
            return change
        }
    }

    private static func carrying(
        _ id: ControlID, needs ability: Abilities, by viewer: Viewer, at now: Instant, _ tx: any WriteTransaction
    ) throws -> ControlChange {
        let seen = try find(id, for: viewer, tx)
        let looks = try viewers(of: id, tx).contains(viewer.person)
        let hindrance = FileRule.hinders(seen.request.standing, looks: looks, seen.session, needs: ability)
        if let hindrance { throw hindrance }
        return ControlChange(seen.session, by: viewer.person, at: now, tx)
    }
}

extension ControlChange {
    fileprivate func add(
        _ id: UploadID, _ way: ControlFile.Way, _ state: ControlFile.State, name: String = "", size: Int64 = 0,
        sha256: String = "", by person: PersonID
    ) throws {
        let count: Int =
            try tx.value("SELECT COALESCE(MAX(number), 0) FROM control_file WHERE session_id = \(session.id)") ?? 0
        guard count < FileRule.most else { throw ControlError.tooManyFiles }
        try tx.run(
            """
            INSERT INTO control_file (id, session_id, number, way, person_id, state, name, size, sha256, done, made_at)
            VALUES (\(id), \(session.id), \(count + 1), \(way), \(person), \(state), \(name), \(size), \(sha256), 0, \(now))
            """)
    }

    /// Whatever is on its way or wished for is over, before it came.
    func end(_ file: ControlFile, _ why: ControlFile.Why) throws {
        let isWish = file.state == .wanted
        try settle(file, isWish ? .unchosen : .failed, why)
        if isWish {
            try tell(.controlFileUnchosen, ["why": why.rawValue], subject: file.id.text)
        } else {
            try tell(.controlFileFailed, ["way": file.way.rawValue, "why": why.rawValue], subject: file.id.text)
        }
    }

    func endFiles(_ why: ControlFile.Why) throws {
        for file in try ControlFile.open(of: session.id, tx) { try end(file, why) }
    }

    func settle(_ file: ControlFile, _ state: ControlFile.State, _ why: ControlFile.Why? = nil) throws {
        let done = state == .kept ? file.size : file.done
        try tx.run(
            """
            UPDATE control_file SET state = \(state), why = \(why), done = \(done), ended_at = \(now)
            WHERE id = \(file.id) AND ended_at IS NULL
            """)
    }
}
