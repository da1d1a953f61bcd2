import AgentProtocol
import EventLog
import Files
import Foundation
import HTTPTypes
import Kernel
import OknoApp
import Recordings
import Storage
import TestOffice
import Testing

@testable import RemoteControl
@testable import Requests

extension Office {
    /// A session that a client agreed to; of Anna's first request.
    func agree(_ client: Who = .anna, on request: Int64? = nil) async throws -> ControlID {
        let room = installation.remote, code = try await room.offer(on: request ?? number, by: viewer(client)).code
        let hello = Hello(
            system: "linux-x11", computer: "PC-7", login: "anna", proof: .code(code), abilities: [.view, .control])
        let known = try #require(try await room.greet(hello))
        try await room.ask(.view, in: known.session, by: viewer(.boris))
        try await room.answer(.granted(.view), to: 1, in: known.session, of: known.organisation)
        return known.session
    }

    func allow(_ what: [String] = ["sessions"], days: Int = 30) async throws {
        try await check(
            as: .dina, .post, "/recordings", form: what.map { ($0, "yes") } + [("days", String(days))], status: 303)
    }

    func parts(of id: ControlID) async throws -> [[Int64]] {
        try await database.read { tx in
            try tx.all(
                "SELECT from_ms, until_ms FROM recording_part WHERE recording_id = \(id) ORDER BY from_ms"
            ) { row in [try row[0], try row[1]] }
        }
    }

    /// One part of a recording, as the recorder would keep it.
    func keep(_ frame: [UInt8], from: Int64, until: Int64, of id: ControlID) async throws {
        let draft = try PartDraft(from: from)
        for _ in 0..<2 { frame.withUnsafeBytes { draft.add($0, at: from) } }
        try await installation.recordings.keep(
            draft.finish(), from: from, until: until, of: RecordingID(id.text), in: north)
    }
}

/// What was recorded of sessions: when it is, who may watch, for how long; on both databases.
@Suite struct RecordingTests {
    @Test(arguments: Engine.available)
    func nothingIsRecordedUnlessThePersonAtTheComputerWasTold(on engine: Engine) async throws {
        try await Office.with(engine) { office in
            let room = office.installation.remote
            for other in [Who.anna, .boris, .vera] {
                try await office.check(as: other, .get, "/recordings", status: 404)
                try await office.check(
                    as: other, .post, "/recordings", form: [("sessions", "yes"), ("days", "9")], status: 404, events: []
                )
            }
            let id = try await office.agree()
            // What the organisation allows from now on holds for what is asked from now on.
            try await office.allow()
            #expect(try await room.sight(of: id, watchedBy: [], after: 0).recorded == nil)
            try await room.ask(.control, in: id, by: office.viewer(.boris))
            let asked = try await room.sight(of: id, watchedBy: [], after: 1)
            #expect(asked.asked?.isRecorded == true && asked.recorded == nil)
            try await room.answer(.refused, to: 2, in: id, of: office.north)
            #expect(try await room.sight(of: id, watchedBy: [], after: 2).recorded == nil)
            try await room.ask(.control, in: id, by: office.viewer(.boris))
            try await room.answer(.granted([.view, .control]), to: 3, in: id, of: office.north)
            #expect(try await room.sight(of: id, watchedBy: [], after: 3).recorded?.id == id)
            for both in [Who.anna, .boris] {
                try await office.check(
                    as: both, .get, "/requests/\(office.number)/control", status: 200, shows: ["Сеанс записывается"])
            }
            // What is forbidden ends at once, also where it was agreed to.
            try await office.allow([])
            #expect(try await room.sight(of: id, watchedBy: [], after: 3).recorded == nil)
        }
    }

    @Test(arguments: Engine.available)
    func aRecorderKeepsPartsThatBeginWithTheWholeScreen(on engine: Engine) async throws {
        try await Office.with(engine) { office in
            try await office.allow()
            let id = try await office.agree(), room = office.installation.remote
            let session = try #require(try await room.sight(of: id, watchedBy: [], after: 1).recorded)
            let said = Said()
            let recorder = Recorder(channel: 8, of: session, at: room) { said.add($0) }
            recorder.credit(1000)
            recorder.greet(Said.screen)
            for _ in 0..<3 {
                let paid = said.credit
                #expect(recorder.came(update(128, 128)))
                try await said.waitForCredit(above: paid)
                office.clock.pass(milliseconds: 10_000)
            }
            recorder.stop()
            try await office.waitForParts(3, of: id)
            #expect(try await office.parts(of: id) == [[0, 10_000], [10_000, 20_000], [20_000, 30_000]])
            #expect(said.first == "RFB 003.008\n")
            // Its end is an event of the request, with the way to it for the staff.
            try await office.check(
                as: .anna, .post, "/control/\(id)/end", status: 303, events: [.controlEnded, .controlRecorded])
            try await office.check(
                as: .boris, .get, "/requests/\(office.number)/history", status: 200,
                shows: ["Сеанс записан: 1", "href=\"/control/\(id)/recording\""])
        }
    }

    @Test(arguments: Engine.available)
    func onlyTheStaffOfTheRequestAndTheClientIfAllowedWatch(on engine: Engine) async throws {
        try await Office.with(engine) { office in
            try await office.allow()
            let id = try await office.agree(), path = "/control/\(id)/recording"
            try await office.check(as: .boris, .get, path, status: 404)
            _ = try await office.installation.recordings.begin(
                RecordingID(id.text), of: office.request, in: office.north)
            try await office.keep(Array(repeating: 1, count: 300), from: 0, until: 9_000, of: id)
            for address in [path, path + "/parts?at=0"] {
                for staff in [Who.boris, .vera, .gleb] {
                    try await office.check(as: staff, .get, address, status: 200)
                }
                for other in [Who.anna, .oleg, .olga] {
                    try await office.check(as: other, .get, address, status: 404)
                }
                try await office.check(as: nil, .get, address, status: 303)
            }
            try await office.allow(["sessions", "clients"])
            // Of the same organisation, and of another's request.
            let number = try await office.requests.register(
                Registration(id: .new(at: office.clock.now), line: office.line, text: "Не печатает"),
                by: office.viewer(.gleb))
            let theirs = try await office.agree(.gleb, on: number)
            let session = try #require(
                try await office.installation.remote.sight(of: theirs, watchedBy: [], after: 1).recorded)
            _ = try await office.installation.recordings.begin(
                RecordingID(theirs.text), of: session.request, in: office.north)
            try await office.keep(Array(repeating: 1, count: 300), from: 0, until: 9_000, of: theirs)
            for part in ["", "/parts?at=0"] {
                try await office.check(as: .anna, .get, path + part, status: 200)
                try await office.check(as: .gleb, .get, "/control/\(theirs)/recording" + part, status: 200)
                try await office.check(as: .anna, .get, "/control/\(theirs)/recording" + part, status: 404)
                for stranger in [Who.oleg, .olga] {
                    try await office.check(as: stranger, .get, path + part, status: 404)
                }
            }
            try await office.check(as: .boris, .get, path + "/parts?after=0", status: 204)
        }
    }

    @Test(arguments: Engine.available)
    func whatAKilledServerLeftIsPlayedUpToItsLastPart(on engine: Engine) async throws {
        try await Office.with(engine) { office in
            try await office.allow()
            let id = try await office.agree(), recordings = office.installation.recordings
            _ = try await recordings.begin(RecordingID(id.text), of: office.request, in: office.north)
            try await office.keep(Array(repeating: 1, count: 5_000), from: 0, until: 10_000, of: id)
            // Bytes reached the disk, the row did not.
            _ = try recordings.store.append(Array(repeating: 9, count: 777), to: id.text)
            try await office.keep(Array(repeating: 2, count: 5_000), from: 60_000, until: 70_000, of: id)
            let found = try await office.database.read { tx in
                try RecordingPart.find(.after(0), of: RecordingID(id.text), tx)
            }
            let part = try #require(found)
            let bytes = try await recordings.read(part, of: RecordingID(id.text))
            #expect(part.from == 60_000 && bytes.starts(with: [0x1F, 0x8B]))
            try await office.check(
                as: .boris, .get, "/control/\(id)/recording", status: 200, shows: ["data-length=\"70000\""])
        }
    }

    @Test(arguments: Engine.available)
    func aPlaceInAnHourIsFoundWithinASecond(on engine: Engine) async throws {
        try await Office.with(engine) { office in
            try await office.allow()
            let id = try await office.agree()
            _ = try await office.installation.recordings.begin(
                RecordingID(id.text), of: office.request, in: office.north)
            // A screen of which a tenth cannot be made smaller: some 400 kB each ten seconds, 150 MB in the hour.
            var frame = [UInt8](repeating: 40, count: 1280 * 800 * 4)
            for place in 0..<frame.count / 10 { frame[place] = UInt8.random(in: 0...255) }
            let draft = try PartDraft(from: 0)
            frame.withUnsafeBytes { draft.add($0, at: 0) }
            let part = draft.finish()
            for second in stride(from: Int64(0), to: 3600, by: 10) {
                try await office.installation.recordings.keep(
                    part, from: second * 1000, until: second * 1000 + 10_000, of: RecordingID(id.text), in: office.north
                )
            }
            var slowest = Duration.zero
            for moment in [3_599_999, 1, 1_800_000, 2_712_345, 905_000] {
                let start = ContinuousClock.now
                try await office.check(as: .boris, .get, "/control/\(id)/recording/parts?at=\(moment)", status: 200)
                slowest = max(slowest, ContinuousClock.now - start)
            }
            print("a place in an hour of \((part.count * 360) >> 20) MB on \(engine): \(slowest)")
            #expect(slowest < .seconds(1))
        }
    }

    @Test(arguments: Engine.available)
    func whatIsBeingRecordedIsNotRemoved(on engine: Engine) async throws {
        try await Office.with(engine) { office in
            try await office.allow(days: 7)
            let id = try await office.agree(), recordings = office.installation.recordings
            _ = try await recordings.begin(RecordingID(id.text), of: office.request, in: office.north)
            office.clock.pass(.days(8))
            let now = 8 * 24 * 3_600_000 as Int64
            try await office.keep([1, 2, 3], from: now - 10_000, until: now, of: id)
            try await recordings.sweep()
            #expect(try await office.parts(of: id).count == 1)
            office.clock.pass(.days(8))
            try await recordings.sweep()
            #expect(try await office.parts(of: id).isEmpty)
        }
    }

    @Test(arguments: Engine.available)
    func nothingIsWrittenForWhatIsRemovedOrWasNeverBegun(on engine: Engine) async throws {
        try await Office.with(engine) { office in
            try await office.allow(days: 7)
            let id = try await office.agree(), recordings = office.installation.recordings
            try await office.keep([1], from: 0, until: 10, of: id)
            #expect(throws: FileStore.Fault.self) { try recordings.store.read(id.text, at: 0, count: 0) }
            _ = try await recordings.begin(RecordingID(id.text), of: office.request, in: office.north)
            office.clock.pass(.days(8))
            try await recordings.sweep()
            try await office.keep([1], from: 20, until: 30, of: id)
            #expect(throws: FileStore.Fault.self) { try recordings.store.read(id.text, at: 0, count: 0) }
        }
    }

    @Test(arguments: Engine.available)
    func aRecordingIsRemovedInItsTimeAndThatItWasStays(on engine: Engine) async throws {
        try await Office.with(engine) { office in
            try await office.allow(days: 7)
            let id = try await office.agree(), recordings = office.installation.recordings
            _ = try await recordings.begin(RecordingID(id.text), of: office.request, in: office.north)
            try await office.keep(Array(repeating: 1, count: 300), from: 0, until: 300_000, of: id)
            office.clock.pass(.days(6))
            try await recordings.sweep()
            #expect(try await office.parts(of: id).count == 1)
            office.clock.pass(.days(2))
            try await recordings.sweep()
            try await recordings.sweep()
            #expect(try await office.parts(of: id).isEmpty)
            #expect(throws: FileStore.Fault.self) { try recordings.store.read(id.text, at: 0, count: 1) }
            try await office.check(as: .boris, .get, "/control/\(id)/recording/parts?at=0", status: 204)
            try await office.check(
                as: .boris, .get, "/control/\(id)/recording", status: 200, shows: ["Запись удалена", "5\u{a0}мин"],
                hides: ["data-parts"])
        }
    }
}
