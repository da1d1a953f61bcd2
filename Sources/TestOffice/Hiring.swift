import Kernel
import Lines
import OknoApp
import People
import Requests
import Storage
import Web

/// How the office comes to be: by the same acts that people use.
struct Hiring: Sendable {
    var people: [Who: PersonID] = [:]
    let north: OrganisationID, south: OrganisationID
    let branch: UnitID, department: UnitID
    let line: LineID, southLine: LineID
    let topic: TopicID
    let number: Int64

    init(_ installation: Installation) async throws {
        let rooms = installation.people
        let founded = try await rooms.createOrganisation(
            OrganisationDetails(name: "Север"), administrator: Self.details("Дорохова", "Дина", "Павловна", "dina"),
            password: Office.password)
        north = founded.organisation
        let dina = Self.administrator(founded)
        branch = try await rooms.addUnit("Усинский филиал", by: dina)
        department = try await rooms.addUnit("ОМТС", inside: branch, by: dina)
        var people: [Who: PersonID] = [.dina: founded.administrator]
        people[.anna] = try await rooms.addPerson(
            Self.details("Белова", "Анна", "Ивановна", "anna"), unit: department, by: dina)
        people[.boris] = try await rooms.addPerson(Self.details("Громов", "Борис", "Олегович", "boris"), by: dina)
        people[.vera] = try await rooms.addPerson(Self.details("Вилкова", "Вера", "Петровна", "vera"), by: dina)
        people[.gleb] = try await rooms.addPerson(
            Self.details("Гаврилов", "Глеб", "Юрьевич", "gleb"), unit: branch, by: dina)
        try await rooms.giveRole(.manager, to: people[.gleb]!, by: dina)
        line = try await installation.lines.createLine(
            LineDetails(
                clientName: "Рабочее место", staffName: "ИТ · Рабочие места", description: "Компьютер, почта, печать"),
            hours: WorkingHours(Dictionary(uniqueKeysWithValues: (1...5).map { ($0, [.init(480, 1200)]) })), by: dina)
        topic = try await installation.lines.addTopic(
            TopicDetails(name: "Почта", planned: Minutes(120), priority: .high), on: line, by: dina)
        try await installation.lines.giveCompetence(on: line, to: people[.boris]!, .main, by: dina)
        try await installation.lines.giveCompetence(on: line, to: people[.vera]!, .reserve, by: dina)

        let other = try await rooms.createOrganisation(
            OrganisationDetails(name: "Юг"), administrator: Self.details("Осипова", "Ольга", "Сергеевна", "olga"),
            password: Office.password)
        south = other.organisation
        let olga = Self.administrator(other)
        people[.olga] = other.administrator
        people[.oleg] = try await rooms.addPerson(Self.details("Орлов", "Олег", "Ильич", "oleg"), by: olga)
        southLine = try await installation.lines.createLine(LineDetails(clientName: "Чужая линия"), by: olga)
        try await installation.lines.giveCompetence(on: southLine, to: other.administrator, .main, by: olga)
        self.people = people

        let anna = Viewer(kind: .system, organisation: north, person: people[.anna]!, roles: [.client])
        number = try await installation.requests.register(
            Registration(id: .new(at: installation.site.now()), line: line, text: "Не приходит почта с утра"), by: anna)
    }

    private static func details(_ family: String, _ given: String, _ patronymic: String, _ login: String)
        -> PersonDetails
    {
        PersonDetails(family: family, given: given, patronymic: patronymic, email: "\(login)@example.org", login: login)
    }

    private static func administrator(_ founded: People.Founded) -> Viewer {
        Viewer(
            kind: .system, organisation: founded.organisation, person: founded.administrator,
            roles: [.client, .administrator])
    }
}
