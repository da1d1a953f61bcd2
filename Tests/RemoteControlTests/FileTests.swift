import AgentProtocol
import EventLog
import Files
import Foundation
import HTTPTypes
import Kernel
import NIOCore
import OknoApp
import Requests
import Storage
import TestOffice
import Testing

@testable import RemoteControl

/// A computer that carries files, and what Boris does with it.
private struct Carrier {
    let office: Office, port: Int, id: ControlID, agent: PlainAgent, secret: String
    var path: String { "/control/\(id)" }

    static func with(
        _ engine: Engine, _ rights: Rights = [.view, .files], abilities: Abilities = [.view, .filesIn, .filesOut],
        _ body: @Sendable (Carrier) async throws -> Void
    ) async throws {
        try await Office.with(engine) { office in
            try await office.serving { port in
                let room = office.installation.remote
                let code = try await room.offer(on: office.number, by: office.viewer(.anna)).code
                let agent = try await PlainAgent.open(port, .code(code), abilities: abilities)
                let secret = try await agent.welcome()
                let id = try await office.session().id
                let carrier = Carrier(office: office, port: port, id: id, agent: agent, secret: secret)
                try await carrier.agree(rights)
                try await body(carrier)
                agent.close()
            }
        }
    }

    func agree(_ rights: Rights, to question: UInt32 = 1, asked: Rights? = nil) async throws {
        try await office.installation.remote.ask(asked ?? rights, in: id, by: office.viewer(.boris))
        _ = try await agent.question(question)
        agent.say(.answer(session: 1, to: question, .granted(rights)))
        try await until("consent") { try await office.session().agreed == rights }
    }

    /// The computer comes anew.
    func again() async throws -> PlainAgent {
        agent.close()
        let again = try await PlainAgent.open(port, .secret(secret), abilities: [.view, .filesIn, .filesOut])
        _ = try await again.welcome()
        return again
    }

    func upload(_ name: String, _ bytes: [UInt8]) async throws -> UploadID {
        let requests = office.requests, id = UploadID.new(at: office.clock.now), boris = try await office.viewer(.boris)
        _ = try await requests.beginUpload(id, name: name, size: Int64(bytes.count), by: boris)
        let parts = AsyncStream { parts in
            parts.yield(ByteBuffer(bytes: bytes))
            parts.finish()
        }
        _ = try await requests.append(to: id, at: 0, parts, by: boris)
        return id
    }

    func give(_ upload: UploadID) async throws {
        try await office.check(
            as: .boris, .post, path + "/files", form: [("upload", upload.text)], status: 303)
    }

    func wish() async throws { try await office.check(as: .boris, .post, path + "/wishes", status: 303) }

    func files() async throws -> [ControlFile] {
        try await office.database.read { [id] tx in try ControlFile.all(of: id, tx).reversed() }
    }

    /// The only file comes to this end.
    func ends(_ state: ControlFile.State, _ why: ControlFile.Why? = nil) async throws {
        try await until("the end \(state)") { try await files().last?.state == state }
        #expect(try await files().last?.why == why)
    }

    func attached() async throws -> Int {
        try await office.database.read { tx in try tx.value("SELECT COUNT(*) FROM attachment") ?? 0 }
    }

    /// - Parameter count: of those that came, which one.
    func offered(_ agent: PlainAgent, _ place: Int = 0) async throws -> (channel: UInt32, offer: FileOffer) {
        var all: [(channel: UInt32, offer: FileOffer)] = []
        try await until("an offer") {
            all = agent.heard.compactMap {
                if case .offer(let channel, let offer) = $0 { (channel, offer) } else { nil }
            }
            return all.count > place
        }
        return all[place]
    }

    func history(_ who: Who, shows: [String], hides: [String] = []) async throws {
        try await office.check(
            as: who, .get, "/requests/\(office.number)/history", status: 200, shows: shows, hides: hides)
    }
}

private func hash(_ bytes: [UInt8]) throws -> [UInt8] {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString).path
    try Data(bytes).write(to: URL(fileURLWithPath: path))
    defer { try? FileManager.default.removeItem(atPath: path) }
    return RemoteControl.bytes(try FileStore.hash(ofFile: path))
}

extension PlainAgent {
    func accepted(_ channel: UInt32) async throws -> Int {
        try await wait("accept on \(channel)") {
            if case .accept(channel, let offset, _) = $0 { Int(offset) } else { nil }
        }
    }

    func closed(_ channel: UInt32) async throws -> Ending {
        try await wait("close of \(channel)") { if case .close(channel, let why, _) = $0 { why } else { nil } }
    }

    /// Within the credit that was given; waits for more where it must.
    func send(_ bytes: ArraySlice<UInt8>, _ channel: UInt32) async throws {
        var sent = 0
        for start in stride(from: bytes.startIndex, to: bytes.endIndex, by: 50_000) {
            let piece = Array(bytes[start..<min(start + 50_000, bytes.endIndex)])
            try await until("credit") {
                let credit = heard.reduce(0) { sum, message in
                    switch message {
                    case .accept(channel, _, let credit), .credit(channel, let credit): sum + Int(credit)
                    default: sum
                    }
                }
                return credit >= sent + piece.count
            }
            say(.data(channel: channel, piece))
            sent += piece.count
        }
    }
}

/// Files both ways at the server's end of the wire, on both databases.
@Suite struct FileTests {
    @Test(arguments: Engine.available)
    func aFileGoesToTheComputerAndGoesOnAfterABreak(on engine: Engine) async throws {
        try await Carrier.with(engine) { carrier in
            let office = carrier.office, content = (0..<900).map { UInt8(truncatingIfNeeded: $0 * 7) }
            let upload = try await carrier.upload("../отчёт.txt", content)
            for (who, status) in [(Who.vera, 403), (.anna, 403), (.olga, 404), (.oleg, 404)] {
                for path in [carrier.path + "/files", carrier.path + "/wishes"] {
                    try await office.check(
                        as: who, .post, path, form: [("upload", upload.text)], status: status, events: [])
                }
            }
            try await carrier.give(upload)
            // The same once more is the same.
            try await office.check(
                as: .boris, .post, carrier.path + "/files", form: [("upload", upload.text)], status: 303, events: [])
            let (channel, offer) = try await carrier.offered(carrier.agent)
            #expect(offer.name == "отчёт.txt" && offer.size == 900 && channel % 2 == 0)
            #expect(try offer.sha256 == hash(content))
            carrier.agent.say(.accept(channel: channel, offset: 0, credit: 200))
            try await until("the first bytes") { carrier.agent.bytes(channel).count == 200 }
            carrier.agent.say(.credit(channel: channel, 100))
            try await until("more bytes") { carrier.agent.bytes(channel).count == 300 }

            let again = try await carrier.again()
            let (next, repeated) = try await carrier.offered(again)
            #expect(repeated == offer)
            again.say(.accept(channel: next, offset: 300, credit: 5000))
            try await until("all bytes") { again.heard.contains(.done(channel: next)) }
            #expect(again.bytes(next) == Array(content[300...]))
            try await office.check(
                as: .boris, .get, carrier.path + "/files", status: 200, shows: ["отчёт.txt", "Передаётся:"])
            again.say(.kept(channel: next))
            try await carrier.ends(.kept)
            let words = [
                "отчёт.txt, 900", "SHA-256 \(RemoteControl.hex(offer.sha256))", "Сохранено на компьютере клиента",
            ]
            for who in [Who.anna, .boris] {
                try await carrier.history(who, shows: words)
                let file = try await office.check(
                    as: who, .get, "/requests/\(office.number)/files/\(upload)", status: 200)
                #expect(file.bytes == content)
            }
            try await office.check(as: .anna, .get, "/requests/\(office.number)", status: 200, shows: ["отчёт.txt"])
            for stranger in [Who.olga, .oleg] {
                try await office.check(as: stranger, .get, "/requests/\(office.number)/files/\(upload)", status: 404)
                try await office.check(as: stranger, .get, carrier.path + "/files", status: 404)
                try await office.check(as: stranger, .post, carrier.path + "/files/\(upload)/end", status: 404)
            }
            again.close()
        }
    }

    @Test(arguments: Engine.available)
    func aFileComesFromTheComputerAndGoesOnAfterABreak(on engine: Engine) async throws {
        try await Carrier.with(engine) { carrier in
            let office = carrier.office, content = (0..<700_000).map { UInt8(truncatingIfNeeded: $0 / 5) }
            let offer = FileOffer(
                session: 1, name: "/etc/журнал.log", size: UInt64(content.count), sha256: try hash(content))
            // Nobody asked for it.
            carrier.agent.say(.offer(channel: 1, offer))
            #expect(try await carrier.agent.closed(1) == .refused)
            try await office.check(
                as: .boris, .post, carrier.path + "/wishes", status: 303, events: [.controlFileWanted])
            try await office.check(as: .boris, .post, carrier.path + "/wishes", status: 409, events: [])
            let (wish, name) = try await carrier.agent.wait("a wish") {
                if case .choose(1, let wish, let name) = $0 { (wish, name) } else { nil }
            }
            #expect(wish == 1 && name.contains("Громов"))
            // While the person chooses, nobody presses anything from afar.
            #expect(try await office.installation.remote.sight(of: carrier.id, watchedBy: [], after: 1).isAsking)

            carrier.agent.say(.offer(channel: 3, offer))
            #expect(try await carrier.agent.accepted(3) == 0)
            try await carrier.agent.send(content[..<300_000], 3)
            try await until("a part") {
                try await office.requests.received(carrier.files()[0].id, by: office.viewer(.anna)) == 300_000
            }
            let again = try await carrier.again()
            again.say(.offer(channel: 1, offer))
            #expect(try await again.accepted(1) == 300_000)
            #expect(!again.heard.contains { if case .choose = $0 { true } else { false } })
            try await again.send(content[300_000...], 1)
            #expect(try await carrier.attached() == 0)
            again.say(.done(channel: 1))
            try await until("kept") { again.heard.contains(.kept(channel: 1)) }
            try await carrier.ends(.kept)
            let file = try #require(try await carrier.files().first)
            #expect(file.name == "журнал.log" && file.size == 700_000)
            let address = "/requests/\(office.number)/files/\(file.id)"
            for who in [Who.anna, .boris] {
                #expect(try await office.check(as: who, .get, address, status: 200).bytes == content)
                try await carrier.history(
                    who, shows: ["Передаёт со своего компьютера: журнал.log", RemoteControl.hex(offer.sha256)])
            }
            for stranger in [Who.olga, .oleg] { try await office.check(as: stranger, .get, address, status: 404) }
            try await office.check(
                as: .boris, .get, carrier.path + "/files", status: 200, shows: [address, "Получен, лежит в переписке"])
            again.close()
        }
    }

    @Test(arguments: Engine.available)
    func whatIsNotWhatWasPromisedIsNotKept(on engine: Engine) async throws {
        try await Carrier.with(engine) { carrier in
            let content = Array("счёт".utf8), agent = carrier.agent
            let offer = FileOffer(session: 1, name: "a.txt", size: 8, sha256: try hash(Array("чужой".utf8)))
            try await carrier.wish()
            agent.say(.offer(channel: 1, offer))
            _ = try await agent.accepted(1)
            agent.say(.data(channel: 1, content))
            agent.say(.done(channel: 1))
            #expect(try await agent.closed(1) == .hash)
            try await carrier.ends(.failed, .hash)
            // Cut short.
            try await carrier.wish()
            agent.say(.offer(channel: 3, offer))
            _ = try await agent.accepted(3)
            agent.say(.done(channel: 3))
            #expect(try await agent.closed(3) == .hash)
            try await carrier.ends(.failed, .hash)
            // Larger than the request takes: two megabytes here.
            try await carrier.wish()
            agent.say(.offer(channel: 5, FileOffer(session: 1, name: "b", size: 3 << 20, sha256: offer.sha256)))
            let words = try await agent.wait("a refusal") {
                if case .close(5, .refused, let words) = $0 { words } else { nil }
            }
            #expect(words == "файл слишком большой")
            try await carrier.ends(.failed, .large)
            // More than it said.
            try await carrier.wish()
            agent.say(.offer(channel: 7, FileOffer(session: 1, name: "c", size: 100_000, sha256: offer.sha256)))
            _ = try await agent.accepted(7)
            for _ in 0..<6 { agent.say(.data(channel: 7, Array(repeating: 1, count: 60_000))) }
            #expect(try await agent.closed(7) == .fault)
            try await carrier.ends(.failed, .fault)
            // The person chose nothing.
            try await carrier.wish()
            agent.say(.unchosen(session: 1, wish: 5))
            try await carrier.ends(.unchosen, .person)
            // Nobody chose in time.
            try await carrier.wish()
            carrier.office.clock.pass(milliseconds: FileRule.patience + 1000)
            try await carrier.ends(.unchosen, .timedOut)
            #expect(try await carrier.attached() == 0)
            for who in [Who.anna, .boris] {
                try await carrier.history(
                    who,
                    shows: ["дошёл повреждённым", "файл слишком большой", "клиент отказался", "клиент не выбрал файл"])
            }
        }
    }

    @Test(arguments: Engine.available)
    func aResumedFileThatIsWrongBeginsAnewOnce(on engine: Engine) async throws {
        try await Carrier.with(engine) { carrier in
            let agent = carrier.agent, content = Array("договор".utf8)
            try await carrier.give(carrier.upload("договор.txt", content))
            let (first, _) = try await carrier.offered(agent)
            agent.say(.accept(channel: first, offset: 4, credit: 100))
            try await until("the rest") { agent.heard.contains(.done(channel: first)) }
            agent.say(.close(channel: first, .hash, words: ""))
            let (second, _) = try await carrier.offered(agent, 1)
            agent.say(.accept(channel: second, offset: 0, credit: 100))
            try await until("the whole") { agent.heard.contains(.done(channel: second)) }
            #expect(agent.bytes(second) == content)
            agent.say(.close(channel: second, .hash, words: ""))
            try await carrier.ends(.failed, .hash)
            try await carrier.history(.anna, shows: ["Не передано на компьютер клиента: договор.txt"])
        }
    }

    @Test(arguments: Engine.available)
    func anEndOrAWithdrawnConsentStopsAtOnce(on engine: Engine) async throws {
        try await Carrier.with(engine) { carrier in
            let agent = carrier.agent, office = carrier.office
            try await carrier.give(carrier.upload("a.txt", Array(repeating: 1, count: 500)))
            let (channel, _) = try await carrier.offered(agent)
            agent.say(.accept(channel: channel, offset: 0, credit: 100))
            try await until("a part") { agent.bytes(channel).count == 100 }
            // Agreed to anew, to control and to files no more.
            try await carrier.agree([.view, .control], to: 2, asked: .control)
            #expect(try await agent.closed(channel) == .refused)
            agent.say(.credit(channel: channel, 400))
            try await carrier.ends(.failed, .consent)
            try await office.check(as: .boris, .post, carrier.path + "/wishes", status: 409, events: [])
            #expect(agent.bytes(channel).count == 100)

            try await carrier.agree([.view, .control, .files], to: 3, asked: .files)
            try await carrier.give(carrier.upload("b.txt", Array(repeating: 2, count: 500)))
            let (next, _) = try await carrier.offered(agent, 1)
            // The specialist thinks better of it.
            let file = try #require(try await carrier.files().last)
            try await office.check(as: .vera, .post, carrier.path + "/files/\(file.id)/end", status: 403)
            try await office.check(as: .boris, .post, carrier.path + "/files/\(file.id)/end", status: 303)
            #expect(try await agent.closed(next) == .specialist)
            try await carrier.wish()
            let offer = FileOffer(session: 1, name: "c", size: 1000, sha256: Array(repeating: 1, count: 32))
            agent.say(.offer(channel: 1, offer))
            _ = try await agent.accepted(1)
            agent.say(.data(channel: 1, Array(repeating: 3, count: 600)))
            try await office.check(as: .anna, .post, carrier.path + "/end", status: 303)
            try await until("the end of the wire") { agent.code != nil }
            try await carrier.ends(.failed, .ended)
            agent.say(.data(channel: 1, Array(repeating: 3, count: 400)))
            #expect(!agent.heard.contains(.kept(channel: 1)))
            // What was given is in the request, what was cut is not.
            #expect(try await carrier.attached() == 2)
            try await office.check(as: .boris, .post, carrier.path + "/wishes", status: 409)
            try await carrier.history(.boris, shows: ["управление завершено", "отменил специалист"])
        }
    }

    @Test(arguments: Engine.available)
    func withoutTheRightOrTheAbilityNothingIsCarried(on engine: Engine) async throws {
        try await Carrier.with(engine, [.view], abilities: [.view]) { carrier in
            let office = carrier.office, upload = try await carrier.upload("a.txt", [1, 2, 3])
            func refused(_ words: String) async throws {
                try await office.check(
                    as: .boris, .post, carrier.path + "/files", form: [("upload", upload.text)], status: 409,
                    shows: [words], events: [])
                try await office.check(
                    as: .boris, .post, carrier.path + "/wishes", status: 409, shows: [words], events: [])
            }
            try await refused("Клиент этого не разрешил")
            carrier.agent.say(
                .offer(channel: 1, FileOffer(session: 1, name: "a", size: 3, sha256: try hash([1, 2, 3]))))
            #expect(try await carrier.agent.closed(1) == .refused)
            try await carrier.agree([.view, .files], to: 2, asked: .files)
            try await refused("не умеет передавать файлы")
            #expect(try await carrier.files().isEmpty)
            // Another's upload is nobody else's to give.
            let page = try await office.check(as: .boris, .get, carrier.path + "/files", status: 200)
            #expect(!page.body.contains("/wishes"))
        }
    }
}
