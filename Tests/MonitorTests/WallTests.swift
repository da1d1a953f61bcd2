import EventLog
import HTTPTypes
import Kernel
import People
import Storage
import TestOffice
import Testing

@testable import Monitor
@testable import OknoApp

@Suite struct WallTests {
    private func make(_ office: Office, as who: Who = .gleb, days: String = "7") async throws -> String {
        let page = try await office.check(
            as: who, .post, "/monitor/links", form: [("name", "Диспетчерская"), ("days", days)], status: 200,
            events: [EventKind("monitor.link-made")])
        return String(try #require(page.body.firstMatch(of: /\/tv\/([0-9a-f]{64})/)).1)
    }

    @Test(arguments: Engine.available)
    func aLinkShowsTheBoardToWhoeverHasItUntilItIsRevoked(on engine: Engine) async throws {
        try await Office.with(engine) { office in
            try await office.stand(.boris, "on")
            let token = try await make(office)
            for path in ["/tv/\(token)", "/tv/\(token)/board"] {
                let page = try await office.check(
                    as: nil, .get, path, status: 200,
                    shows: ["Север", "Рабочие места", "Громов"],
                    hides: ["почта", "Белова", "Борис", "href=\"/requests", "href=\"/monitor"])
                // No address leads anywhere from the board.
                #expect(!page.body.replacing("<a class=\"skip\" href=\"#main\">", with: "").contains("<a "))
            }
            // The database keeps no token.
            let kept = try await office.database.read { tx in
                try tx.all("SELECT fingerprint, name FROM monitor_link") { row in
                    try (row[0] as String, row[1] as String)
                }
            }
            #expect(kept.count == 1 && kept[0].0 != token && kept[0].1 == "Диспетчерская")
            let list = try await office.check(
                as: .dina, .get, "/monitor/links", status: 200, shows: ["Диспетчерская", "Гаврилов"], hides: [token])
            let id = try #require(list.body.firstMatch(of: /\/monitor\/links\/([0-9a-f-]{36})/)).1
            // Nobody ends it who may not.
            for who in [Who.boris, .anna, .olga] {
                try await office.check(
                    as: who, .post, "/monitor/links/\(id)", form: [("_method", "DELETE")], status: 404, events: [])
            }
            try await office.check(as: nil, .get, "/tv/\(token)/board", status: 200)
            try await office.check(
                as: .gleb, .post, "/monitor/links/\(id)", form: [("_method", "DELETE")], status: 303,
                events: [EventKind("monitor.link-ended")])
            for path in ["/tv/\(token)", "/tv/\(token)/board"] {
                try await office.check(as: nil, .get, path, status: 404, hides: ["Рабочие места"])
            }
            try await office.check(as: .gleb, .get, "/monitor/links", status: 200, hides: ["Диспетчерская"])
        }
    }

    @Test(arguments: Engine.available)
    func aLinkEndsOnItsDayAndWithTheRightsOfItsMaker(on engine: Engine) async throws {
        try await Office.with(engine) { office in
            let dina = try await office.viewer(.dina)
            let short = try await make(office, as: .dina, days: "1"), long = try await make(office, days: "30")
            for wrong in ["", "short", String(repeating: "0", count: 64), String(long.dropLast()) + "x"] {
                try await office.check(as: nil, .get, "/tv/\(wrong)", status: 404)
            }
            office.clock.pass(Minutes(1441))
            try await office.check(as: nil, .get, "/tv/\(short)", status: 404)
            try await office.check(as: nil, .get, "/tv/\(long)", status: 200)
            try await office.installation.people.takeRole(.manager, from: office.id(.gleb), by: dina)
            try await office.check(as: nil, .get, "/tv/\(long)", status: 404)
        }
    }

    @Test(arguments: Engine.available)
    func whatIsWrongIsSaid(on engine: Engine) async throws {
        try await Office.with(engine) { office in
            try await office.check(
                as: .gleb, .post, "/monitor/links", form: [("name", " "), ("days", "7")], status: 422,
                shows: ["где стоит экран"], events: [])
            try await office.check(
                as: .gleb, .post, "/monitor/links", form: [("name", "Экран"), ("days", "8")], status: 422,
                shows: ["Выберите срок"], events: [])
        }
    }
}
