import EventLog
import Files
import Foundation
import Kernel
import Requests
import Storage
import TestOffice
import Testing

@testable import OknoApp

@Suite struct SweepingTests {
    /// An upload of these bytes, by Anna, through the store as the server does it.
    private func upload(_ text: String, _ office: Office, finished: Bool = true) async throws -> (UploadID, String?) {
        let anna = try await office.viewer(.anna), files = office.installation.files,
            id = UploadID.new(at: office.clock.now)
        _ = try await office.requests.beginUpload(id, name: "file.txt", size: Int64(text.utf8.count), by: anna)
        do {
            let pending = try files.append(to: id, at: 0)
            try Array(text.utf8).withUnsafeBytes { try pending.write($0) }
        }
        guard finished else { return (id, nil) }
        let hash = try files.finish(id)
        try await office.database.write(in: office.organisation(of: .anna)) { tx in
            _ = try tx.run("UPDATE upload SET hash = \(hash) WHERE id = \(id)")
        }
        return (id, hash)
    }

    @Test(arguments: Engine.available)
    func filesThatNobodySentAreRemovedAndNoOthers(on engine: Engine) async throws {
        try await Office.with(engine) { office in
            let files = office.installation.files, anna = try await office.viewer(.anna)
            let (_, forgotten) = try await upload("forgotten", office)
            let (cut, _) = try await upload("cut in the middle", office, finished: false)
            let (sent, kept) = try await upload("sent", office)
            let (_, twice) = try await upload("sent", office)
            #expect(kept == twice)
            try await office.requests.write(
                Draft(id: .new(at: office.clock.now), text: "Вот файл", isNote: false, uploads: [sent]),
                in: office.number,
                by: anna)
            // A day later nobody has lost anything; after four days what was not sent is gone.
            let sweeping = Sweeping(
                database: office.database, files: files, recordings: office.installation.recordings,
                now: { office.clock.now })
            try await sweeping.schedule()
            func run(after days: Int) async throws {
                office.clock.pass(.days(days))
                for old in [forgotten!, kept!] {
                    // Files are as old as the clock of the office says.
                    try FileManager.default.setAttributes(
                        [.modificationDate: Date(timeIntervalSince1970: 0)], ofItemAtPath: files.object(old))
                }
                let now = office.clock.now
                let due = try await office.database.read { tx in try Timers.due(at: now, atMost: 10, tx) }
                for timer in due where timer.kind == Sweeping.kind { try await sweeping.run(timer) }
            }
            try await run(after: 1)
            #expect(FileManager.default.fileExists(atPath: files.object(forgotten!)))
            try await run(after: 3)
            #expect(!FileManager.default.fileExists(atPath: files.object(forgotten!)))
            #expect(FileManager.default.fileExists(atPath: files.object(kept!)), "a message holds it")
            #expect(files.received(cut) == 0)
            let left: Int? = try await office.database.read { tx in try tx.value("SELECT COUNT(*) FROM upload") }
            #expect(left == 0)
        }
    }
}
