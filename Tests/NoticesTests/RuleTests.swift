import EventLog
import Kernel
import Requests
import Testing

@testable import Notices

/// Who is told of what, as tables.
@Suite struct DecidingTests {
    static let client = PersonID("00000000-0000-7000-8000-00000000000a"),
        boris = PersonID("00000000-0000-7000-8000-00000000000b")
    static let vera = PersonID("00000000-0000-7000-8000-00000000000c"),
        gleb = PersonID("00000000-0000-7000-8000-00000000000d")
    static let taken = Circle(client: client, assignee: boris, onDuty: [boris, vera], managers: [gleb])
    static let free = Circle(client: client, onDuty: [boris, vera], managers: [gleb])

    struct Row: Sendable, CustomTestStringConvertible {
        let event: Happening, circle: Circle, told: [Telling]
        init(
            _ kind: String, by actor: PersonID?, about subject: PersonID? = nil, _ data: [String: String] = [:],
            in circle: Circle = taken, tells told: [Telling]
        ) {
            event = Happening(EventKind("request.\(kind)"), by: actor, subject: subject, data: data)
            (self.circle, self.told) = (circle, told)
        }
        var testDescription: String { "\(event.kind.rawValue) \(event.data)" }
    }

    static let rows = [
        // A person who asks knows that they have asked; those on duty are told.
        Row("registered", by: client, in: free, tells: [Telling(boris, .fresh), Telling(vera, .fresh)]),
        // Somebody else asked for them: they are told, and so are the others on duty.
        Row("registered", by: boris, in: free, tells: [Telling(client, .registered), Telling(vera, .fresh)]),
        // Taken in the same breath: nothing is free.
        Row("registered", by: boris, tells: [Telling(client, .registered)]),
        Row("taken", by: boris, tells: [Telling(client, .taken)]),
        Row(
            "transferred", by: gleb, ["to": vera.text],
            tells: [Telling(vera, .assigned, "given"), Telling(client, .taken)]),
        Row(
            "transferred", by: boris, ["from": boris.text, "to": vera.text], tells: [Telling(vera, .assigned, "given")]),
        Row("transferred", by: boris, ["from": gleb.text, "to": boris.text], tells: []),
        Row("offered", by: nil, ["to": vera.text], in: free, tells: [Telling(vera, .assigned, "offered")]),
        Row("line-changed", by: gleb, in: free, tells: [Telling(boris, .fresh), Telling(vera, .fresh)]),
        Row("line-changed", by: gleb, tells: []),
        Row("given-back", by: boris, in: free, tells: [Telling(vera, .fresh)]),
        Row("replied", by: boris, ["side": "staff"], tells: [Telling(client, .answered)]),
        Row(
            "replied", by: vera, ["side": "staff"],
            tells: [Telling(client, .answered), Telling(boris, .message, "colleague")]),
        Row("replied", by: client, ["side": "client"], tells: [Telling(boris, .message, "client")]),
        Row("replied", by: client, ["side": "client"], in: free, tells: []),
        // A note never reaches the client.
        Row("noted", by: vera, ["side": "staff"], tells: [Telling(boris, .message, "note")]),
        Row("noted", by: boris, tells: []),
        Row("mentioned", by: boris, about: vera, tells: [Telling(vera, .mentioned)]),
        Row("mentioned", by: boris, about: boris, tells: []),
        Row("deadline-changed", by: gleb, ["to": "5000", "why": "hand"], tells: [Telling(client, .deadline, "5000")]),
        Row("deadline-changed", by: gleb, ["to": "5000", "why": "pause"], tells: []),
        Row("deadline-changed", by: gleb, ["from": "5000", "why": "hand"], tells: [Telling(client, .deadline)]),
        Row("solved", by: boris, tells: [Telling(client, .solved)]),
        Row("closing-soon", by: nil, ["until": "7000"], tells: [Telling(client, .confirm, "7000")]),
        Row("closed-unanswered", by: boris, tells: [Telling(client, .closed, "unanswered")]),
        Row("cancelled", by: client, tells: [Telling(boris, .withdrawn)]),
        Row("cancelled", by: boris, tells: [Telling(client, .closed, "cancelled")]),
        Row("refused", by: client, tells: [Telling(boris, .reopened)]),
        Row("reopened", by: client, tells: [Telling(boris, .reopened)]),
        Row("reopened", by: boris, tells: []),
        Row("confirmed", by: client, ["rating": "4"], tells: [Telling(boris, .rated, "4")]),
        Row("confirmed", by: client, tells: []),
        Row("due-soon", by: nil, ["kind": "solution"], tells: [Telling(boris, .due, "solution")]),
        Row(
            "due-soon", by: nil, ["kind": "answer"], in: free,
            tells: [Telling(boris, .due, "answer"), Telling(vera, .due, "answer")]),
        Row(
            "missed", by: nil, ["kind": "answer"],
            tells: [Telling(boris, .late, "answer"), Telling(gleb, .missed, "answer")]),
        Row("escalated", by: nil, ["minutes": "45"], in: free, tells: [Telling(gleb, .escalated, "45")]),
        Row("task-given", by: boris, ["to": vera.text], tells: [Telling(vera, .task)]),
        Row("task-given", by: boris, ["from": vera.text], tells: []),
        Row("client-reminded", by: boris, tells: [Telling(client, .reminded)]),
        // What nobody asked to hear.
        Row("progress-changed", by: boris, tells: []), Row("time-added", by: boris, tells: []),
    ]

    @Test(arguments: rows)
    func eachEventTellsThoseWhomItConcerns(_ row: Row) {
        #expect(Deciding.tell(row.event, row.circle) == row.told)
    }

    @Test func nobodyIsToldOfTheirOwnActAndNobodyTwice() {
        // Whoever leads the line may have the request in hand too.
        let both = Circle(client: Self.client, assignee: Self.gleb, onDuty: [Self.gleb], managers: [Self.gleb])
        for row in Self.rows {
            for circle in [Self.taken, Self.free, both] {
                for actor in [nil, Self.client, Self.boris, Self.vera, Self.gleb] as [PersonID?] {
                    let event = Happening(
                        row.event.kind, by: actor, subject: row.event.subject, data: row.event.data)
                    let told = Deciding.tell(event, circle).map(\.person)
                    #expect(!told.contains { $0 == actor })
                    #expect(Set(told).count == told.count)
                }
            }
        }
    }

    @Test func aKindThatIsDecidedIsRead() {
        for row in Self.rows where !row.told.isEmpty { #expect(Deciding.kinds.contains(row.event.kind)) }
    }

    @Test func whoStandsOutsideIsToldNothing() {
        var client = Standing(), specialist = Standing(), manager = Standing()
        client.isClient = true
        specialist.level = .main
        manager.isManager = true
        for kind in NoticeKind.allCases {
            #expect(!Deciding.may(kind, Standing()))
            #expect(Deciding.may(kind, client) == [.client, .call, .anybody].contains(kind.side))
            #expect(Deciding.may(kind, specialist) == [.staff, .call, .anybody].contains(kind.side))
            #expect(Deciding.may(kind, manager) == (kind.side != .client && kind.side != .administrator))
        }
    }
}

/// By which ways, and when.
@Suite struct DeliveryTests {
    static let zone = Zone.moscow
    static func at(_ hour: Int, _ minute: Int = 0, day: Int = 24) -> Instant {
        zone.instant(LocalDate(year: 2026, month: 11, day: day), minute: hour * 60 + minute)
    }

    static func choices(_ change: (inout Choices) -> Void = { _ in }) -> Choices {
        var choices = Choices()
        change(&choices)
        return choices
    }

    struct Row: Sendable {
        let kind: NoticeKind, choices: Choices, now: Instant, last: Instant?, goes: Delivery
    }

    static let rows = [
        // Urgent: at once.
        Row(
            kind: .solved, choices: choices(), now: at(12), last: at(11, 59),
            goes: Delivery(page: true, browser: true, mail: at(12))),
        // Not urgent: waits a little for others, and for the time between letters.
        Row(
            kind: .answered, choices: choices(), now: at(12), last: nil,
            goes: Delivery(page: true, browser: true, mail: at(12, 2))),
        Row(
            kind: .answered, choices: choices(), now: at(12), last: at(11, 50),
            goes: Delivery(page: true, browser: true, mail: at(12, 5))),
        Row(
            kind: .answered, choices: choices { $0.every = Minutes(240) }, now: at(12), last: at(11),
            goes: Delivery(page: true, browser: true, mail: at(15))),
        // Quiet: nothing rings, letters wait for the morning, before and after midnight.
        Row(
            kind: .solved, choices: choices(), now: at(23), last: nil, goes: Delivery(page: true, mail: at(7, day: 25))),
        Row(kind: .solved, choices: choices(), now: at(3), last: nil, goes: Delivery(page: true, mail: at(7))),
        // What is gathered until the quiet begins waits too.
        Row(
            kind: .answered, choices: choices(), now: at(21, 59), last: nil,
            goes: Delivery(page: true, browser: true, mail: at(7, day: 25))),
        // The last quiet minute, and the first that is not.
        Row(kind: .solved, choices: choices(), now: at(6, 59), last: nil, goes: Delivery(page: true, mail: at(7))),
        Row(
            kind: .solved, choices: choices(), now: at(7), last: nil,
            goes: Delivery(page: true, browser: true, mail: at(7))),
        Row(
            kind: .solved, choices: choices { $0.quiet = nil }, now: at(3), last: nil,
            goes: Delivery(page: true, browser: true, mail: at(3))),
        // Quiet at noon.
        Row(
            kind: .solved, choices: choices { $0.quiet = Quiet(from: 12 * 60, until: 13 * 60) }, now: at(12, 30),
            last: nil, goes: Delivery(page: true, mail: at(13))),
        // What was chosen, and what was not.
        Row(kind: .solved, choices: choices { $0.ways[.solved] = [] }, now: at(12), last: nil, goes: Delivery()),
        Row(kind: .fresh, choices: choices(), now: at(12), last: nil, goes: Delivery(page: true)),
        Row(
            kind: .fresh, choices: choices { $0.ways[.fresh] = [.mail] }, now: at(12), last: nil,
            goes: Delivery(mail: at(12, 2))),
    ]

    @Test(arguments: rows.indices)
    func waysAndTimesFollowWhatWasChosen(_ index: Int) {
        let row = Self.rows[index]
        #expect(Delivery(of: row.kind, by: row.choices, at: row.now, in: Self.zone, lastLetter: row.last) == row.goes)
    }

    @Test func quietHoursFollowTheClockOfThePersonOverDaylightSaving() throws {
        // In Berlin the clock goes back on 25 October 2026: that night is an hour longer.
        let berlin = try #require(Zone("Europe/Berlin"))
        let evening = berlin.instant(LocalDate(year: 2026, month: 10, day: 24), minute: 23 * 60)
        let end = Quiet(from: 22 * 60, until: 7 * 60).end(after: evening, in: berlin)
        #expect(end.since(evening) == 9 * 3_600_000)
        #expect(berlin.local(end).minute == 7 * 60)
    }

    @Test func everyKindIsToldSomehow() {
        for kind in NoticeKind.allCases { #expect(kind.usual.contains(.page)) }
    }
}
