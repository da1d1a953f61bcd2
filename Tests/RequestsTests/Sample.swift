import Kernel

@testable import Lines
@testable import Requests

/// Values for rules that need no database.
enum Sample {
    static let monday = Zone.moscow.instant(LocalDate(year: 2026, month: 11, day: 23), minute: 600)
    static let week = WorkingHours(Dictionary(uniqueKeysWithValues: (1...5).map { ($0, [.init(540, 1080)]) }))
    private static let organisation = OrganisationID.new(), person = PersonID.new()

    /// Registered on Monday at 10:00 in Moscow.
    static func request(
        _ state: Request.State, deadline: Instant? = nil, solved: Instant? = nil, pausedLeft: Minutes? = nil
    ) -> Request {
        var request = Request(
            id: .new(), organisation: organisation, number: 1, line: .new(), topic: nil, subject: "Не печатает",
            client: person,
            clientUnit: nil, author: person, origin: .chat, priority: .normal, registered: monday, deadline: deadline,
            plan: nil,
            searchRow: 1)
        request.state = state
        request.solved = solved
        request.pausedLeft = pausedLeft
        return request
    }

    static func line(_ hours: WorkingHours, planned: Minutes = .hours(4)) -> Line {
        Line(
            id: .new(), organisation: organisation, clientName: "Компьютеры", staffName: "ИТ", description: "",
            icon: "headset",
            zone: .moscow, ways: Set(Way.allCases), planned: planned, hours: hours, isForEverybody: true,
            archivedAt: nil)
    }

    /// «24 10:30» of November 2026 in Moscow.
    static func at(_ text: String) -> Instant {
        let parts = text.split { $0 == " " || $0 == ":" }.map { Int($0)! }
        return Zone.moscow.instant(LocalDate(year: 2026, month: 11, day: parts[0]), minute: parts[1] * 60 + parts[2])
    }
}
