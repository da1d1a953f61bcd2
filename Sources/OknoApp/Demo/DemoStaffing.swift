import EventLog
import Kernel
import Lines
import People
import Secrets
import Storage
import Web

/// Somebody of the demo organisation.
struct DemoPerson: Sendable {
    let id: PersonID
    let name: PersonName
    let details: PersonDetails
    let unit: UnitID
    /// What the unit does, by the code of units.json.
    let kind: String
    /// Of the branch: SPB, USN…
    let code: String
    let pc: String

    /// «Анна Ивановна»
    var courtesy: String { "\(name.given) \(name.patronymic)" }
}

struct DemoLine: Sendable {
    let id: LineID
    let line: Line
    var topics: [String: TopicID] = [:]
    var main: [DemoPerson] = [], reserve: [DemoPerson] = []
}

/// The organisation on its first day: units, people, roles, lines with those who know them.
struct DemoOffice: Sendable {
    static let password = "demo-okno-2026"

    let organisation: OrganisationID
    let chief: PersonID
    var people: [DemoPerson] = []
    var byLogin: [String: DemoPerson] = [:]
    var lines: [String: DemoLine] = [:]
    var competences: [PersonID: [LineID: CompetenceLevel]] = [:]
    var manager: DemoPerson?

    var administrator: Viewer {
        Viewer(kind: .system, organisation: organisation, person: chief, roles: [.client, .administrator])
    }

    func viewer(_ person: DemoPerson) -> Viewer {
        let lines = competences[person.id] ?? [:]
        return Viewer(
            kind: .system, organisation: organisation, person: person.id,
            roles: lines.isEmpty ? [.client] : [.client, .specialist], lines: lines)
    }
}

struct DemoStaffing {
    let installation: Installation
    let books: DemoBooks
    var dice: DemoDice
    /// Names that are taken, so that no two sign in alike.
    private var logins: Set<String> = []
    private var surplus = 0

    init(_ installation: Installation, _ books: DemoBooks, _ dice: DemoDice) {
        (self.installation, self.books, self.dice) = (installation, books, dice)
    }

    mutating func build() async throws -> DemoOffice {
        let book = books.organisation,
            fixed = books.people.administrators + books.people.specialists + books.people.clients
        logins = Set(fixed.map(\.login))
        let chief = books.people.administrators[0]
        let founded = try await installation.people.createOrganisation(
            OrganisationDetails(
                name: book.name, fullName: book.fullName, inn: book.inn, kpp: book.kpp, ogrn: book.ogrn,
                legalAddress: book.legalAddress, postalAddress: book.postalAddress, phones: book.phone,
                email: book.email,
                site: book.site, accent: book.accent, zone: Zone(book.timeZone) ?? .moscow,
                namePolicy: NamePolicy(rawValue: book.namePolicy) ?? .full),
            administrator: details(chief, code: "SPB"), password: DemoOffice.password)
        var office = DemoOffice(organisation: founded.organisation, chief: founded.administrator)
        let hash = await Passwords.hash(DemoOffice.password)
        let plan = plan(chief: founded.administrator)
        let at = installation.site.now()
        let made = try await installation.database.write(in: founded.organisation) { tx in
            let hand = Hand(organisation: founded.organisation, person: founded.administrator, at: at, tx: tx)
            return try Self.make(plan, passwordHash: hash, hand)
        }
        office.people = made
        office.byLogin = Dictionary(made.map { ($0.details.login, $0) }) { first, _ in first }
        try await installation.people.changeUnit(
            of: founded.administrator, to: office.byLogin[chief.login]?.unit, by: office.administrator)
        try await makeLines(&office)
        return office
    }

    // MARK: people

    private struct Planned: Sendable {
        let details: PersonDetails
        let kind: String, code: String, pc: String
        var id: PersonID?
        var signsIn = false
        var isAdministrator = false, isManager = false
    }

    private struct PlannedUnit: Sendable {
        let name: String, kind: String
        var people: [Planned]
        var children: [PlannedUnit]
    }

    private mutating func plan(chief: PersonID) -> [PlannedUnit] {
        books.units.map { plan($0, code: $0.code ?? "", branch: $0.name, chief: chief) }
    }

    private mutating func plan(_ unit: DemoBooks.Unit, code: String, branch: String, chief: PersonID) -> PlannedUnit {
        let people = books.people
        let here = (people.specialists + people.administrators + people.clients).filter {
            $0.unit == unit.name && ($0.branch ?? branch) == branch
        }
        var planned = here.map { person in
            Planned(
                details: details(person, code: code), kind: unit.kind, code: code, pc: person.pc ?? pc(code),
                id: person.login == people.administrators[0].login ? chief : nil, signsIn: true,
                isAdministrator: people.administrators.contains { $0.login == person.login })
        }
        var taken: [String: Int] = [:]
        for person in here { taken[person.job, default: 0] += 1 }
        // The head of the IT department is the manager that the tour signs in as.
        let wantsManager = unit.name == "Департамент информационных технологий"
        // A unit with more named people than seats takes a seat from a large one, so that the sum stays.
        surplus += max(0, planned.count - unit.weight)
        let borrowed = unit.weight >= 10 ? surplus : 0
        surplus -= borrowed
        while planned.count < unit.weight - borrowed {
            let jobs = (people.jobs[unit.kind] ?? []).filter { taken[$0.title, default: 0] < $0.limit ?? .max }
            guard !jobs.isEmpty else { break }
            let isHead = planned.isEmpty && here.isEmpty
            let job = isHead ? jobs[0] : dice.pick(jobs, by: \.weight)
            taken[job.title, default: 0] += 1
            let isManager = wantsManager && isHead
            planned.append(
                Planned(
                    details: somebody(job, code: code), kind: unit.kind, code: code, pc: pc(code), signsIn: isManager,
                    isManager: isManager))
        }
        let children = (unit.children ?? []).map { plan($0, code: code, branch: branch, chief: chief) }
        return PlannedUnit(name: unit.name, kind: unit.kind, people: planned, children: children)
    }

    private func details(_ person: DemoBooks.Fixed, code: String) -> PersonDetails {
        PersonDetails(
            family: person.family, given: person.given, patronymic: person.patronymic, position: person.job,
            phone: person.phone ?? "2-\(10 + person.login.utf8.count)-\(10 + person.family.count)",
            room: person.room ?? "\(books.organisation.formats.room[code]?.first ?? 201)",
            email: "\(person.login)@\(books.organisation.mailDomain)", login: person.login)
    }

    private mutating func somebody(_ job: DemoBooks.Job, code: String) -> PersonDetails {
        let gender = job.gender ?? (dice.chance(50) ? .male : .female)
        let family = dice.pick(books.people.families, by: \.weight).of(gender)
        let given = dice.pick(gender == .male ? books.people.given.male : books.people.given.female, by: \.weight).name
        let patronymic = dice.pick(books.people.patronymics, by: \.weight).of(gender)
        let rooms = books.organisation.formats.room[code] ?? [101, 320]
        let login = login(family, given, patronymic)
        return PersonDetails(
            family: family, given: given, patronymic: patronymic, position: job.title,
            phone: "\(dice.number(2...7))-\(dice.number(10...79))-\(dice.number(10...99))",
            room: "\(dice.number(rooms[0]...rooms[1]))", email: "\(login)@\(books.organisation.mailDomain)",
            login: login)
    }

    private mutating func pc(_ code: String) -> String {
        let digits = String(dice.number(1...9999))
        return "\(code)-WS-\(String(repeating: "0", count: 4 - digits.count))\(digits)"
    }

    /// kanev, kanev.ip, kanev.ip2
    private mutating func login(_ family: String, _ given: String, _ patronymic: String) -> String {
        let base = Latin.of(family), initials = Latin.of("\(given.prefix(1))\(patronymic.prefix(1))")
        let candidates = ["\(base).\(initials)"] + (2...99).map { "\(base).\(initials)\($0)" }
        let login = candidates.first { !logins.contains($0) } ?? "\(base)\(logins.count)"
        logins.insert(login)
        return login
    }

    private static func make(
        _ units: [PlannedUnit], passwordHash: String, inside parent: UnitID? = nil, _ hand: Hand
    ) throws -> [DemoPerson] {
        var made: [DemoPerson] = []
        for unit in units {
            let id = try hand.addUnit(unit.name, inside: parent)
            for person in unit.people {
                // The first administrator came with the organisation.
                let personID =
                    try person.id
                    ?? hand.add(person.details, unit: id, passwordHash: person.signsIn ? passwordHash : nil)
                if person.isAdministrator { try hand.give(.administrator, to: personID) }
                if person.isManager { try hand.give(.manager, to: personID) }
                made.append(
                    DemoPerson(
                        id: personID,
                        name: PersonName(
                            family: person.details.family, given: person.details.given,
                            patronymic: person.details.patronymic),
                        details: person.details, unit: id, kind: person.isManager ? "manager" : unit.kind,
                        code: person.code,
                        pc: person.pc))
            }
            made += try make(unit.children, passwordHash: passwordHash, inside: id, hand)
        }
        return made
    }

    // MARK: lines

    private func makeLines(_ office: inout DemoOffice) async throws {
        let viewer = office.administrator
        for book in books.lines {
            let id = try await installation.lines.createLine(
                LineDetails(
                    clientName: book.name, staffName: book.staffName, description: book.description, icon: book.icon,
                    zone: Zone(book.timeZone) ?? .moscow, planned: .hours(4)),
                hours: Self.hours(book.hours), by: viewer)
            try await installation.lines.follow(true, on: id, by: viewer)
            let made = try await installation.database.read { tx in try Lines.find(id, in: viewer.organisation, tx) }
            var line = DemoLine(id: id, line: made!)
            for group in book.topics { try await add(group, under: nil, to: &line, by: viewer) }
            for person in books.people.specialists {
                for known in person.lines ?? [] where known.line == book.key {
                    guard let level = CompetenceLevel(rawValue: known.level), let who = office.byLogin[person.login]
                    else { continue }
                    try await installation.lines.giveCompetence(on: id, to: who.id, level, by: viewer)
                    office.competences[who.id, default: [:]][id] = level
                    if level == .main { line.main.append(who) }
                    if level == .reserve { line.reserve.append(who) }
                }
            }
            office.lines[book.key] = line
        }
        office.manager = office.people.first { $0.kind == "manager" }
    }

    private func add(_ book: DemoBooks.Line.Topic, under parent: TopicID?, to line: inout DemoLine, by viewer: Viewer)
        async throws
    {
        let details = TopicDetails(
            name: book.name, planned: book.plannedMinutes.map { Minutes($0 * 3) },
            priority: book.priority.flatMap(Priority.init(rawValue:)))
        let id = try await installation.lines.addTopic(details, under: parent, on: line.id, by: viewer)
        line.topics[book.name] = id
        for child in book.topics ?? [] { try await add(child, under: id, to: &line, by: viewer) }
    }

    private static func hours(_ book: [DemoBooks.Line.Hours]) -> WorkingHours {
        func minute(_ text: String) -> Int {
            let parts = text.split(separator: ":").compactMap { Int($0) }
            return (parts.first ?? 0) * 60 + (parts.count > 1 ? parts[1] : 0)
        }
        var days: [Int: [WorkingHours.Interval]] = [:]
        for entry in book {
            for day in entry.days { days[day, default: []].append(.init(minute(entry.from), minute(entry.to))) }
        }
        return WorkingHours(days)
    }
}

/// Cyrillic names in Latin letters, for sign-in names.
enum Latin {
    private static let letters: [Character: String] = [
        "а": "a", "б": "b", "в": "v", "г": "g", "д": "d", "е": "e", "ё": "e", "ж": "zh", "з": "z", "и": "i", "й": "y",
        "к": "k",
        "л": "l", "м": "m", "н": "n", "о": "o", "п": "p", "р": "r", "с": "s", "т": "t", "у": "u", "ф": "f", "х": "h",
        "ц": "ts",
        "ч": "ch", "ш": "sh", "щ": "sch", "ъ": "", "ы": "y", "ь": "", "э": "e", "ю": "yu", "я": "ya",
    ]

    static func of(_ text: String) -> String {
        text.lowercased().map { letters[$0] ?? ($0.isASCII && $0.isLetter ? String($0) : "") }.joined()
    }
}
