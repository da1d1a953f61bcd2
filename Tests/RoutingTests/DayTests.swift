import Duty
import EventLog
import Kernel
import Lines
import OknoApp
import People
import Requests
import Storage
import TestOffice
import Testing

@testable import Routing

/// A day of a large desk: a thousand clients, twenty specialists who take breaks, decline, and let offers pass. Everything goes by
/// the real router and its timers; on PostgreSQL by two servers at once, one of which dies at noon.
@Suite struct DayTests {
    private static let clients = 1000, specialists = 20, most = 6
    /// Minutes from one look at the desk to the next.
    private static let step = 3

    private struct Dice {
        var state: UInt64 = 4
        mutating func number(_ range: ClosedRange<Int>) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return range.lowerBound + Int(state >> 33) % range.count
        }
        mutating func chance(_ percent: Int) -> Bool { number(1...100) <= percent }
    }

    @Test(arguments: Engine.available)
    func aDayIsFairAndLosesNothing(on engine: Engine) async throws {
        try await Office.with(engine) { office in
            var day = try await Day(office)
            try await day.run()
            try await day.judge()
        }
    }

    private struct Day {
        let office: Office
        let clients: [PersonID], staff: [Viewer]
        var dice = Dice()
        /// Servers that live; their routers.
        var nodes: [Installation]
        var routers: [RequestRouter]
        /// When what is in hand will be done.
        var done: [Int64: (at: Int, by: Viewer)] = [:]
        var registered = 0

        init(_ office: Office) async throws {
            self.office = office
            nodes = office.nodes
            routers = nodes.map { RequestRouter($0.routing) }
            let dina = try await office.viewer(.dina), people = office.installation.people, line = office.line
            func add(_ count: Int, _ family: String) async throws -> [PersonID] {
                try await withThrowingTaskGroup(of: PersonID.self) { group in
                    for number in 0..<count {
                        group.addTask {
                            try await people.addPerson(.init(family: family, given: "№ \(number)"), by: dina)
                        }
                    }
                    return try await group.reduce(into: []) { $0.append($1) }
                }
            }
            clients = try await add(DayTests.clients, "Клиентов")
            let hired = try await add(DayTests.specialists, "Дежурный").sorted()
            for person in hired {
                try await office.installation.lines.giveCompetence(on: line, to: person, .main, by: dina)
            }
            staff = hired.map {
                Viewer(
                    kind: .system, organisation: office.north, person: $0, roles: [.client, .specialist],
                    lines: [line: .main])
            }
            try await office.requests.cancel(office.number, reason: nil, by: try await office.viewer(.anna))
            var settings = RoutingSettings()
            settings.mode = .circle
            settings.most = DayTests.most
            settings.accept = Minutes(3)
            settings.escalate = Minutes(30)
            try await office.installation.routing.keep(settings, idle: Minutes(0), of: line, by: dina)
            // Nobody closes a page today.
            try await office.database.write(in: .installation) { [hired, now = office.clock.now] tx in
                try Node.beat("test", address: "", at: now + .days(2), in: tx)
                for person in hired { try Presence.came(person, to: "test", at: now, in: tx) }
            }
            for viewer in staff { try await office.installation.duty.stand(.on, by: viewer) }
        }

        mutating func run() async throws {
            for minute in stride(from: 0, to: 900, by: DayTests.step) {
                office.clock.pass(Minutes(DayTests.step))
                if nodes.count == 2, minute >= 180 { try await kill() }
                try await arrive(at: minute)
                try await settle()
                try await stand(at: minute)
                try await answer(at: minute)
                try await finish(at: minute)
                if registered == DayTests.clients, try await open() == 0 { return }
            }
        }

        /// A server dies while it follows the log.
        private mutating func kill() async throws {
            let (dying, router) = (nodes[1], routers[1])
            let following = Task { try await LogReading.advance(router, on: dying.database) }
            await dying.close()
            _ = try? await following.value
            nodes.removeLast()
            routers.removeLast()
        }

        /// More in the first hours than later.
        private mutating func arrive(at minute: Int) async throws {
            let wanted = min(clients.count, (minute + DayTests.step) * (minute < 240 ? 3 : 2))
            let (line, now) = (office.line, office.clock.now)
            let nodes = nodes, organisation = office.north
            let asking = clients[registered..<max(registered, wanted)]
            try await withThrowingTaskGroup(of: Void.self) { group in
                for (index, client) in asking.enumerated() {
                    group.addTask {
                        let viewer = Viewer(kind: .system, organisation: organisation, person: client, roles: [.client])
                        _ = try await nodes[index % nodes.count].requests.register(
                            Registration(id: .new(at: now), line: line, text: "Не работает"), by: viewer)
                    }
                }
                try await group.waitForAll()
            }
            registered += asking.count
        }

        /// Both servers read and look at the same time, as if each held the lease.
        private func settle() async throws {
            let now = office.clock.now
            for _ in 0..<2 {
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for (node, router) in zip(nodes, routers) {
                        group.addTask {
                            try await LogReading.advance(router, on: node.database)
                            let due = try await node.database.read { tx in try Timers.due(at: now, atMost: 5000, tx) }
                            for timer in due where timer.kind == Routing.timer { try await node.routing.look(timer) }
                        }
                    }
                    try await group.waitForAll()
                }
            }
        }

        /// Each takes a break of the same length at another time.
        private func stand(at minute: Int) async throws {
            for (index, viewer) in staff.enumerated() {
                let begins = 60 + index * 12
                if minute == begins / 3 * 3 { try await nodes[0].duty.stand(.rest, by: viewer) }
                if minute == begins / 3 * 3 + 30 { try await nodes[0].duty.stand(.on, by: viewer) }
            }
        }

        private mutating func answer(at minute: Int) async throws {
            let offers = try await nodes[0].database.read { tx in try Routing.offers(where: "1 = 1", tx) }
            var accepted: [(Offer, Viewer)] = []
            for offer in offers {
                guard let viewer = staff.first(where: { $0.person == offer.person }) else { continue }
                if dice.chance(4) { continue }
                if dice.chance(5) {
                    try await nodes[0].routing.decline(offer.id, by: viewer)
                } else {
                    accepted.append((offer, viewer))
                }
            }
            let nodes = nodes
            let numbers = try await withThrowingTaskGroup(of: (Int64, Viewer)?.self) { group in
                for (index, (offer, viewer)) in accepted.enumerated() {
                    // The button is pressed twice, on two servers.
                    for again in 0..<2 {
                        group.addTask {
                            do {
                                return (
                                    try await nodes[(index + again) % nodes.count].routing.accept(offer.id, by: viewer),
                                    viewer
                                )
                            } catch RoutingError.gone { return nil }
                        }
                    }
                }
                return try await group.reduce(into: [(Int64, Viewer)]()) { if let one = $1 { $0.append(one) } }
            }
            #expect(numbers.count <= accepted.count)
            for (number, viewer) in numbers.sorted(by: { $0.0 < $1.0 }) {
                #expect(done[number] == nil, "assigned twice: \(number)")
                done[number] = (minute + dice.number(9...27), viewer)
            }
            let load = Dictionary(grouping: done.values, by: \.by.person).mapValues(\.count)
            #expect(load.values.allSatisfy { $0 <= DayTests.most })
        }

        private mutating func finish(at minute: Int) async throws {
            let ripe = done.filter { $0.value.at <= minute }
            let nodes = nodes
            try await withThrowingTaskGroup(of: Void.self) { group in
                for (index, entry) in ripe.enumerated() {
                    group.addTask {
                        try await nodes[index % nodes.count].requests.solve(
                            entry.key, answer: "Готово", by: entry.value.by)
                    }
                }
                try await group.waitForAll()
            }
            for number in ripe.keys { done[number] = nil }
        }

        private func open() async throws -> Int {
            try await nodes[0].database.read { tx in
                try tx.value("SELECT COUNT(*) FROM request WHERE state IN ('new', 'working', 'waiting')") ?? 0
            }
        }

        func judge() async throws {
            #expect(try await open() == 0)
            let line = office.line
            let (solved, doubles, unended, shares) = try await nodes[0].database.read { tx in
                (
                    try tx.value("SELECT COUNT(*) FROM request WHERE state = 'solved'") as Int? ?? 0,
                    try tx.value(
                        """
                        SELECT COUNT(*) FROM (SELECT request_id FROM event WHERE kind = 'request.taken'
                            GROUP BY request_id HAVING COUNT(*) > 1) AS twice
                        """) as Int? ?? 0,
                    try tx.value("SELECT COUNT(*) FROM offer WHERE ended_at IS NULL") as Int? ?? 0,
                    try tx.all(
                        """
                        SELECT person_id, COUNT(*) FROM offer WHERE line_id = \(line) AND outcome = 'accepted' GROUP BY person_id
                        """
                    ) { row in try row[1] as Int }
                )
            }
            #expect(solved == DayTests.clients)
            #expect(doubles == 0)
            #expect(unended == 0)
            #expect(shares.count == DayTests.specialists)
            #expect(shares.reduce(0, +) == DayTests.clients)
            // Each got a twentieth, give or take what they declined or missed while on a break.
            let fair = DayTests.clients / DayTests.specialists
            #expect(shares.allSatisfy { abs($0 - fair) <= fair * 3 / 10 }, "\(shares.sorted())")
        }
    }
}
