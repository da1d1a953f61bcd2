import Foundation
import Kernel
import Lines
import People
import Storage
import Web

/// What pages say of requests: states, deadlines, lengths of time, people. Everything a template needs is present, an absent thing as
/// `false`, since Mustache would look a missing name up in the surrounding object.
struct RequestWords {
    let site: Site
    let context: WebContext
    let viewer: Viewer
    let text: Catalogue
    let dates: Dates

    init(_ site: Site, _ context: WebContext) throws {
        self.site = site
        self.context = context
        viewer = try context.viewer()
        text = site.text(context.language)
        dates = site.dates(context)
    }

    var now: Instant { dates.now }

    // MARK: state

    enum Side { case client, staff }

    static func glyph(_ request: Request) -> Model {
        let (kind, name) =
            switch request.state {
            case .new: ("new", "new")
            case .working: ("work", "work-\(max(1, min(8, Int((Double(request.progress) / 12.5).rounded()))))")
            case .waiting: ("wait", "wait")
            case .solved: ("solved", "solved")
            case .closed: request.closedUnanswered ? ("unanswered", "unanswered") : ("closed", "closed")
            case .cancelled: ("unanswered", "unanswered")
            }
        return ["kind": kind, "name": name]
    }

    func state(_ request: Request, for side: Side) -> String {
        let state = request.closedUnanswered && request.state == .closed ? "unanswered" : request.state.rawValue
        if state == "waiting", request.waitsFor == .company {
            return text("requests.state.\(side == .client ? "client" : "staff").waiting-company")
        }
        let taken = request.state == .new && request.assignee != nil ? "taken" : state
        return text("requests.state.\(side == .client ? "client" : "staff").\(taken)")
    }

    // MARK: deadline

    /// - Parameters:
    ///   - short: «16:00», «25 мин», as the queue shows it; otherwise «сегодня до 16:00».
    func deadline(_ request: Request, line: Line?, short: Bool, large: Bool = false) -> any Sendable {
        guard let kind = DeadlineKind(request, now: now), let due = request.deadline else { return false }
        return clock(kind, due, done: request.solved, of: request, short: short, large: large)
    }

    /// Until the first answer, or how it was kept; false without a norm of it.
    func answerClock(_ request: Request, short: Bool) -> any Sendable {
        guard let kind = DeadlineKind(answerOf: request, now: now), let due = request.answerDue else { return false }
        return clock(kind, due, done: request.firstAnswer, of: request, short: short, large: false)
    }

    private func clock(
        _ kind: DeadlineKind, _ due: Instant, done: Instant?, of request: Request, short: Bool, large: Bool
    ) -> Model {
        var ring: any Sendable = false
        var words: String
        switch kind {
        case .paused: words = text("requests.deadline.paused")
        case .met:
            let spent = Minutes(Int((done ?? now).since(request.registered) / 60_000))
            words = text("requests.deadline.met", ["time": dates.length(spent)])
        case .late(let by):
            words = short ? dates.length(by) : text("requests.deadline.late", ["time": dates.length(by)])
        case .soon(let left, let share):
            ring = max(4, share)
            words = short ? dates.length(left) : dates.until(due)
        case .calm(let share):
            ring = max(4, share)
            words = short ? shortDay(due) : dates.until(due)
        }
        return [
            "kind": kind.name, "words": words, "large": large, "ring": ring,
            "tip": dates.moment(due), "late": kind.name == "late",
            "paused": kind.name == "paused",
            "met": kind.name == "met",
        ]
    }

    private func shortDay(_ instant: Instant) -> String {
        let days = dates.zone.local(instant).date.daysSince1970 - dates.zone.local(now).date.daysSince1970
        return days == 0 ? dates.time(instant) : dates.day(instant)
    }

    // MARK: people

    static func person(_ person: ShownPerson, under: String = "") -> Model {
        ["id": person.id.text, "name": person.name, "initials": person.monogram, "hue": person.hue, "under": under]
    }

    /// A person whose record cannot be found any more is still somebody.
    func name(_ id: PersonID?, _ people: [PersonID: ShownPerson]) -> String {
        guard let id else { return "" }
        return people[id]?.name ?? text("requests.somebody")
    }

    // MARK: numbers

    func percent(_ number: Int) -> String { Self.percent(number, text) }
    func number(_ number: Int64) -> String { Self.number(number) }
    static func percent(_ number: Int, _ text: Catalogue) -> String {
        text.language == .russian ? "\(number)\u{A0}%" : "\(number)%"
    }
    static func number(_ number: Int64) -> String { "№\u{A0}\(number)" }

    func size(_ bytes: Int64) -> String { dates.size(bytes) }

    static func icon(ofType type: String) -> String {
        switch type {
        case "application/pdf", "text/plain", "application/msword": "file-text"
        case _ where type.hasPrefix("image/"): "image"
        default: "file"
        }
    }
}

/// How a deadline stands: a function of values.
enum DeadlineKind: Equatable {
    case calm(share: Int)
    case soon(left: Minutes, share: Int)
    case late(by: Minutes)
    case paused
    case met

    /// nil without a deadline, or when the request ended in another way than by a solution in time.
    init?(_ request: Request, now: Instant) {
        self.init(request, due: request.deadline, done: request.solved, now: now)
    }

    /// The same of the first answer.
    init?(answerOf request: Request, now: Instant) {
        self.init(request, due: request.answerDue, done: request.firstAnswer, now: now)
    }

    private init?(_ request: Request, due: Instant?, done: Instant?, now: Instant) {
        guard let deadline = due else { return nil }
        if let done {
            guard done <= deadline else { return nil }
            self = .met
            return
        }
        guard request.state.isOpen else { return nil }
        if request.state == .waiting {
            self = .paused
            return
        }
        let left = deadline.since(now), whole = max(1, deadline.since(request.registered))
        guard left > 0 else {
            self = .late(by: Minutes(Int(-left / 60_000)))
            return
        }
        let share = Int(left * 100 / whole)
        self =
            share <= 25 || left <= 30 * 60_000
            ? .soon(left: Minutes(Int(left / 60_000)), share: share) : .calm(share: min(100, share))
    }

    var name: String {
        switch self {
        case .calm: "calm"
        case .soon: "soon"
        case .late: "late"
        case .paused: "paused"
        case .met: "met"
        }
    }
}
