import Kernel

/// Writing: registrations and replies, eight people at once, each waiting for the answer to the last.
struct WriteFigures: Sendable {
    static let names = ["registrations_per_s", "registration_p99_ms", "replies_per_s"]
    static let clients = 8

    let office: Office
    let client: Client

    func measure(_ figures: inout Figures) async throws {
        if figures.wantsAny(["registrations_per_s", "registration_p99_ms"]) {
            let office = office, client = client
            let (perSecond, times) = try await Load.run(clients: Self.clients, for: .seconds(8)) { index, turn in
                let person = office.clients[(turn * Self.clients + index) % office.clients.count]
                try await Self.register(
                    on: office.lines[index % office.lines.count], as: office.pass(person), over: index, client)
            }
            figures["registrations_per_s"] = perSecond
            figures["registration_p99_ms"] = times.percentile(99)
        }
        if figures.wants("replies_per_s") {
            let office = office, client = client
            figures["replies_per_s"] = try await Load.run(clients: Self.clients, for: .seconds(6)) { index, turn in
                let talk = office.talks[(turn * Self.clients + index) % office.talks.count]
                let writer = turn % 2 == 0 ? talk.client : talk.assignee
                try await client.call(
                    .post("/requests/\(talk.number)/messages", Self.message, as: office.pass(writer)), over: index,
                    expecting: 303)
            }.perSecond
        }
    }

    /// The fields of a new message, with an id of its own as a page makes it.
    static var message: [(String, String)] {
        var dice = SystemRandomNumberGenerator()
        let number = Int.random(in: 1000...9999, using: &dice)
        return [
            ("id", MessageID.new().text),
            ("text", "Проверил ещё раз, заявка \(number): осталось обновить драйвер печати."),
        ]
    }

    static func register(on line: LineID, as pass: Pass, over lane: Int, _ client: Client) async throws {
        var dice = Dice(UInt64.random(in: 0 ... .max))
        let fields = [("id", MessageID.new().text), ("line", line.text), ("text", Phrases.appeal(&dice))]
        try await client.call(.post("/requests", fields, as: pass), over: lane, expecting: 303)
    }
}
