import HTTPTypes
import Kernel
import Storage
import TestOffice
import Testing

@testable import Connection

@Suite struct ConnectionTests {
    private static let first = "018f0000-0000-7000-8000-00000000c0de", second = "018f0000-0000-7000-8000-00000000c0df"
    private static let good = [
        ("id", first), ("address", "works"), ("certificate", "insecure"), ("socket", "works"), ("relay", "absent"),
        ("media", "works"), ("microphone", "untried"), ("camera", "refused"), ("screen", "insecure"),
        ("throughput", "slow"), ("delay-figure", "18"), ("loss-figure", "0"), ("spent-figure", "6200"),
    ]
    private static let chrome: HTTPFields = [.userAgent: "Mozilla/5.0 (Windows NT 10.0) Chrome/142.0"]

    @Test(arguments: Engine.available)
    func thePageNamesTheHostAndThePort(on engine: Engine) async throws {
        try await Office.with(engine) { office in
            try await office.check(
                as: .anna, .get, "/connection", status: 200,
                shows: ["Проверка связи", "okno.test:80", "data-step=\"relay\"", "Белова"],
                hides: ["/connection/summary"])
            try await office.check(as: .dina, .get, "/connection", status: 200, shows: ["/connection/summary"])
            try await office.check(as: .anna, .get, "/", status: 200, shows: ["href=\"/connection\""])
        }
    }

    @Test(arguments: Engine.available)
    func strangersMeasureNothing(on engine: Engine) async throws {
        try await Office.with(engine) { office in
            for path in ["/connection", "/connection/echo", "/connection/ice", "/connection/body?kb=1"] {
                try await office.check(as: nil, .get, path, status: 303)
            }
            try await office.check(as: nil, .post, "/connection/sink", status: 401)
            try await office.check(as: nil, .post, "/connection/checks", form: Self.good, status: 401)
        }
    }

    @Test(arguments: Engine.available)
    func bytesGoOutAndIn(on engine: Engine) async throws {
        try await Office.with(engine) { office in
            try await office.check(as: .anna, .get, "/connection/echo", status: 204)
            #expect(try await office.get(as: .anna, "/connection/body?kb=100").bytes.count == 100 << 10)
            for size in ["", "0", "-1", "32769", "much"] {
                try await office.check(as: .anna, .get, "/connection/body?kb=\(size)", status: 422)
            }
            let sent = try await office.send(
                as: .anna, .post, "/connection/sink", body: Array(repeating: 7, count: 300_000))
            #expect(sent.body == #"{"bytes":300000}"#)
            try await office.check(
                as: .anna, .get, "/connection/ice", status: 200,
                shows: [#""urls":["turn:"#, "?transport=tcp", #""credential":""#])
        }
    }

    @Test(arguments: Engine.available)
    func aCheckIsKeptAndSaysWhereOneStands(on engine: Engine) async throws {
        try await Office.with(engine) { office in
            try await office.check(
                as: .anna, .post, "/connection/checks", form: Self.good, headers: Self.chrome, status: 200,
                shows: [
                    "Звонки пойдут запасным путём", "за 6\u{A0}секунд",
                    "«Сертификат», «Камера», «Показ экрана», «Скорость»",
                    "Осталось проверить: «Микрофон»", "aria-current=\"step\"",
                ], events: [])
            // The microphone was tried afterwards: the same check.
            try await office.check(
                as: .anna, .post, "/connection/checks",
                form: Self.good.map { $0 == "microphone" ? ($0, "works") : ($0, $1) },
                headers: Self.chrome, status: 200, hides: ["Осталось проверить"])
            try await office.check(
                as: .dina, .get, "/connection/summary", status: 200,
                shows: ["Белова", "Chrome, Windows", "WebSocket", "18\u{A0}мс", "10:00"])
            let rows: Int = try await office.database.read { tx in
                try tx.value("SELECT COUNT(*) FROM connection_check")!
            }
            #expect(rows == 1)
        }
    }

    @Test(arguments: Engine.available)
    func theSummaryHoldsTheNewestOfEachDevice(on engine: Engine) async throws {
        try await Office.with(engine) { office in
            _ = try await office.post(as: .anna, "/connection/checks", form: Self.good)
            office.clock.pass(Minutes(5))
            let worse = [("id", Self.second), ("address", "works"), ("socket", "fails"), ("media", "fails")]
            try await office.check(
                as: .anna, .post, "/connection/checks", form: worse, status: 200, shows: ["Работает только переписка"])
            try await office.check(
                as: .dina, .get, "/connection/summary", status: 200,
                shows: ["10:05", "Обновление страниц, Звонки: запасной путь"], hides: ["10:00"])
            try await office.check(
                as: .dina, .get, "/connection/summary?way=pages&trouble=socket", status: 200, shows: ["Белова"])
            for narrow in ["way=socket", "trouble=camera", "way=pages&trouble=address"] {
                try await office.check(
                    as: .dina, .get, "/connection/summary?\(narrow)", status: 200,
                    shows: ["С таким отбором никого нет"],
                    hides: ["Белова"])
            }
            try await office.check(as: .dina, .get, "/connection/summary?way=tunnel", status: 422)
        }
    }

    @Test(arguments: Engine.available)
    func onlyAdministratorsSeeTheSummaryOfTheirOrganisation(on engine: Engine) async throws {
        try await Office.with(engine) { office in
            _ = try await office.post(as: .anna, "/connection/checks", form: Self.good)
            for who in [Who.anna, .boris, .gleb, .oleg] {
                try await office.check(as: who, .get, "/connection/summary", status: 404)
            }
            try await office.check(
                as: .olga, .get, "/connection/summary", status: 200, shows: ["Здесь пока никого"], hides: ["Белова"])
        }
    }

    @Test(arguments: Engine.available)
    func aCheckOfSomebodyElseIsNotTouched(on engine: Engine) async throws {
        try await Office.with(engine) { office in
            _ = try await office.post(as: .anna, "/connection/checks", form: Self.good)
            let forged = [("id", Self.first), ("media", "fails")]
            for who in [Who.boris, .oleg] {
                try await office.check(as: who, .post, "/connection/checks", form: forged, status: 404)
            }
            try await office.check(as: .dina, .get, "/connection/summary?way=pages", status: 200, hides: ["Белова"])
        }
    }

    @Test(
        arguments: [
            [("media", "works")], [("id", "1"), ("media", "works")], [("id", first)],
            [("id", first), ("media", "splendid")],
            [("id", first), ("socket", "slow")], [("id", first), ("media", "works"), ("delay-figure", "-1")],
            [("id", first), ("media", "works"), ("loss-figure", "101")],
            [("id", first), ("media", "works"), ("up-figure", "fast")],
        ])
    func nonsenseIsRefused(_ form: [(String, String)]) async throws {
        try await Office.with(.sqlite) { office in
            try await office.check(as: .anna, .post, "/connection/checks", form: form, status: 422, events: [])
            try await office.check(as: .dina, .get, "/connection/summary", status: 200, hides: ["Белова"])
        }
    }

    @Test(arguments: Engine.available)
    func oldChecksAreRemovedAndTheNewestAreFoundByAnIndex(on engine: Engine) async throws {
        try await Office.with(engine) { office in
            func rows() async throws -> [Int] {
                try await office.database.read { tx in
                    try ["connection_check", "connection_step", "connection_figure"].map { table in
                        try tx.value(.trusted("SELECT COUNT(*) FROM \(table)")) ?? 0
                    }
                }
            }
            for day in 100..<115 {
                let id = "018f0000-0000-7000-8000-000000000\(day)"
                let form = [("id", id), ("media", "works"), ("delay-figure", "18")]
                try await office.check(as: .anna, .post, "/connection/checks", form: form, status: 200)
                office.clock.pass(.days(1) + Minutes(1))
            }
            #expect(try await rows() == [10, 10, 10])
            try await office.check(as: .dina, .get, "/connection/summary", status: 200, shows: ["Белова"])
            if engine == .sqlite {
                let north = office.north
                let plan = try await office.database.read { tx in
                    try tx.all("EXPLAIN QUERY PLAN SELECT id FROM \(ConnectionRoom.newest(in: north))") { row in
                        try row[3] as String
                    }
                }
                #expect(plan.contains { $0.contains("connection_check_by (person_id=? AND session_id=? AND at>?)") })
                #expect(!plan.contains { $0.hasPrefix("SCAN") }, "\(plan)")
            }
            let later = office.clock.now + Minutes.days(85)
            try await office.database.write(in: .installation) { tx in try ConnectionRoom.sweep(at: later, in: tx) }
            #expect(try await rows() == [4, 4, 4])
        }
    }

    @Test(arguments: Engine.available)
    func aPageThatRunsWildIsStopped(on engine: Engine) async throws {
        try await Office.with(engine) { office in
            for number in 1...200 {
                let id = "018f0000-0000-7000-8000-000000000\(100 + number)"
                let answer = try await office.post(
                    as: .anna, "/connection/checks", form: [("id", id), ("media", "works")])
                #expect(answer.status == 200)
            }
            try await office.check(as: .anna, .post, "/connection/checks", form: Self.good, status: 429)
            office.clock.pass(.days(1) + Minutes(1))
            try await office.check(as: .anna, .post, "/connection/checks", form: Self.good, status: 200)
        }
    }
}
