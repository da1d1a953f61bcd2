import EventLog
import Files
import HTTPTypes
import Kernel
import Lines
import OknoApp
import People
import Recordings
import Requests
import Storage
import TestOffice
import Testing
import Web

@testable import Calls

private struct Unforeseen: Error, CustomStringConvertible { let description: String }

extension Office {
    static let film: [UInt8] = [0x1A, 0x45, 0xDF, 0xA3] + Array(repeating: 7, count: 500)

    func allowRecording(_ what: [String] = ["calls"], days: Int = 30) async throws {
        try await check(
            as: .dina, .post, "/recordings", form: what.map { ($0, "yes") } + [("days", String(days))], status: 303)
    }

    @discardableResult
    func askToRecord(
        _ call: CallID, _ id: RecordingID? = nil, as who: Who = .boris, status: Int = 204, shows: [String] = [],
        events: [EventKind]? = nil
    ) async throws -> RecordingID {
        clock.pass(milliseconds: 1)
        let id = id ?? .new(at: clock.now)
        try await check(
            as: who, .post, "/calls/\(call)/recordings", form: [("id", id.text)], status: status, shows: shows,
            events: events)
        return id
    }

    func answerRecording(
        _ id: RecordingID, _ answer: String = "yes", as who: Who = .anna, status: Int = 204,
        events: [EventKind]? = nil
    ) async throws {
        try await check(
            as: who, .post, "/calls/recordings/\(id)/answer", form: [("answer", answer)], status: status,
            events: events)
    }

    /// Anna and Boris talk, and both wish it to be recorded.
    func recordedTalk() async throws -> (CallID, RecordingID) {
        try await allowRecording()
        let call = try await talk(), id = try await askToRecord(call)
        try await answerRecording(id, events: [.callRecordAgreed, .callRecordStarted])
        return (call, id)
    }

    /// A part of six seconds that has ended just now.
    @discardableResult
    func sendPart(
        _ number: Int, of id: RecordingID, as who: Who? = .boris, length: Int = 6000, ago: Int = 0, last: Bool = false,
        _ film: [UInt8] = Office.film, status: Int = 204
    ) async throws -> Answer {
        let path = "/calls/recordings/\(id)/parts/\(number)?length=\(length)&ago=\(ago)\(last ? "&last=yes" : "")"
        let answer = try await send(as: who, .post, path, body: film, headers: [.contentType: "video/webm"])
        guard answer.status == status else {
            throw Unforeseen(description: "part \(number): \(answer.status), not \(status)\n\(answer.body.prefix(500))")
        }
        return answer
    }

    func parts(of id: RecordingID) async throws -> [[Int64]] {
        try await database.read { tx in
            try tx.all("SELECT from_ms, until_ms FROM recording_part WHERE recording_id = \(id) ORDER BY from_ms") {
                row in [try row[0], try row[1]]
            }
        }
    }

    func shows(_ call: CallID, to who: Who..., words: [String], hides: [String] = []) async throws {
        for who in who {
            try await check(as: who, .get, "/calls/\(call)/recording", status: 200, shows: words, hides: hides)
        }
    }
}

/// Recordings of calls: who must agree, who may send, stop and watch; on both databases.
@Suite struct CallRecordingTests {
    @Test(arguments: Engine.available)
    func nothingIsRecordedBeforeAllHaveAgreed(on engine: Engine) async throws {
        try await Office.with(engine) { office in
            let call = try await office.talk()
            try await office.shows(
                call, to: .anna, .boris, words: ["data-state=\"none\""], hides: ["data-call-record="])
            try await office.askToRecord(call, status: 403, shows: ["звонки не записываются"], events: [])
            // Recordings of sessions allow none of calls.
            try await office.allowRecording(["sessions"])
            try await office.askToRecord(call, status: 403, events: [])
            try await office.allowRecording()
            try await office.shows(call, to: .boris, words: ["data-call-record=\"ask\""])
            try await office.shows(call, to: .anna, words: [], hides: ["data-call-record="])
            try await office.askToRecord(call, as: .anna, status: 403, events: [])
            let id = try await office.askToRecord(call, events: [.callRecordAsked])
            try await office.askToRecord(call, id, events: [])
            try await office.askToRecord(call, status: 409, events: [])
            try await office.shows(
                call, to: .anna, words: ["просит разрешения записать разговор", "data-call-record=\"yes\""],
                hides: ["Идёт запись"])
            try await office.shows(call, to: .boris, words: ["Ждём согласия на запись: Белова"], hides: ["Идёт запись"])
            try await office.sendPart(0, of: id, status: 409)
            // The client's silence is not stopped by somebody else's word.
            try await office.check(as: .anna, .post, "/calls/recordings/\(id)/end", status: 404, events: [])
            try await office.answerRecording(id, "no", events: [.callRecordRefused])
            try await office.shows(call, to: .boris, words: ["отказ: Белова", "data-call-record=\"ask\""])
            try await office.sendPart(0, of: id, status: 409)
            try await office.answerRecording(id, "yes", events: [])
            #expect(try await office.parts(of: id).isEmpty)

            let second = try await office.askToRecord(call)
            try await office.check(
                as: .boris, .post, "/calls/recordings/\(second)/end", status: 204, events: [.callRecordStopped])
            try await office.answerRecording(second, status: 409, events: [])
            let third = try await office.askToRecord(call)
            try await office.answerRecording(third, events: [.callRecordAgreed, .callRecordStarted])
            try await office.answerRecording(third, events: [])
            try await office.shows(call, to: .anna, .boris, words: ["Идёт запись", "Остановить запись"])
            try await office.check(
                as: .anna, .get, "/requests/\(office.number)/history", status: 200,
                shows: [
                    "Просьба разрешить запись разговора", "Отказ от записи разговора", "Запись разговора не начата",
                    "Согласие на запись разговора", "Запись разговора начата",
                ])
        }
    }

    @Test(arguments: Engine.available)
    func anybodyStopsAndWhatWasBeforeIsKept(on engine: Engine) async throws {
        try await Office.with(engine) { office in
            let (call, id) = try await office.recordedTalk()
            office.clock.pass(milliseconds: 6_000)
            try await office.sendPart(0, of: id)
            // Lost on the way, and sent again by a page that has heard no answer.
            office.clock.pass(milliseconds: 9_000)
            try await office.sendPart(1, of: id, ago: 3_000)
            try await office.sendPart(1, of: id, ago: 3_500)
            try await office.sendPart(3, of: id, status: 409)
            #expect(try await office.parts(of: id) == [[0, 6_000], [6_000, 12_000]])
            try await office.sendPart(2, of: id, last: true, [], status: 429)
            office.clock.pass(milliseconds: 1_000)
            try await office.check(
                as: .anna, .post, "/calls/recordings/\(id)/end", form: [("why", "stopped")], status: 204,
                events: [.callRecordStopped])
            try await office.shows(
                call, to: .anna, .boris, words: ["Запись остановлена: Белова"], hides: ["Идёт запись"])
            // The page heard of it a second later: no more than was agreed to is kept, and nothing that began later.
            office.clock.pass(milliseconds: 1_000)
            try await office.sendPart(2, of: id, length: 5_000)
            #expect(try await office.parts(of: id).last == [12_000, 16_000])
            office.clock.pass(milliseconds: 6_000)
            try await office.sendPart(3, of: id, status: 409)
            let before = try await office.newestEvent(in: office.north)
            try await office.sendPart(3, of: id, last: true, [])
            #expect(try await office.events(after: before, in: office.north).map(\.kind) == [.callRecorded])
            try await office.sendPart(3, of: id, ago: 7_000, status: 409)
            #expect(try await office.parts(of: id).count == 3)
            for who in [Who.anna, .boris] {
                try await office.check(
                    as: who, .get, "/requests/\(office.number)/history", status: 200,
                    shows: ["Запись разговора остановлена", "Разговор записан: 1", "href=\"/calls/recordings/\(id)\""])
                try await office.check(
                    as: who, .get, office.callsOfRequest, status: 200, shows: ["href=\"/calls/recordings/\(id)\""])
            }
            // It is not among the recordings of sessions.
            try await office.check(
                as: .boris, .get, "/requests/\(office.number)/control", status: 200, hides: [id.text])
        }
    }

    @Test(arguments: Engine.available)
    func whoComesIsAskedFirst(on engine: Engine) async throws {
        try await Office.with(engine) { office in
            let (call, id) = try await office.recordedTalk()
            office.clock.pass(milliseconds: 6_000)
            try await office.sendPart(0, of: id)
            try await office.check(
                as: .boris, .post, "/calls/\(call)/invitations", form: [("person", office.id(.vera).text)], status: 204)
            try await office.check(
                as: .vera, .post, "/calls/\(call)/answer", status: 200, events: [.callRecordStopped, .callJoined])
            try await office.shows(
                call, to: .anna, .boris, .vera, words: ["вошёл новый участник (Вилкова"], hides: ["Идёт запись"])
            office.clock.pass(milliseconds: 6_000)
            try await office.sendPart(1, of: id, status: 409)
            let anew = try await office.askToRecord(call)
            try await office.answerRecording(anew, events: [.callRecordAgreed])
            try await office.sendPart(0, of: anew, status: 409)
            try await office.answerRecording(anew, as: .vera, events: [.callRecordAgreed, .callRecordStarted])
            try await office.check(
                as: .vera, .post, "/calls/recordings/\(anew)/end", status: 204, events: [.callRecordStopped])
            // One who goes without an answer is waited for no more; with the one who records it all ends.
            let last = try await office.askToRecord(call)
            try await office.answerRecording(last)
            try await office.check(
                as: .vera, .post, "/calls/\(call)/leave", status: 204,
                events: [EventKind("request.time-added"), .callLeft, .callRecordStarted])
            try await office.check(
                as: .boris, .post, "/calls/\(call)/leave", status: 204,
                events: [EventKind("request.time-added"), .callLeft, .callRecordStopped, .callEnded])
        }
    }

    @Test(arguments: Engine.available)
    func onlyThePageOfWhoAskedSendsFilms(on engine: Engine) async throws {
        try await Office.with(engine) { office in
            let (call, id) = try await office.recordedTalk()
            try await office.check(
                as: .boris, .post, "/calls/\(call)/invitations", form: [("person", office.id(.gleb).text)], status: 204)
            office.clock.pass(milliseconds: 6_000)
            for who in [Who.anna, .vera, .gleb, .dina, .oleg, .olga] {
                try await office.sendPart(0, of: id, as: who, status: 404)
                if who != .anna {
                    try await office.check(as: who, .post, "/calls/recordings/\(id)/end", status: 404, events: [])
                    try await office.answerRecording(id, as: who, status: 404, events: [])
                    try await office.check(as: who, .get, "/calls/\(call)/recording", status: who == .gleb ? 200 : 404)
                }
            }
            try await office.sendPart(0, of: id, as: nil, status: 401)
            // The same person in another window.
            let boris = try await office.viewer(.boris), calls = office.installation.calls
            await #expect(throws: RecordingError.notFound) {
                try await calls.keep(
                    SentPart(number: 0, length: 6_000, ago: 0, isLast: false), of: id,
                    session: .new(at: office.clock.now), by: boris
                ) { Office.film }
            }
            try await office.sendPart(0, of: id, Array("<html>".utf8), status: 422)
            try await office.sendPart(0, of: id, [], status: 422)
            try await office.sendPart(
                0, of: id, Office.film + Array(repeating: 0, count: ConsentRule.largestPart), status: 413)
            try await office.sendPart(0, of: id, length: 300_000, status: 422)
            #expect(try await office.parts(of: id).isEmpty)
            try await office.sendPart(0, of: id)
            // What is forbidden ends at once, also where it was agreed to.
            try await office.allowRecording([])
            office.clock.pass(milliseconds: 6_000)
            let before = try await office.newestEvent(in: office.north)
            try await office.sendPart(1, of: id, status: 403)
            #expect(
                try await office.events(after: before, in: office.north).map(\.kind) == [
                    .callRecordStopped, .callRecorded,
                ])
            try await office.sendPart(1, of: id, status: 409)
            try await office.shows(call, to: .anna, words: ["администратор запретил"], hides: ["Идёт запись"])
            #expect(try await office.parts(of: id).count == 1)
        }
    }

    @Test(arguments: Engine.available)
    func theStaffOfTheRequestAndThoseWhoAgreedWatch(on engine: Engine) async throws {
        try await Office.with(engine) { office in
            let (call, id) = try await office.recordedTalk()
            office.clock.pass(milliseconds: 6_000)
            try await office.sendPart(0, of: id)
            try await office.check(as: .anna, .post, "/calls/\(call)/leave", status: 204)
            let page = "/calls/recordings/\(id)"
            for path in [page, page + "/parts?at=0"] {
                for who in [Who.anna, .boris, .vera, .gleb, .dina] {
                    try await office.check(as: who, .get, path, status: 200)
                }
                for who in [Who.oleg, .olga] { try await office.check(as: who, .get, path, status: 404) }
                try await office.check(as: nil, .get, path, status: 303)
            }
            try await office.check(
                as: .anna, .get, page, status: 200, shows: ["data-length=\"6000\"", "Громов", "Белова"])
            let part = try await office.check(as: .anna, .get, page + "/parts?at=5999", status: 200)
            #expect(part.bytes == Office.film && part.headers[HTTPField.Name("Okno-Part")!] == "0-6000")
            #expect(part.headers[.contentType] == "video/webm")
            try await office.check(as: .anna, .get, page + "/parts?after=0", status: 204)
            // Two colleagues talk about Anna's request: she was not there.
            let second = CallID.new(at: office.clock.now)
            try await office.check(
                as: .boris, .post, office.callsOfRequest,
                form: [("id", second.text), ("kind", "call"), ("person", office.id(.vera).text)], status: 200)
            try await office.check(as: .vera, .post, "/calls/\(second)/answer", status: 200)
            let other = try await office.askToRecord(second)
            try await office.answerRecording(other, as: .vera)
            office.clock.pass(milliseconds: 6_000)
            try await office.sendPart(0, of: other)
            try await office.check(
                as: .boris, .post, "/calls/recordings/\(other)/end", form: [("why", "page")], status: 204,
                events: [.callRecordStopped, .callRecorded])
            for path in ["", "/parts?at=0"] {
                try await office.check(as: .anna, .get, "/calls/recordings/\(other)" + path, status: 404)
                try await office.check(as: .vera, .get, "/calls/recordings/\(other)" + path, status: 200)
            }
            try await office.check(
                as: .anna, .get, "/requests/\(office.number)/history", status: 200,
                hides: ["/calls/recordings/\(other)"])
            // A client of the same organisation whose request it is not.
            let number = try await office.requests.register(
                Registration(id: .new(at: office.clock.now), line: office.line, text: "Не печатает"),
                by: office.viewer(.gleb))
            try await office.check(as: .boris, .post, "/calls/\(second)/leave", status: 204)
            let theirs = CallID.new(at: office.clock.now)
            try await office.check(
                as: .boris, .post, "/requests/\(number)/calls", form: [("id", theirs.text), ("kind", "call")],
                status: 200)
            try await office.check(as: .gleb, .post, "/calls/\(theirs)/answer", status: 200)
            let third = try await office.askToRecord(theirs)
            try await office.answerRecording(third, as: .gleb)
            office.clock.pass(milliseconds: 6_000)
            try await office.sendPart(0, of: third)
            try await office.check(as: .gleb, .get, "/calls/recordings/\(third)", status: 200)
            for path in ["", "/parts?at=0"] {
                try await office.check(as: .anna, .get, "/calls/recordings/\(third)" + path, status: 404)
            }
        }
    }

    @Test(arguments: Engine.available)
    func aPageThatSendsNothingRecordsNothing(on engine: Engine) async throws {
        try await Office.with(engine) { office in
            let (call, id) = try await office.recordedTalk()
            office.clock.pass(milliseconds: 6_000)
            try await office.sendPart(0, of: id)
            // No wire is open in this test, and nobody is to be missed for it.
            try await office.database.write(in: office.north) { tx in
                try tx.run("DELETE FROM timer WHERE kind = \(Calls.lostTimer)")
            }
            office.clock.pass(milliseconds: 89_000)
            try await office.settle()
            try await office.shows(call, to: .anna, words: ["Идёт запись"])
            office.clock.pass(milliseconds: 1_001)
            let before = try await office.newestEvent(in: office.north)
            try await office.settle()
            #expect(
                try await office.events(after: before, in: office.north).map(\.kind) == [
                    .callRecordStopped, .callRecorded,
                ])
            try await office.shows(call, to: .anna, words: ["долго ничего не приходило"], hides: ["Идёт запись"])
            // A stopped one waits a minute for what is on its way.
            let second = try await office.askToRecord(call)
            try await office.answerRecording(second)
            office.clock.pass(milliseconds: 6_000)
            try await office.check(as: .anna, .post, "/calls/\(call)/leave", status: 204)
            office.clock.pass(milliseconds: 55_000)
            try await office.sendPart(0, of: second, ago: 55_000)
            office.clock.pass(milliseconds: 5_001)
            try await office.sendPart(1, of: second, ago: 60_001, status: 409)
            try await office.settle()
            #expect(try await office.parts(of: second) == [[0, 6_000]])
            try await office.check(
                as: .anna, .get, office.callsOfRequest, status: 200, shows: ["/calls/recordings/\(second)"])
            // With its node the call ends, and its recording with it.
            let third = try await office.talk(), last = try await office.askToRecord(third)
            try await office.answerRecording(last)
            office.clock.pass(milliseconds: 31_000)
            try await office.installation.calls.endLost()
            let found = try await office.database.read { tx in try CallRecording.find(last, tx) }
            #expect(found?.state == .ended && found?.why == .callEnded)
        }
    }

    @Test(arguments: Engine.available)
    func aPlaceInAnHourIsFoundWithinASecondAndRemovedInItsTime(on engine: Engine) async throws {
        try await Office.with(engine) { office in
            let (call, id) = try await office.recordedTalk(), recordings = office.installation.recordings
            // Six seconds of a screen at a megabit a second, six hundred times.
            let film = Office.film + Array(repeating: 9, count: 750_000)
            for from in stride(from: Int64(0), to: 3_600_000, by: 6_000) {
                try await recordings.keep(film, from: from, until: from + 6_000, of: id, in: office.north)
            }
            var slowest = Duration.zero
            for moment in [3_599_999, 1, 1_800_000, 2_712_345, 905_000] {
                let start = ContinuousClock.now
                try await office.check(as: .boris, .get, "/calls/recordings/\(id)/parts?at=\(moment)", status: 200)
                slowest = max(slowest, ContinuousClock.now - start)
            }
            print("a place in an hour of \((film.count * 600) >> 20) MB of a call on \(engine): \(slowest)")
            #expect(slowest < .seconds(1))
            office.clock.pass(Minutes(60))
            try await office.check(as: .boris, .post, "/calls/\(call)/leave", status: 204)
            office.clock.pass(Minutes(2))
            try await office.settle()
            try await office.allowRecording(days: 7)
            office.clock.pass(.days(6))
            try await recordings.sweep()
            #expect(try await office.parts(of: id).count == 600)
            office.clock.pass(.days(2))
            try await recordings.sweep()
            #expect(try await office.parts(of: id).isEmpty)
            #expect(throws: FileStore.Fault.self) { try recordings.store.read(id.text, at: 0, count: 1) }
            try await office.check(
                as: .anna, .get, "/calls/recordings/\(id)", status: 200, shows: ["Запись удалена", "Она длилась 1"],
                hides: ["data-parts"])
            try await office.check(as: .anna, .get, "/calls/recordings/\(id)/parts?at=0", status: 204)
            try await office.check(as: .boris, .get, office.callsOfRequest, status: 200, shows: ["удалена по сроку"])
            try await office.sendPart(0, of: id, status: 409)
        }
    }
}

@Suite struct ConsentRuleTests {
    @Test func aPartStandsWhereItWasRecorded() {
        func place(_ length: Int64, _ ago: Int64, _ now: Int64, last: Int64 = 0, ended: Int64? = nil) -> Range<Int64>? {
            ConsentRule.place(length: length, ago: ago, now: now, last: last, ended: ended)
        }
        #expect(place(6_000, 0, 6_100) == 100..<6_100)
        #expect(place(6_000, 20_000, 38_000, last: 12_000) == 12_000..<18_000)
        // It never covers what stands there already, nor what was before the beginning.
        #expect(place(6_000, 0, 14_000, last: 9_000) == 9_000..<14_000)
        #expect(place(6_000, 0, 2_000) == 0..<2_000)
        #expect(place(6_000, 8_000, 14_000, last: 9_000) == nil)
        // A page hears of the end a little later, and no part of that is kept.
        #expect(place(6_000, 0, 21_000, last: 14_000, ended: 20_000) == 15_000..<20_000)
        #expect(place(6_000, 0, 22_001, last: 14_000, ended: 20_000) == nil)
        #expect(place(1_000, 0, 21_500, last: 14_000, ended: 20_000) == nil)
    }

    @Test func everybodyInTheCallMustAgree() {
        let (one, two, three) = (PersonID("1"), PersonID("2"), PersonID("3"))
        #expect(ConsentRule.isAgreed(inside: [one, two], agreed: [one, two, three]))
        #expect(!ConsentRule.isAgreed(inside: [one, two, three], agreed: [one, two]))
        #expect(!ConsentRule.isAgreed(inside: [one], agreed: [one]))
        #expect(!ConsentRule.isAgreed(inside: [], agreed: []))
    }
}
