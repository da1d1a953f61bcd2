import Kernel
import Plans
import Requests
import Storage

/// What is yet to come in the demo: tasks, one of them late; reminders, one of which rings; requests that repeat; a column of the board
/// that holds more than was agreed.
struct DemoPlans: Sendable {
    let requests: Requests
    let plans: Plans
    let office: DemoOffice
    let database: Database
    let end: Instant

    func play() async throws {
        guard let smirnova = office.byLogin["smirnova"], let gusev = office.byLogin["gusev"] else { return }
        var own = try await inWork(of: smirnova)
        if own.isEmpty, let number = try await machine(smirnova) { own = [number] }
        let other = try await inWork(of: gusev)
        if let first = own.first {
            try await tasks(
                in: first, by: smirnova,
                [
                    ("Проверить питание и кабель", nil, nil),
                    ("Согласовать время остановки с цехом", smirnova, 26 * 60),
                    ("Заменить блок питания", gusev, 50 * 60),
                ])
            try await remind(first, by: smirnova, after: -8, toClient: false, "Позвонить в цех: свободен ли станок")
        }
        if let second = own.dropFirst().first {
            try await remind(second, by: smirnova, after: 20 * 60, toClient: true, nil)
        }
        if let first = other.first {
            try await tasks(in: first, by: gusev, [("Снять показания счётчика портов", smirnova, -95)])
        }
        try await repeating(smirnova)
        if let line = office.lines["workplace"] {
            try await DemoClock.$moment.withValue(end - .hours(20)) {
                try await requests.limitColumn("working", by: .state, of: line.id, to: 3, by: office.administrator)
            }
        }
    }

    /// Requests that this person has had in hand since yesterday at least.
    private func inWork(of person: DemoPerson) async throws -> [Int64] {
        let since = end - .hours(4)
        return try await database.read { tx in
            try tx.all(
                """
                SELECT number FROM request WHERE assignee_id = \(person.id) AND state = 'working' AND taken_at < \(since)
                ORDER BY registered_at DESC LIMIT 3
                """
            ) { row in try row[0] }
        }
    }

    /// In a small demo a specialist may have nothing that has been in work for long.
    private func machine(_ specialist: DemoPerson) async throws -> Int64? {
        guard let line = office.lines["workplace"],
            let client = office.people.first(where: { office.competences[$0.id] == nil && $0.kind != "it" })
        else { return nil }
        let at = end - .hours(26)
        var registration = Registration(
            id: .new(at: at), line: line.id, text: "Не включается компьютер у станка с числовым управлением")
        registration.origin = .phone
        registration.client = client.id
        registration.take = true
        return try await DemoClock.$moment.withValue(at) { [registration] in
            try await requests.register(registration, by: office.viewer(specialist))
        }
    }

    /// - Parameter steps: the text, who does it, and in how many minutes from the end it is due.
    private func tasks(
        in number: Int64, by person: DemoPerson, _ steps: [(text: String, who: DemoPerson?, due: Int?)]
    ) async throws {
        let viewer = office.viewer(person)
        for (index, step) in steps.enumerated() {
            let at = end - Minutes(200 - index)
            try await DemoClock.$moment.withValue(at) {
                let id = CheckItemID.new(at: at)
                try await requests.addCheckItems(step.text, first: id, to: number, by: viewer)
                if step.who != nil || step.due != nil {
                    try await requests.setTask(
                        id, to: step.who?.id, due: step.due.map { end + Minutes($0) }, in: number, by: viewer)
                } else {
                    try await requests.check(id, .done, in: number, by: viewer)
                }
            }
        }
    }

    private func remind(
        _ number: Int64, by person: DemoPerson, after minutes: Int, toClient: Bool, _ text: String?
    ) async throws {
        let at = end - Minutes(150)
        try await DemoClock.$moment.withValue(at) {
            try await requests.remind(
                .new(at: at), of: number, at: end + Minutes(minutes), toClient: toClient, text: text,
                by: office.viewer(person))
        }
    }

    private func repeating(_ person: DemoPerson) async throws {
        guard let line = office.lines["workplace"] else { return }
        let at = end - Minutes(1)
        for (subject, text, when) in [
            (
                "Проверить резервные копии", "Журнал задания и пробное восстановление одного файла.",
                Repetition(.workday, minute: 9 * 60)
            ),
            ("Сверить часы в диспетчерской", "", Repetition(.week, minute: 8 * 60 + 30, weekday: 1)),
            (
                "Заменить картриджи в бухгалтерии", "Перед закрытием месяца.",
                Repetition(.month, minute: 10 * 60, day: 31)
            ),
        ] {
            try await DemoClock.$moment.withValue(at) {
                try await plans.make(
                    .new(at: at),
                    RecurringDetails(line: line.id, client: person.id, subject: subject, text: text, repetition: when),
                    by: office.viewer(person))
            }
        }
    }
}
