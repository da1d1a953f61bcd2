import EventLog
import Kernel
import Lines
import Requests
import Storage
import TestOffice
import Testing

@testable import Reports

/// One request as the log alone tells it, step by step, without a look at `request`, `request_span` or the facts.
struct Story {
    let id: RequestID
    var line: LineID, topic: TopicID?
    let unit: UnitID?, client: PersonID
    var assignee: PersonID?
    let origin: Request.Origin
    var state = "new"
    let registered: Instant
    var answered: Instant?
    var solved: Instant?
    var moved: Instant
    var rated: Instant?
    /// The line of the moment of the first answer.
    var answerLine: LineID?
    var deadline: Instant?
    var plan: Int?
    var fact = 0
    var rating: Int?
    var reopened = 0
    var waits: [(from: Instant, until: Instant?)] = []
    var labour: [(person: PersonID, minutes: Int, at: Instant)] = []
    /// Words of the client with the last rating.
    var isCommented = false

    var isOpen: Bool { ["new", "working", "waiting"].contains(state) }
    var isAnswerMissed = false
    /// Once missed, a deadline that is moved afterwards is not kept.
    var isMissed = false

    var isLate: Bool { solved != nil && deadline != nil && (isMissed || solved! > deadline!) }
}

/// Figures counted from stories in the plainest way there is, to be compared with those of reports.
struct Recount {
    var stories: [Story] = []
    let firm: Firm
    /// Above each topic and unit, itself included.
    var aboveTopic: [TopicID: Set<TopicID>], aboveUnit: [UnitID: Set<UnitID>]

    init(_ firm: Firm) async throws {
        self.firm = firm
        aboveTopic = [
            firm.hardware: [firm.hardware], firm.printers: [firm.hardware, firm.printers], firm.mail: [firm.mail],
            firm.leave: [firm.leave],
        ]
        aboveUnit = [firm.branch: [firm.branch], firm.department: [firm.branch, firm.department]]
        var told: [RequestID: [Event]] = [:], after: Int64 = 0
        while true {
            let events = try await firm.office.events(after: after, in: firm.north)
            guard let last = events.last else { break }
            after = last.number
            for event in events { if let request = event.request { told[request, default: []].append(event) } }
        }
        let comments: Set<String> = Set(
            try await firm.database.read { tx in
                try tx.all("SELECT id FROM request WHERE rating_comment IS NOT NULL") { row in try row[0] }
            })
        stories = try told.values.map { try tell($0, comments) }.sorted { $0.id < $1.id }
    }

    // MARK: a story from its events

    private func plan(_ line: LineID, _ topic: TopicID?) -> Int {
        switch topic {
        case firm.hardware?: 120
        case firm.printers?: 180
        case firm.office.topic?: 120
        default: line == firm.computers ? 240 : line == firm.personnel ? 60 : 480
        }
    }

    private func staff(_ line: LineID) -> Set<PersonID> {
        switch line {
        case firm.computers: [firm.id(.boris), firm.id(.vera)]
        case firm.personnel: [firm.id(.boris), firm.id(.zoya)]
        default: [firm.id(.boris), firm.id(.vera)]
        }
    }

    private func tell(_ events: [Event], _ comments: Set<String>) throws -> Story {
        let first = events[0], line = LineID(try #require(first.data["line"]))
        let topic = first.data["topic"].map { TopicID($0) }
        let origin = try #require(first.data["origin"].flatMap(Request.Origin.init(rawValue:)))
        var story = Story(
            id: try #require(first.request), line: line, topic: topic, unit: first.data["unit"].map { UnitID($0) },
            client: PersonID(try #require(first.data["client"])), origin: origin, registered: first.at, moved: first.at)
        story.deadline = instant(first.data["deadline"])
        story.plan = plan(line, topic)
        for event in events.dropFirst() { try follow(event, &story) }
        story.isCommented = comments.contains(story.id.text)
        return story
    }

    private func instant(_ text: String?) -> Instant? { text.flatMap(Int64.init).map { Instant(milliseconds: $0) } }

    private func follow(_ event: Event, _ story: inout Story) throws {
        let at = event.at, to = event.data["to"]
        // A deadline that passes is no movement.
        if event.kind.rawValue != "request.missed" { story.moved = at }
        func answer() {
            guard story.answered == nil else { return }
            (story.answered, story.answerLine) = (at, story.line)
        }
        func back() { story.state = story.assignee == nil ? "new" : "working" }
        switch event.kind.rawValue {
        case "request.replied": if event.data["side"] == "staff" { answer() }
        case "request.taken": (story.assignee, story.state) = (to.map { PersonID($0) }, "working")
        case "request.given-back": (story.assignee, story.state) = (nil, "new")
        case "request.transferred":
            story.assignee = to.map { PersonID($0) }
            if story.state == "new" { story.state = "working" }
        case "request.line-changed":
            story.line = LineID(try #require(to))
            story.topic = nil
            story.plan = plan(story.line, nil)
            if let assignee = story.assignee, !staff(story.line).contains(assignee) {
                (story.assignee, story.state) = (nil, "new")
            }
        case "request.topic-changed":
            story.topic = to.map { TopicID($0) }
            if let topic = story.topic, topic == firm.hardware || topic == firm.printers {
                story.plan = plan(story.line, topic)
            }
        case "request.deadline-changed": story.deadline = instant(to)
        case "request.plan-changed": story.plan = to.flatMap { Int($0) }
        case "request.time-added":
            let minutes = try #require(event.data["minutes"].flatMap { Int($0) })
            story.fact += minutes
            story.labour.append((try #require(event.actor), minutes, at))
        case "request.waiting":
            story.state = "waiting"
            story.waits.append((at, nil))
        case "request.proceeded":
            story.waits[story.waits.count - 1].until = at
            back()
        case "request.solved":
            answer()
            (story.state, story.solved) = ("solved", at)
        case "request.missed":
            if event.data["kind"] == "answer" { story.isAnswerMissed = true } else { story.isMissed = true }
        case "request.confirmed":
            (story.state, story.rated) = ("closed", at)
            story.rating = event.data["rating"].flatMap { Int($0) }
        case "request.closed-unanswered": story.state = "closed"
        case "request.cancelled": story.state = "cancelled"
        case "request.refused", "request.reopened":
            back()
            story.solved = nil
            story.reopened += 1
        default: break
        }
    }

    // MARK: working time, minute by minute

    /// Mondays to Fridays 9 to 18 in Moscow, three hours from Greenwich all year; other lines never close.
    func working(_ from: Instant, _ until: Instant, on line: LineID) -> Int {
        guard from < until else { return 0 }
        let (first, last) = (from.milliseconds / 60_000, until.milliseconds / 60_000)
        guard line == firm.computers || line == firm.office.line else { return Int(last - first) }
        let open = line == firm.computers ? 540..<1080 : 480..<1200
        return (first..<last).count { minute in
            let local = minute + 180, day = local / 1440
            // The first of January 1970 was a Thursday.
            return (day + 3) % 7 < 5 && open.contains(Int(local % 1440))
        }
    }

    func answer(_ story: Story) -> Int? {
        story.answered.map { working(story.registered, $0, on: story.answerLine ?? story.line) }
    }

    func solution(_ story: Story) -> Int? {
        story.solved.map { solved in
            working(story.registered, solved, on: story.line)
                - story.waits.reduce(0) { $0 + working($1.from, min($1.until ?? solved, solved), on: story.line) }
        }
    }

    /// The request as `Firm.facts` writes it.
    func fact(of story: Story) -> String {
        func moment(_ moment: Instant?) -> Int64 { moment?.milliseconds ?? 0 }
        let texts = [
            story.id.text, story.line.text, story.topic?.text ?? "", story.unit?.text ?? "", story.client.text,
            story.assignee?.text ?? "", story.origin.rawValue, story.state,
        ]
        let numbers: [Int64] = [
            story.isOpen || story.state == "solved" ? 1 : 0, moment(story.registered), moment(story.answered),
            moment(story.solved), moment(story.rating == nil ? nil : story.rated), moment(story.deadline),
            Int64(answer(story) ?? -1), Int64(solution(story) ?? -1), Int64(story.plan ?? -1), Int64(story.fact),
            story.isMissed || story.isLate ? 1 : 0, story.isAnswerMissed ? 1 : 0, Int64(story.rating ?? 0),
            story.isCommented ? 1 : 0, Int64(story.reopened),
        ]
        return (texts + numbers.map { String($0) }).joined(separator: " ")
    }

    // MARK: what a question is about

    func hanging(_ story: Story, at now: Instant) -> String? {
        guard story.isOpen else { return nil }
        if story.state == "waiting" { return story.moved < now - .days(1) ? "client" : nil }
        if story.assignee == nil, story.registered < now - .hours(1) { return "nobody" }
        if let deadline = story.deadline, deadline < now { return "late" }
        return story.moved < now - .days(3) ? "silent" : nil
    }

    /// Within the viewer's reach and the filter, whatever the period. Labour belongs to who spent it.
    func concerns(_ story: Story, _ filter: Filter, _ reach: Reach, person: PersonID?) -> Bool {
        switch reach {
        case .everything: break
        case .managed(let lines, let units):
            let above = story.unit.map { aboveUnit[$0] ?? [$0] } ?? []
            guard lines.contains(story.line) || units.contains(where: above.contains) else { return false }
        case .own(let own): guard person == own else { return false }
        }
        if let line = filter.line, line != story.line { return false }
        if let client = filter.client, client != story.client { return false }
        if let origin = filter.origin, origin != story.origin { return false }
        switch filter.topic {
        case .one(let id): guard let topic = story.topic, aboveTopic[topic]?.contains(id) == true else { return false }
        case Filter.Pick.none?: guard story.topic == nil else { return false }
        case nil: break
        }
        switch filter.unit {
        case .one(let id): guard let unit = story.unit, aboveUnit[unit]?.contains(id) == true else { return false }
        case Filter.Pick.none?: guard story.unit == nil else { return false }
        case nil: break
        }
        switch filter.specialist {
        case .one(let id): return person == id
        case Filter.Pick.none?: return person == nil
        case nil: return true
        }
    }

    func isIn(_ moment: Instant?, _ period: Period, _ zone: Zone) -> Bool {
        guard let moment else { return false }
        let day = zone.local(moment).date
        return period.from <= day && day <= period.until
    }

    /// The requests behind a number.
    func stories(_ drill: Drill, as viewer: Viewer, at now: Instant) throws -> [Story] {
        let reach = try #require(Reach.of(viewer)), filter = drill.filter, zone = viewer.zone
        let period = filter.period(zone.local(now).date)
        if drill.kind == .labour {
            return stories.filter { story in
                story.labour.contains {
                    isIn($0.at, period, zone) && concerns(story, filter, reach, person: $0.person)
                }
            }
        }
        return stories.filter { concerns($0, filter, reach, person: $0.assignee) }.filter { story in
            let moment: Instant?
            switch drill.kind {
            case .open: return story.isOpen
            case .hung:
                let reason = hanging(story, at: now)
                return reason != nil && (drill.reason == nil || drill.reason?.rawValue == reason)
            case .registered, .answered, .answerLate, .working, .confirming, .closed, .cancelled:
                moment = story.registered
            case .solved, .met, .late, .undated, .planned, .over, .reopened: moment = story.solved
            case .rated: moment = story.rating == nil ? nil : story.rated
            case .labour: moment = nil
            }
            guard let moment, isIn(moment, period, zone), counts(story, drill.kind) else { return false }
            if let rating = drill.rating, rating != story.rating { return false }
            if let speed = drill.speed {
                let solutions: Set<Drill.Kind> = [.solved, .met, .late, .undated, .planned, .over, .reopened]
                let minutes = solutions.contains(drill.kind) ? solution(story) : answer(story)
                guard let minutes, Spread.classes[speed].contains(minutes) else { return false }
            }
            let local = zone.local(moment)
            if let weekday = drill.weekday, weekday != local.date.weekday { return false }
            if let hour = drill.hour, hour != local.minute / 60 { return false }
            return true
        }
    }

    private func counts(_ story: Story, _ kind: Drill.Kind) -> Bool {
        switch kind {
        case .answered: story.answered != nil
        case .answerLate: story.isAnswerMissed
        case .working: story.isOpen
        case .confirming: story.state == "solved"
        case .closed: story.state == "closed"
        case .cancelled: story.state == "cancelled"
        case .met: story.deadline != nil && !story.isLate
        case .late: story.isLate
        case .undated: story.deadline == nil
        case .planned: story.plan != nil
        case .over: story.plan.map { story.fact > $0 } ?? false
        case .reopened: story.reopened > 0
        case .registered, .solved, .rated, .open, .hung, .labour: true
        }
    }

    // MARK: what a column says of a row

    /// nil for a column that this does not know.
    func value(_ column: String, _ filter: Filter, as viewer: Viewer, at now: Instant) throws -> Report.Cell.Value? {
        func some(_ kind: Drill.Kind, rating: Int? = nil) throws -> [Story] {
            var drill = Drill(kind, filter)
            drill.rating = rating
            return try stories(drill, as: viewer, at: now)
        }
        func minutes(_ length: Int?) -> Report.Cell.Value { length.map { .minutes($0) } ?? .none }
        func planned(_ length: ([Story]) -> Int) throws -> Report.Cell.Value {
            let planned = try some(.planned)
            return planned.isEmpty ? .none : .minutes(length(planned))
        }
        switch column {
        case "registered", "working", "cancelled", "solved", "met", "late", "planned", "over", "rated", "answered",
            "answerLate":
            return .count(try some(Drill.Kind(rawValue: column)!).count)
        case "hands": return .count(try some(.open).count { $0.assignee != nil })
        case "due": return .count(try some(.solved).count { $0.deadline != nil })
        case "metShare":
            let due = try some(.solved).filter { $0.deadline != nil }
            return due.isEmpty ? Report.Cell.Value.none : .share(due.count { !$0.isLate }, of: due.count)
        case "answerMedian": return minutes(Self.rank(try some(.answered).compactMap(answer), 50))
        case "answerNinth": return minutes(Self.rank(try some(.answered).compactMap(answer), 90))
        case "solutionMedian": return minutes(Self.rank(try some(.solved).compactMap(solution), 50))
        case "solutionNinth": return minutes(Self.rank(try some(.solved).compactMap(solution), 90))
        case "plan": return try planned { $0.reduce(0) { $0 + $1.plan! } }
        case "plannedFact": return try planned { $0.reduce(0) { $0 + $1.fact } }
        case "difference": return try planned { $0.reduce(0) { $0 + $1.fact - $1.plan! } }
        case "fact": return .minutes(try some(.solved).reduce(0) { $0 + $1.fact })
        case "rating":
            let stars = try some(.rated).compactMap(\.rating)
            return stars.isEmpty ? Report.Cell.Value.none : .decimal(Double(stars.reduce(0, +)) / Double(stars.count))
        case "stars-1", "stars-2", "stars-3", "stars-4", "stars-5":
            return .count(try some(.rated, rating: Int(column.suffix(1))).count)
        case "labour":
            let reach = try #require(Reach.of(viewer)), period = filter.period(viewer.zone.local(now).date)
            return .minutes(
                stories.reduce(0) { sum, story in
                    sum
                        + story.labour.filter {
                            isIn($0.at, period, viewer.zone) && concerns(story, filter, reach, person: $0.person)
                        }.reduce(0) { $0 + $1.minutes }
                })
        default: return nil
        }
    }

    /// The least length that at least so many of a hundred do not exceed.
    static func rank(_ lengths: [Int], _ percent: Int) -> Int? {
        lengths.sorted().first { length in lengths.count { $0 <= length } * 100 >= percent * lengths.count }
    }
}
