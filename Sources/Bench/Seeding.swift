import EventLog
import Kernel
import Lines
import OknoApp
import People
import Reports
import Requests
import Storage
import Web

/// Fills an empty installation: people and lines by the acts of their rooms, the long history in bulk by `Chronicle`.
struct Seeding: Sendable {
    private let installation: Installation
    private static let specialists = 8
    /// Look on at the first line: pages of one person are bounded, so thousands of pages need many people.
    private static let observers = 56

    init(_ installation: Installation) { self.installation = installation }

    func run(requests: Int, people count: Int, say: @Sendable (String) -> Void) async throws {
        let (administrator, organisation) = try await found("АО «Север»", login: "admin")
        let units = try await units(by: administrator)
        let people = try await people(
            count + Self.specialists + Self.observers, in: units.map(\.last!), by: administrator)
        let lines = try await lines(by: administrator)
        var staff: [LineID: [PersonID]] = [:]
        for (index, person) in people.prefix(Self.specialists).enumerated() {
            // The first knows one line, the others two and a reserve.
            let known = index == 0 ? [0] : [index % lines.count, (index + 1) % lines.count, (index + 2) % lines.count]
            for (place, line) in known.enumerated() {
                try await installation.lines.giveCompetence(
                    on: lines[line], to: person.id, place < 2 ? .main : .reserve, by: administrator)
                if place < 2 { staff[lines[line], default: []].append(person.id) }
            }
        }
        for person in people.suffix(Self.observers) {
            try await installation.lines.giveCompetence(on: lines[0], to: person.id, .observer, by: administrator)
        }
        var chronicle = Chronicle(
            organisation: organisation, lines: lines, staff: staff,
            clients: Array(people.dropFirst(Self.specialists).dropLast(Self.observers)),
            units: Dictionary(uniqueKeysWithValues: units.map { ($0.last!, $0) }), count: requests,
            until: installation.site.now())
        let started = ContinuousClock.now
        for start in stride(from: 0, to: requests, by: 2000) {
            let copy = chronicle
            chronicle = try await installation.database.write(in: organisation) { tx in
                var chronicle = copy
                for index in start..<min(start + 2000, requests) { try chronicle.write(index, in: tx) }
                return chronicle
            }
            if start % 20_000 == 18_000 {
                say("  \(start + 2000) requests, \((ContinuousClock.now - started) / .seconds(1)) s")
            }
        }
        try await finish(organisation)
        say("facts of the reports")
        try await LogReading.advance(RequestFacts(), on: installation.database)
    }

    /// A small organisation with one line, for the figures that need several.
    func small(_ name: String, login: String, clients: Int) async throws -> (
        organisation: OrganisationID, line: LineID, clients: [PersonID]
    ) {
        let (administrator, organisation) = try await found(name, login: login)
        let unit = try await installation.people.addUnit(Phrases.units[0], by: administrator)
        let people = try await people(clients + 1, in: [unit], by: administrator, login: login)
        let line = try await installation.lines.createLine(LineDetails(clientName: Phrases.lines[0]), by: administrator)
        try await installation.lines.giveCompetence(on: line, to: people[0].id, .main, by: administrator)
        return (organisation, line, people.dropFirst().map(\.id))
    }

    private func found(_ name: String, login: String) async throws -> (Viewer, OrganisationID) {
        let founded = try await installation.people.createOrganisation(
            OrganisationDetails(name: name),
            administrator: PersonDetails(family: "Дорохова", given: "Дина", login: login))
        let viewer = Viewer(
            kind: .system, organisation: founded.organisation, person: founded.administrator,
            roles: [.client, .administrator])
        return (viewer, founded.organisation)
    }

    /// Departments, each with the branch above it.
    private func units(by administrator: Viewer) async throws -> [[UnitID]] {
        var all: [[UnitID]] = []
        for name in Phrases.units {
            let branch = try await installation.people.addUnit(name, by: administrator)
            for department in Phrases.departments {
                all.append([
                    branch, try await installation.people.addUnit(department, inside: branch, by: administrator),
                ])
            }
        }
        return all
    }

    private func people(
        _ count: Int, in units: [UnitID], by administrator: Viewer, login: String = "person"
    ) async throws -> [Chronicle.Person] {
        let now = installation.site.now()
        return try await installation.database.write(in: administrator.organisation) { tx in
            var dice = Dice(7)
            let hand = Hand(organisation: administrator.organisation, person: administrator.person, at: now, tx: tx)
            return try (0..<count).map { index in
                let details = PersonDetails(
                    family: dice.pick(Phrases.families), given: dice.pick(Phrases.given),
                    patronymic: dice.pick(Phrases.patronymics),
                    position: dice.pick(Phrases.positions), phone: "\(dice.number(20...79))-\(dice.number(10...99))",
                    room: String(dice.number(101...699)), login: "\(login)\(index)")
                let unit = dice.pick(units)
                return Chronicle.Person(
                    id: try hand.add(details, unit: unit), unit: unit,
                    name: "\(details.family) \(details.given) \(details.patronymic)")
            }
        }
    }

    private func lines(by administrator: Viewer) async throws -> [LineID] {
        let hours = WorkingHours(Dictionary(uniqueKeysWithValues: (1...5).map { ($0, [.init(480, 1200)]) }))
        var lines: [LineID] = []
        for name in Phrases.lines {
            let line = try await installation.lines.createLine(
                LineDetails(clientName: name), hours: hours, by: administrator)
            for topic in ["Не работает", "Нужна помощь", "Новое оборудование"] {
                _ = try await installation.lines.addTopic(TopicDetails(name: topic), on: line, by: administrator)
            }
            lines.append(line)
        }
        return lines
    }

    /// The readers of the log have seen all of it: a server that starts has nothing to catch up with.
    private func finish(_ organisation: OrganisationID) async throws {
        try await installation.database.write(in: organisation) { tx in
            for reader in ["first-answers", "rights"] {
                try tx.run(
                    """
                    INSERT INTO log_cursor (reader, lane, number)
                    SELECT \(reader), key, event_number FROM lane WHERE key = \(organisation)
                    """)
            }
        }
    }
}
