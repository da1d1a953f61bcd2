import EventLog
import HTTPTypes
import Kernel
import Lines
import People
import Storage
import TestOffice
import Testing
import Web

@testable import Calls
@testable import OknoApp

/// «Позвонить коллеге»: a call about a request of which its client knows nothing.
@Suite struct ColleagueTests {
    @Test(arguments: Engine.available)
    func colleaguesTalkAboutARequestAndItsClientIsNotTold(on engine: Engine) async throws {
        try await Office.with(engine) { office in
            try await office.check(
                as: .boris, .get, office.callsOfRequest, status: 200,
                shows: ["data-call-colleague=\"/requests/\(office.number)/calls/colleagues\""])
            try await office.check(
                as: .boris, .get, "/requests/\(office.number)/calls/colleagues", status: 200,
                shows: ["<dialog", "value=\"\(office.id(.vera))\"", "Вилкова"],
                hides: ["value=\"\(office.id(.boris))\"", "value=\"\(office.id(.anna))\""])
            try await office.check(
                as: .boris, .get, "/requests/\(office.number)/calls/colleagues?name=гаври", status: 200,
                shows: ["value=\"\(office.id(.gleb))\""], hides: ["<dialog", "Вилкова"])
            try await office.check(
                as: .boris, .get, "/requests/\(office.number)/calls/colleagues?name=никто", status: 200,
                shows: ["Никого не нашлось"])

            let id = try await office.callColleague(.vera, as: .boris)
            #expect(try await office.rings(for: .vera))
            #expect(try await office.rings(for: .anna) == false)
            // Of others who see the request each sees that it goes on, and its client sees nothing.
            try await office.check(as: .gleb, .get, office.callsOfRequest, status: 200, shows: ["Идёт вызов коллеги"])
            try await office.check(
                as: .anna, .get, office.callsOfRequest, status: 200, shows: ["data-call-start=\"call\""],
                hides: ["\(id)", "Идёт", "Коллеги", "data-call-colleague"])
            try await office.check(
                as: .vera, .post, "/calls/\(id)/answer", status: 200, shows: ["без клиента"], events: [.callAnswered])
            try await office.check(
                as: .gleb, .get, office.callsOfRequest, status: 200, shows: ["Коллеги говорят", "Громов", "Вилкова"])

            // The client calls meanwhile: it is no obstacle, and whoever talks is busy.
            try await office.goOnLine(.boris)
            let other = try await office.call(as: .anna, shows: ["data-ended=\"busy\""])
            #expect(other != id)

            office.clock.pass(Minutes(3))
            try await office.check(as: .vera, .post, "/calls/\(id)/leave", status: 204)
            try await office.check(
                as: .boris, .get, "/requests/\(office.number)/history", status: 200,
                shows: ["Звонок коллеге", "Звонок окончен, длился 3", "Разговор: 3"])
            let own = try await office.check(
                as: .anna, .get, "/requests/\(office.number)/history", status: 200, shows: ["все были заняты"])
            #expect(!own.body.contains("коллег") && !own.body.contains("длился") && !own.body.contains("Вилкова"))
            let sides = try await office.events(after: 0, in: office.north)
                .filter { $0.kind.rawValue.hasPrefix("call.") && $0.subject == id.text }.map { $0.data["side"] }
            #expect(sides.count == 5)
            #expect(sides.allSatisfy { $0 == "staff" })
        }
    }

    @Test(arguments: Engine.available)
    func noClientAndNoStrangerComesIn(on engine: Engine) async throws {
        try await Office.with(engine) { office in
            let colleagues = "/requests/\(office.number)/calls/colleagues"
            // Who may not choose: the client, another client, the other organisation.
            try await office.check(as: .anna, .get, colleagues, status: 403)
            for who in [Who.oleg, .olga] { try await office.check(as: who, .get, colleagues, status: 404) }
            for (who, status) in [(Who.anna, 403), (.oleg, 404), (.olga, 404)] {
                _ = try await office.callColleague(.vera, as: who, status: status)
            }
            // Who may not be chosen.
            for who in [Who.anna, .boris, .oleg, .olga] {
                _ = try await office.callColleague(who, as: .boris, status: 422)
            }
            #expect(try await office.rings(for: .vera) == false)

            let id = try await office.callColleague(.vera, as: .boris)
            try await office.check(as: .vera, .post, "/calls/\(id)/answer", status: 200)
            for who in [Who.anna, .oleg, .olga, .gleb, .dina] {
                try await office.check(as: who, .get, "/calls/\(id)/panel?wire=1", status: 404, hides: ["token="])
                try await office.check(as: who, .get, "/calls/\(id)/others", status: 404)
                for act in ["answer", "decline", "leave", "way", "invitations", "transfer"] {
                    try await office.check(
                        as: who, .post, "/calls/\(id)/\(act)",
                        form: [("way", "direct"), ("person", office.id(.anna).text), ("line", office.line.text)],
                        status: 404, events: [])
                }
            }
            // Nor does a colleague bring the client in.
            for act in ["invitations", "transfer"] {
                try await office.check(
                    as: .vera, .post, "/calls/\(id)/\(act)", form: [("person", office.id(.anna).text)], status: 422,
                    events: [])
            }
            #expect(try await office.rings(for: .anna) == false)
        }
    }

    /// Anna works on the line herself: in her own request she is a client all the same.
    @Test(arguments: Engine.available)
    func aClientWhoIsAColleagueElsewhereIsNotOneHere(on engine: Engine) async throws {
        try await Office.with(engine) { office in
            try await office.installation.lines.giveCompetence(
                on: office.line, to: office.id(.anna), .main, by: office.viewer(.dina))
            try await office.goOnLine(.anna)
            try await office.check(
                as: .anna, .get, office.callsOfRequest, status: 200, hides: ["data-call-colleague"])
            _ = try await office.callColleague(.vera, as: .anna, status: 403)
            _ = try await office.callColleague(.anna, as: .boris, status: 422)
            try await office.check(
                as: .boris, .get, "/requests/\(office.number)/calls/colleagues", status: 200,
                hides: ["value=\"\(office.id(.anna))\""])
            let id = try await office.callColleague(.vera, as: .boris)
            try await office.check(as: .vera, .post, "/calls/\(id)/answer", status: 200)
            try await office.check(as: .anna, .get, office.callsOfRequest, status: 200, hides: ["\(id)", "Коллеги"])
            // She is the only one on the line.
            try await office.check(
                as: .vera, .post, "/calls/\(id)/transfer", form: [("line", office.line.text)], status: 409,
                shows: ["никто не свободен"], events: [])
            #expect(try await office.rings(for: .anna) == false)
        }
    }

    @Test(arguments: Engine.available)
    func whomToInviteCostsTheSameForManyColleaguesAndLines(on engine: Engine) async throws {
        try await Office.with(engine) { office in
            let id = try await office.talk(), boris = try await office.viewer(.boris), calls = office.installation.calls
            let site = calls.site
            @Sendable func cost() async throws -> Int {
                try await office.count { tx in
                    let pages = CallPages(
                        calls: calls, viewer: boris, text: site.text(.russian),
                        dates: Dates(site.text(.russian), zone: .moscow, now: site.now()), tx: tx)
                    _ = try pages.others(id, named: nil)
                }
            }
            let before = try await cost(), dina = try await office.viewer(.dina), lines = office.installation.lines
            for number in 1...12 {
                let line = try await lines.createLine(LineDetails(clientName: "Линия \(number)"), by: dina)
                let person = try await office.installation.people.addPerson(
                    PersonDetails(family: "Новиков", given: "Пётр \(number)"), by: dina)
                try await lines.giveCompetence(on: office.line, to: person, .main, by: dina)
                try await lines.giveCompetence(on: line, to: person, .main, by: dina)
            }
            #expect(try await cost() == before)
            try await office.check(
                as: .boris, .get, "/calls/\(id)/others", status: 200, shows: ["Линия 1", "Линия 12", "Новиков"])
        }
    }
}

extension Office {
    fileprivate func callColleague(_ colleague: Who, as who: Who, status: Int = 200) async throws -> CallID {
        let call = CallID.new(at: clock.now)
        clock.pass(milliseconds: 1)
        try await check(
            as: who, .post, callsOfRequest,
            form: [("id", call.text), ("kind", "call"), ("person", id(colleague).text)], status: status,
            events: status == 200 ? [.callStarted, .callRang] : [])
        return call
    }
}
