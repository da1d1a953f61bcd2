import Duty
import EventLog
import HTTPTypes
import Kernel
import Lines
import People
import Storage
import TestOffice
import Testing

@testable import OknoApp

extension Office {
    /// Does what is due now: readers of the log take everything, timers are done, as a server does within a second.
    func settle() async throws {
        for reader in installation.readers { try await LogReading.advance(reader, on: database) }
        let handlers = installation.timerHandlers
        for timer in try await database.read({ [now = clock.now] tx in try Timers.due(at: now, atMost: 1000, tx) }) {
            try await handlers[timer.kind]?(timer)
        }
        for reader in installation.readers { try await LogReading.advance(reader, on: database) }
    }

    func openPage(of who: Who) async throws {
        let (person, now) = (id(who), clock.now)
        try await database.write(in: .installation) { tx in
            try Node.beat("test", address: "", at: now, in: tx)
            try Presence.came(person, to: "test", at: now, in: tx)
        }
    }

    func closePages(of who: Who) async throws {
        let person = id(who)
        try await database.write(in: .installation) { tx in try Presence.left(person, "test", in: tx) }
        try await installation.duty.left(person, in: organisation(of: who))
    }

    /// Time passes with a living server.
    func pass(_ minutes: Int) async throws {
        clock.pass(Minutes(minutes))
        try await database.write(in: .installation) { [now = clock.now] tx in
            try Node.beat("test", address: "", at: now, in: tx)
        }
        try await settle()
    }

    func state(of who: Who) async throws -> DutyState? {
        let (person, line) = (id(who), line)
        return try await database.read { tx in try Duty.state(of: person, tx)[line] }
    }
}

@Suite struct DutyTests {
    @Test(arguments: Engine.available)
    func aSpecialistSaysWhereTheyAre(on engine: Engine) async throws {
        try await Office.with(engine) { office in
            try await office.check(
                as: .boris, .get, "/requests", status: 200, shows: ["data-duty=\"away\"", "/duty/control"])
            try await office.check(
                as: .boris, .post, "/duty/state", form: [("state", "on")], status: 303, events: [.dutyChanged])
            try await office.check(
                as: .boris, .get, "/duty/control", status: 200, shows: ["data-duty=\"on\"", "На линии"])
            office.clock.pass(Minutes(1))
            // The same again is no news.
            try await office.check(as: .boris, .post, "/duty/state", form: [("state", "on")], status: 303, events: [])
            try await office.check(
                as: .boris, .post, "/duty/state", form: [("state", "break"), ("line", office.line.text)], status: 303,
                events: [.dutyChanged])
            #expect(try await office.state(of: .boris) == .rest)
            let (line, now) = (office.line, office.clock.now)
            let spans = try await office.database.read { tx in
                try Duty.spans(lines: [line], from: now - .hours(1), until: now + .hours(1), tx)
            }
            #expect(spans.map(\.state) == [.on, .rest])
            #expect(spans.map(\.why) == [.start, .hand])
            #expect(spans.map { $0.until == nil } == [false, true])
        }
    }

    @Test(arguments: Engine.available)
    func nobodyStandsWhereTheyDoNotWork(on engine: Engine) async throws {
        try await Office.with(engine) { office in
            // A client, a manager without a line, a specialist on a line of another organisation.
            for who in [Who.anna, .gleb, .oleg] {
                try await office.check(as: who, .post, "/duty/state", form: [("state", "on")], status: 404, events: [])
                try await office.check(as: who, .post, "/duty/activity", status: 404, events: [])
                try await office.check(as: who, .post, "/duty/return", status: 404, events: [])
            }
            let foreign = [("state", "on"), ("line", office.southLine.text)]
            try await office.check(as: .boris, .post, "/duty/state", form: foreign, status: 404, events: [])
            try await office.check(
                as: .boris, .post, "/duty/state", form: [("state", "asleep")], status: 422, events: [])
            // A colleague and another organisation's administrator set nobody's state; the manager does.
            let path = "/duty/people/\(office.id(.boris))", form = [("state", "on"), ("line", office.line.text)]
            for who in [Who.vera, .anna, .olga] {
                try await office.check(as: who, .post, path, form: form, status: 404, events: [])
            }
            try await office.check(as: .gleb, .post, path, form: form, status: 303, events: [.dutyChanged])
            try await office.check(
                as: .gleb, .post, "/duty/people/\(office.id(.anna))", form: form, status: 404, events: [])
            try await office.check(as: .boris, .post, "/duty/limit", form: [("minutes", "5")], status: 404, events: [])
        }
    }

    @Test(arguments: Engine.available)
    func whoDoesNothingIsAwayAndComesBackByOneTap(on engine: Engine) async throws {
        try await Office.with(engine) { office in
            try await office.openPage(of: .boris)
            _ = try await office.post(as: .boris, "/duty/state", form: [("state", "busy")])
            try await office.pass(14)
            #expect(try await office.state(of: .boris) == .busy)
            _ = try await office.post(as: .boris, "/duty/activity")
            try await office.pass(14)
            #expect(try await office.state(of: .boris) == .busy)
            try await office.pass(2)
            #expect(try await office.state(of: .boris) == .away)
            try await office.check(
                as: .boris, .get, "/offers", status: 200, shows: ["не было действий", "/duty/return"])
            try await office.check(as: .boris, .post, "/duty/return", status: 303, events: [.dutyChanged])
            #expect(try await office.state(of: .boris) == .busy)
            try await office.check(as: .boris, .get, "/offers", status: 200, hides: ["/duty/return"])
            try await office.check(as: .boris, .post, "/duty/return", status: 409, events: [])
            // Whoever says so oneself is not called back.
            _ = try await office.post(as: .boris, "/duty/state", form: [("state", "away")])
            try await office.check(as: .boris, .get, "/offers", status: 200, hides: ["/duty/return"])
        }
    }

    @Test(arguments: Engine.available)
    func theLimitIsTheLinesThenTheOrganisations(on engine: Engine) async throws {
        try await Office.with(engine) { office in
            try await office.openPage(of: .boris)
            try await office.check(
                as: .dina, .post, "/duty/limit", form: [("minutes", "5")], status: 303, events: [.dutyRuleChanged])
            _ = try await office.post(as: .boris, "/duty/state", form: [("state", "on")])
            try await office.pass(6)
            #expect(try await office.state(of: .boris) == .away)
            try await office.installation.duty.setLimit(
                Minutes(0), of: office.line, by: try await office.viewer(.dina))
            _ = try await office.post(as: .boris, "/duty/state", form: [("state", "on")])
            for _ in 1...10 { try await office.pass(30) }
            #expect(try await office.state(of: .boris) == .on)
        }
    }

    @Test(arguments: Engine.available)
    func closingTheLastPageForLongIsAway(on engine: Engine) async throws {
        try await Office.with(engine) { office in
            try await office.openPage(of: .boris)
            _ = try await office.post(as: .boris, "/duty/state", form: [("state", "on")])
            try await office.closePages(of: .boris)
            try await office.openPage(of: .boris)
            try await office.pass(6)
            #expect(try await office.state(of: .boris) == .on)
            try await office.closePages(of: .boris)
            try await office.pass(4)
            #expect(try await office.state(of: .boris) == .on)
            try await office.pass(2)
            #expect(try await office.state(of: .boris) == .away)
            try await office.check(as: .boris, .get, "/offers", status: 200, shows: ["Окно было закрыто"])
        }
    }

    @Test(arguments: Engine.available)
    func whoseWorkOnALineHasEndedIsNotOnIt(on engine: Engine) async throws {
        try await Office.with(engine) { office in
            let dina = try await office.viewer(.dina), line = office.line
            for who in [Who.boris, .vera] { _ = try await office.post(as: who, "/duty/state", form: [("state", "on")]) }
            try await office.installation.lines.takeCompetence(on: line, from: office.id(.boris), by: dina)
            try await office.installation.people.takeRole(.specialist, from: office.id(.vera), by: dina)
            try await office.settle()
            let now = try await office.database.read { tx in try Duty.now(of: [line], tx) }
            #expect(now.isEmpty)
        }
    }

    @Test(arguments: Engine.available)
    func theReportTellsTheManagerOfAllAndASpecialistOfThemselves(on engine: Engine) async throws {
        try await Office.with(engine) { office in
            _ = try await office.post(as: .boris, "/duty/state", form: [("state", "on")])
            _ = try await office.post(as: .vera, "/duty/state", form: [("state", "busy")])
            office.clock.pass(Minutes(75))
            try await office.check(
                as: .gleb, .get, "/duty", status: 200,
                shows: ["Громов", "Вилкова", "1\u{A0}ч 15\u{A0}мин", "duty-day__busy"])
            try await office.check(as: .vera, .get, "/duty", status: 200, shows: ["Вилкова"], hides: ["Громов"])
            try await office.check(
                as: .gleb, .get, "/duty?period=week", status: 200, shows: ["Громов", "1\u{A0}ч 15\u{A0}мин"],
                hides: ["duty-day__on"])
            try await office.check(
                as: .gleb, .get, "/duty?period=month&date=2026-10-15", status: 200, hides: ["1\u{A0}ч"])
            try await office.check(as: .anna, .get, "/duty", status: 404)
            try await office.check(as: .oleg, .get, "/duty", status: 404)
            try await office.check(as: .olga, .get, "/duty", status: 200, hides: ["Громов", "Вилкова"])
            try await office.check(
                as: .olga, .get, "/duty?line=\(office.line)", status: 200, hides: ["Громов", "Рабочее место"])
            try await office.check(as: .gleb, .get, "/duty?date=soon", status: 422)
        }
    }
}
