import EventLog
import Foundation
import HTTPTypes
import Kernel
import Lines
import People
import Requests
import Sheets
import Storage
import Synchronization
import TestOffice
import Testing

@testable import OknoApp
@testable import Reports

/// Reports under a name, and those that come by mail.
@Suite struct SavingTests {
    private func save(
        _ office: Office, as who: TestOffice.Who, _ id: SavedReportID, name: String = "Мой месяц",
        kind: String = "deadlines",
        query: String = "period=last-month", isShared: Bool = false
    ) async throws -> Answer {
        try await office.post(
            as: who, "/reports/saved",
            form: [("id", id.text), ("kind", kind), ("name", name), ("query", query)]
                + (isShared ? [("shared", "on")] : []))
    }

    @Test(arguments: Engine.available)
    func aReportIsKeptRenamedAndTakenAway(on engine: Engine) async throws {
        try await Office.with(engine) { office in
            let id = SavedReportID.new()
            try await office.check(as: .gleb, .get, "/reports/saved", status: 200, shows: ["Сохранённых отчётов нет"])
            try await office.check(
                as: .gleb, .post, "/reports/saved",
                form: [
                    ("id", id.text), ("kind", "deadlines"), ("name", "  Мой   месяц "),
                    ("query", "period=last-month&line=\(office.line)&nonsense=1"),
                ], status: 303, events: [.reportSaved])
            // Sent twice, it is kept once.
            _ = try await save(office, as: .gleb, id)
            let page = try await office.check(as: .gleb, .get, "/reports/saved", status: 200, shows: ["Мой месяц"])
            #expect(page.body.components(separatedBy: "class=\"saved-report\"").count == 2)
            let open = try await office.get(as: .gleb, "/reports/saved/\(id)")
            #expect(open.location == "/reports/deadlines?period=last-month&line=\(office.line)")
            try await office.check(
                as: .gleb, .put, "/reports/saved/\(id)", form: [("name", "Сроки ИТ")], status: 303,
                events: [.reportChanged])
            try await office.check(
                as: .gleb, .get, "/reports/saved", status: 200, shows: ["Сроки ИТ"], hides: ["Мой месяц"])
            try await office.check(
                as: .gleb, .put, "/reports/saved/\(id)", form: [("name", " ")], status: 422, events: [])
            try await office.check(as: .gleb, .delete, "/reports/saved/\(id)", status: 303, events: [.reportRemoved])
            try await office.check(as: .gleb, .get, "/reports/saved/\(id)", status: 404)
            try await office.check(as: .gleb, .delete, "/reports/saved/\(id)", status: 404, events: [])
            try await office.check(as: .gleb, .get, "/reports/saved", status: 200, hides: ["Сроки ИТ"])
        }
    }

    @Test(arguments: Engine.available)
    func badInputIsToldInWords(on engine: Engine) async throws {
        try await Office.with(engine) { office in
            let id = SavedReportID.new().text
            try await office.check(
                as: .gleb, .post, "/reports/saved", form: [("id", id), ("kind", "work"), ("name", "")], status: 422,
                shows: ["Дайте отчёту название"], events: [])
            for form in [
                [("id", id), ("kind", "all"), ("name", "x")], [("id", "x"), ("kind", "work"), ("name", "x")],
                [("id", id), ("kind", "work"), ("name", String(repeating: "ы", count: 121))],
            ] {
                try await office.check(as: .gleb, .post, "/reports/saved", form: form, status: 422, events: [])
            }
        }
    }

    @Test(arguments: Engine.available)
    func sharedReportsAreForThoseWhoLead(on engine: Engine) async throws {
        try await Office.with(engine) { office in
            let shared = SavedReportID.new(), own = SavedReportID.new(), boris = SavedReportID.new()
            #expect(try await save(office, as: .gleb, shared, name: "Общий", isShared: true).status == 303)
            #expect(try await save(office, as: .gleb, own, name: "Личный").status == 303)
            // A specialist keeps reports, and shares none.
            #expect(try await save(office, as: .boris, boris, name: "Бориса").status == 303)
            #expect(try await save(office, as: .boris, .new(), name: "Всем", isShared: true).status == 403)
            try await office.check(
                as: .boris, .put, "/reports/saved/\(boris)", form: [("name", "Всем"), ("shared", "on")], status: 403,
                events: [])
            try await office.check(
                as: .dina, .get, "/reports/saved", status: 200, shows: ["Общий", "Гаврилов"],
                hides: ["Личный", "Бориса"])
            for who in [TestOffice.Who.boris, .vera, .olga, .anna] {
                for id in [shared, own] {
                    try await office.check(as: who, .get, "/reports/saved/\(id)", status: 404)
                }
                let page = try await office.get(as: who, "/reports/saved")
                #expect(!page.body.contains("Общий") && !page.body.contains("Личный"), "\(who)")
            }
            // Whoever sees a shared one opens it with their own rights, and neither renames it nor takes it away.
            let open = try await office.get(as: .dina, "/reports/saved/\(shared)")
            #expect(open.location == "/reports/deadlines?period=last-month")
            for who in [TestOffice.Who.dina, .boris, .olga] {
                try await office.check(
                    as: who, .put, "/reports/saved/\(shared)", form: [("name", "Захват")], status: 404, events: [])
                try await office.check(as: who, .delete, "/reports/saved/\(shared)", status: 404, events: [])
            }
            // An id that was used by another organisation is nobody's.
            #expect(try await save(office, as: .olga, shared, name: "Подмена").status == 303)
            try await office.check(as: .olga, .get, "/reports/saved/\(shared)", status: 404)
            try await office.check(as: .gleb, .get, "/reports/saved", status: 200, shows: ["Общий"], hides: ["Подмена"])
        }
    }

    // MARK: by mail

    /// What would have been posted.
    private final class Postbox: Sendable {
        private let letters = Mutex<[(ReportLetter, PersonID)]>([])
        func put(_ letter: ReportLetter, _ person: PersonID) { letters.withLock { $0.append((letter, person)) } }
        func take() -> [(letter: ReportLetter, to: PersonID)] {
            letters.withLock { all in
                defer { all = [] }
                return all.map { ($0.0, $0.1) }
            }
        }
    }

    /// The room as it is where mail can be sent.
    private func room(_ office: Office, _ box: Postbox, breaks: Bool = false) -> Reports {
        let node = office.nodes[0], accounts = node.accounts
        return Reports(
            database: node.database, site: node.site, bell: .silent,
            post: { letter, person, _ in
                if breaks { throw StorageError.full }
                box.put(letter, person)
            }, somebody: { try accounts.viewer(ofPerson: $0, $1) })
    }

    /// Does what is due, as the server's timekeeper does.
    private func tick(_ office: Office, _ room: Reports) async throws {
        let now = office.clock.now
        let due = try await office.database.read { tx in try Timers.due(at: now, atMost: 100, tx) }
        for timer in due where timer.kind == Reports.timer { try await room.send(timer) }
    }

    private func due(_ office: Office) async throws -> [Instant] {
        try await office.database.read { tx in
            try tx.all("SELECT due_at FROM timer WHERE kind = \(Reports.timer) ORDER BY due_at") { row in try row[0] }
        }
    }

    @Test(arguments: Engine.available)
    func aReportComesByMailWithTheRightsOfWhoGetsIt(on engine: Engine) async throws {
        try await Office.with(engine) { office in
            let box = Postbox(), room = room(office, box), gleb = try await office.viewer(.gleb)
            let dina = try await office.viewer(.dina), boris = try await office.viewer(.boris)
            try await office.requests.take(office.number, by: boris)
            try await office.settle()
            let id = SavedReportID.new()
            _ = try await save(
                office, as: .gleb, id, name: "Неделя", kind: "work", query: "period=week", isShared: true)
            try await room.send(id, .week, minute: 9 * 60, to: gleb)
            try await room.send(id, .day, minute: 8 * 60 + 30, to: dina)
            // It is Monday, ten o'clock.
            #expect(
                try await due(office) == [
                    office.clock.now + Minutes(22 * 60 + 30), office.clock.now + .days(7) - .hours(1),
                ])
            // A new rhythm takes the place of the old.
            try await room.send(id, .month, minute: 9 * 60, to: gleb)
            try await room.send(id, .week, minute: 9 * 60, to: gleb)
            #expect(try await due(office).count == 2)
            try await tick(office, room)
            #expect(box.take().isEmpty)
            office.clock.pass(.days(1))
            try await tick(office, room)
            let first = box.take()
            #expect(first.map(\.to) == [office.id(.dina)])
            #expect(first[0].letter.subject.hasPrefix("Отчёт «Неделя»"))
            #expect(first[0].letter.text.contains("Поступило: 1"))
            #expect(first[0].letter.fileName.hasSuffix(".xlsx") && first[0].letter.bytes.prefix(2) == [0x50, 0x4B])
            try await tick(office, room)
            #expect(box.take().isEmpty, "once only")
            // Nobody was there for twelve days: one letter for all of them, and then at the usual time.
            office.clock.pass(.days(12))
            try await tick(office, room)
            #expect(Set(box.take().map(\.to)) == [office.id(.dina), office.id(.gleb)])
            try await tick(office, room)
            #expect(box.take().isEmpty)
            let next = try await due(office)
            #expect(next.allSatisfy { office.clock.now < $0 && $0 <= office.clock.now + .days(7) })
            // Gleb is no manager any more and sees shared reports no longer; his own he would, if anything were reported to him.
            try await office.installation.people.takeRole(.manager, from: office.id(.gleb), by: dina)
            office.clock.pass(.days(7))
            let before = try await office.newestEvent(in: office.north)
            try await tick(office, room)
            #expect(box.take().map(\.to) == [office.id(.dina)])
            let kinds = try await office.events(after: before, in: office.north).map(\.kind)
            #expect(kinds.contains(.mailingEnded) && kinds.contains(.reportSent))
            office.clock.pass(.days(7))
            try await tick(office, room)
            #expect(box.take().map(\.to) == [office.id(.dina)])
            // And what is taken away comes no more.
            try await room.stopSending(id, to: dina)
            office.clock.pass(.days(7))
            try await tick(office, room)
            #expect(box.take().isEmpty)
            #expect(try await due(office).isEmpty)
        }
    }

    @Test(arguments: Engine.available)
    func aSpecialistsLetterHoldsTheirOwnFigures(on engine: Engine) async throws {
        try await Office.with(engine) { office in
            let box = Postbox(), room = room(office, box), id = SavedReportID.new()
            let boris = try await office.viewer(.boris), anna = try await office.viewer(.anna)
            _ = try await office.requests.register(
                Registration(id: .new(at: office.clock.now), line: office.line, text: "Ещё одна"), by: anna)
            try await office.requests.take(office.number, by: boris)
            try await office.settle()
            _ = try await save(office, as: .boris, id, name: "Мои", kind: "work", query: "period=30-days")
            try await room.send(id, .day, minute: 0, to: boris)
            office.clock.pass(.days(1))
            try await tick(office, room)
            let letter = try #require(box.take().first?.letter)
            #expect(letter.text.contains("Поступило: 1"))
            // What one may not see one cannot have sent.
            let shared = SavedReportID.new()
            _ = try await save(office, as: .gleb, shared, isShared: true)
            for who in [TestOffice.Who.boris, .olga, .anna] {
                let viewer = try await office.viewer(who)
                await #expect(throws: ReportError.notFound) {
                    try await room.send(shared, .day, minute: 0, to: viewer)
                }
            }
        }
    }

    @Test(arguments: Engine.available)
    func aLetterThatCannotBePostedStaysDue(on engine: Engine) async throws {
        try await Office.with(engine) { office in
            let box = Postbox(), id = SavedReportID.new(), gleb = try await office.viewer(.gleb)
            _ = try await save(office, as: .gleb, id)
            try await room(office, box).send(id, .day, minute: 0, to: gleb)
            office.clock.pass(.days(1))
            let broken = room(office, box, breaks: true)
            await #expect(throws: (any Error).self) { try await tick(office, broken) }
            #expect(try await due(office).count == 1)
            try await tick(office, room(office, box))
            #expect(box.take().count == 1)
            // Two servers with the same timer in hand: one letter.
            office.clock.pass(.days(1))
            let now = office.clock.now, room = room(office, box)
            let timers = try await office.database.read { tx in try Timers.due(at: now, atMost: 10, tx) }
                .filter { $0.kind == Reports.timer }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for timer in timers + timers { group.addTask { try await room.send(timer) } }
                try await group.waitForAll()
            }
            #expect(box.take().count == 1)
        }
    }

    /// While no mail is set up nothing is offered, and what was wished before is kept.
    @Test(arguments: Engine.available)
    func withoutMailNothingIsOfferedAndNoWishIsLost(on engine: Engine) async throws {
        try await Office.with(engine) { office in
            let box = Postbox(), id = SavedReportID.new(), gleb = try await office.viewer(.gleb)
            let silent = Reports(
                database: office.database, site: office.installation.site, bell: .silent,
                somebody: { [accounts = office.installation.accounts] in try accounts.viewer(ofPerson: $0, $1) })
            _ = try await save(office, as: .gleb, id)
            await #expect(throws: ReportError.notFound) { try await silent.send(id, .day, minute: 0, to: gleb) }
            try await room(office, box).send(id, .day, minute: 0, to: gleb)
            office.clock.pass(.days(1))
            try await tick(office, silent)
            office.clock.pass(.days(1))
            try await tick(office, room(office, box))
            #expect(box.take().count == 1)
        }
    }
}
