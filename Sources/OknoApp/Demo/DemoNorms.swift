import Kernel
import Lines
import Requests
import Storage

/// Norms and conditions of the demo's lines, and a request whose answer is due in a few minutes.
struct DemoNorms {
    let installation: Installation
    let office: DemoOffice
    let end: Instant

    /// What has held from the first day on.
    func rules() async throws {
        let chief = office.administrator
        if let workplace = office.lines["workplace"] {
            try await set(answer: 30, on: workplace.id)
            try await set(answer: 10, solution: 120, .urgent, on: workplace.id)
            if let unit = office.manager?.unit { try await set(answer: 15, unit: unit, on: workplace.id) }
        }
        if let accounting = office.lines["accounting"] {
            try await set(answer: 30, solution: 480, on: accounting.id)
            try await set(answer: 15, solution: 120, .urgent, on: accounting.id)
            try await installation.lines.addState("Ждём выгрузку из базы", of: "working", on: accounting.id, by: chief)
        }
    }

    /// How it stands on the last day.
    func settle() async throws {
        try await conditions()
        if let accounting = office.lines["accounting"], let client = office.people.last,
            accounting.line.isOpen(at: end), accounting.line.isOpen(at: end - Minutes(24))
        {
            try await DemoClock.$moment.withValue(end - Minutes(24)) {
                let text = "Не проводится реализация: «Нет остатков на складе», а остатки есть"
                _ = try await installation.requests.register(
                    Registration(id: .new(at: DemoClock.moment), line: accounting.id, text: text),
                    by: office.viewer(client))
            }
        }
        _ = try await DemoClock.$moment.withValue(end) { try await installation.requests.warn(at: end) }
    }

    private func set(
        answer: Int, solution: Int? = nil, _ priority: Priority? = nil, unit: UnitID? = nil, on line: LineID
    ) async throws {
        let norm = Norm(
            id: .new(), priority: priority, unit: unit, answer: Minutes(answer), solution: solution.map { Minutes($0) })
        try await installation.lines.setNorm(norm, on: line, by: office.administrator)
    }

    private func conditions() async throws {
        guard let documents = office.lines["documents"] else { return }
        let chief = office.administrator, lines = installation.lines
        var conditions = Conditions()
        conditions.greeting = "Здравствуйте! Заявка принята, специалист ответит в течение часа."
        conditions.closedText =
            "Сейчас мы не работаем и ответим утром. Если документ нужен срочно, позвоните дежурному."
        conditions.mayChoose = true
        conditions.closers = .assignee
        conditions.closeAfter = 5
        conditions.mostFiles = 10
        conditions.ways = [.control: .nobody]
        let day = documents.line.zone.local(end).date
        try await DemoClock.$moment.withValue(end - Minutes(60)) { [conditions] in
            try await lines.setConditions(conditions, on: documents.id, by: chief)
            try await lines.addField("Номер документа", .text, on: documents.id, by: chief)
            try await lines.addField(
                "Вид документа", .choice, choices: ["Договор", "Приказ", "Служебная записка", "Счёт"], on: documents.id,
                by: chief)
            try await lines.addField("Нужен к", .date, asksClient: false, on: documents.id, by: chief)
            try await lines.addState("На согласовании", of: "working", on: documents.id, by: chief)
            try await lines.setDay(
                OwnDay(day.adding(days: 12), [.init(600, 840)], title: "Обновление системы"), on: documents.id,
                by: chief)
        }
    }
}
