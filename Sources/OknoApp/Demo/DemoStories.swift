import Duty
import Kernel
import Lines
import People
import Requests

/// One request of the demo as it will be played: who does what when.
struct DemoStory: Sendable {
    enum Step: Sendable {
        case register(text: String, origin: Request.Origin, minutes: Int?)
        case say(String), answer(String), note(String)
        case setTopic, wait, solve(String), refuse(String), cancel
        case addTime(Int)
        case rate(Int, String?), closeUnanswered
        /// The specialist promises a time.
        case due(Instant)
        /// The specialist says where they are.
        case stand(DutyState)

        var isLastWord: Bool {
            switch self {
            case .rate, .closeUnanswered: true
            default: false
            }
        }
    }

    struct Moment: Sendable {
        let at: Instant
        let step: Step
        /// Attached to what is said.
        var files: [String] = []
    }

    let line: DemoLine
    let topic: TopicID?
    /// The client chose the topic already.
    let hasTopic: Bool
    let client: DemoPerson
    let specialist: DemoPerson
    var moments: [Moment] = []
}

/// Chooses stories, people and moments.
struct DemoStories {
    let books: DemoBooks
    let office: DemoOffice
    let end: Instant
    var dice: DemoDice
    private let byKind: [String: [DemoPerson]]
    private let askers: [DemoPerson]

    init(_ books: DemoBooks, _ office: DemoOffice, end: Instant, dice: DemoDice) {
        (self.books, self.office, self.end, self.dice) = (books, office, end, dice)
        askers = office.people.filter { office.competences[$0.id] == nil && $0.kind != "it" && $0.kind != "manager" }
        byKind = Dictionary(grouping: askers, by: \.kind)
    }

    /// All requests of the demo, by the time of registration.
    mutating func all(_ count: Int) -> [DemoStory] {
        var stories = featured()
        let past = books.stories.filter { [.solved, .reopened, .cancelled].contains($0.outcome) }
        // What stands in the queue is seen all at once, so no story is there twice.
        let stuck = books.stories.filter { [.waiting, .open].contains($0.outcome) }
        let underWay = books.stories.filter { $0.outcome == .solved }.map(\.underWay).filter { $0.messages.count > 1 }
        let recent = min(count / 40, 40)
        for story in stuck.shuffled(using: &dice).prefix(recent / 3) { append(story, &stories, from: 9, to: 0) }
        for story in underWay.shuffled(using: &dice).prefix(recent - recent / 3) {
            append(story, &stories, from: 1, to: 0)
        }
        let fresh = books.stories.filter { $0.messages.count > 1 }.shuffled(using: &dice)
        for story in fresh.prefix(min(14, count / 20)) {
            let start = office.lines[story.line]!.line.lastOpen(before: end, minutesBack: dice.number(2...150))
            stories.append(plan(story, start: start, onlyFirst: true, client: nil)!)
        }
        stories += pressing(fresh)
        while stories.count < count { append(dice.pick(past, by: { $0.weight ?? 1 }), &stories, from: 92, to: 0) }
        return Array(stories.prefix(count)).sorted { $0.moments[0].at < $1.moments[0].at }
    }

    /// What the monitor is there for: a promise that nobody keeps an eye on, one that is nearly broken, a client who asks in vain.
    private mutating func pressing(_ fresh: [DemoBooks.Story]) -> [DemoStory] {
        let open = fresh.filter { office.lines[$0.line]!.line.isOpen(at: end) }
        func before(_ minutes: Int) -> Instant { end - Minutes(minutes) }
        return [(20, false), (45, true), (80, true), (110, false)].enumerated().compactMap { index, promise in
            let story = dice.pick(open.isEmpty ? fresh : open)
            guard var planned = plan(story, start: before(190 - index * 20), onlyFirst: true, client: nil) else {
                return nil
            }
            if promise.1 {
                planned.moments.append(
                    .init(at: before(100), step: .answer("Здравствуйте! Занимаюсь, сегодня сделаю.")))
            }
            planned.moments.append(.init(at: before(95 - index), step: .due(end + Minutes(promise.0))))
            return planned
        }
    }

    /// The two clients of the tour have something of everything on their home pages.
    private mutating func featured() -> [DemoStory] {
        var stories: [DemoStory] = []
        for (index, client) in books.people.clients.compactMap({ office.byLogin[$0.login] }).enumerated() {
            let wishes: [(DemoBooks.Story.Outcome, Int, Int)] = [
                (.solved, 3, 0), (.waiting, 2, 0), (.open, 4, 0), (.solved, 8, 2), (.reopened, 20, 5),
                (.solved, 40, 15),
                (.solved, 60, 30), (.cancelled, 70, 40), (.solved, 90, 60),
            ]
            for (outcome, from, to) in wishes {
                let fitting = books.stories.filter {
                    $0.outcome == outcome && ($0.kinds ?? [client.kind]).contains(client.kind)
                        && !$0.messages.contains { $0.text.contains("{place}") } || $0.outcome == outcome && index == 1
                }
                append(dice.pick(fitting), &stories, from: from, to: to, client: client)
                // The newest solution waits for the client's word.
                if from == 3, !stories.isEmpty {
                    stories[stories.count - 1].moments.removeAll(where: \.step.isLastWord)
                }
            }
        }
        return stories
    }

    private mutating func append(
        _ story: DemoBooks.Story, _ stories: inout [DemoStory], from: Int, to: Int, client: DemoPerson? = nil
    ) {
        for attempt in 0..<40 {
            // A story that does not end before now begins earlier at the next try.
            let days = dice.number(to...from) + attempt / 4
            if let planned = plan(
                story, start: start(daysAgo: min(days, 95), of: story.line), onlyFirst: false, client: client)
            {
                stories.append(planned)
                return
            }
        }
    }

    /// A moment of a working day; production asks at night and on Sundays too.
    private mutating func start(daysAgo: Int, of line: String) -> Instant {
        let zone = office.lines[line]!.line.zone
        var date = zone.local(end).date.adding(days: -daysAgo)
        while date.weekday > 5, line != "production" || dice.chance(60) { date = date.adding(days: -1) }
        let night = line == "production" && dice.chance(30)
        let hour =
            night ? dice.number(0...23) : dice.pick([8, 9, 9, 9, 10, 10, 10, 11, 11, 12, 13, 14, 14, 15, 15, 16, 17])
        return Instant(
            milliseconds: zone.instant(date, minute: hour * 60 + dice.number(0...59)).milliseconds
                + Int64(dice.number(0...59_999)))
    }

    /// - Returns: nil when the story would reach into the future.
    private mutating func plan(
        _ story: DemoBooks.Story, start: Instant, onlyFirst: Bool, client given: DemoPerson?
    ) -> DemoStory? {
        let line = office.lines[story.line]!
        let client =
            given
            ?? dice.pick(
                story.kinds.map { $0.flatMap { byKind[$0] ?? [] } }.flatMap { $0.isEmpty ? nil : $0 } ?? askers)
        let staff = line.reserve.isEmpty || dice.chance(78) ? line.main : line.reserve
        let specialist = dice.pick(staff)
        var planned = DemoStory(
            line: line, topic: line.topics[story.topic], hasTopic: dice.chance(55), client: client,
            specialist: specialist)
        let words = Words(self, client, specialist, &dice)
        func fill(_ text: String) -> String { words.fill(text) }
        var at = start
        var files = story.files ?? []
        let fileAt =
            story.messages.firstIndex { message in
                message.from == .client
                    && ["влож", "фото", "прилож", "скан", "файл", "снимок"].contains {
                        message.text.lowercased().contains($0)
                    }
            } ?? 0
        var isSolved = false
        for (index, message) in story.messages.enumerated() {
            at = at + Minutes(message.afterMinutes)
            at = Instant(milliseconds: at.milliseconds + Int64(dice.number(1...50_000)))
            if message.from != .client { at = line.line.openTime(at, after: dice.number(1...25)) }
            guard at < end else { return nil }
            let text = fill(message.or.map { dice.pick($0 + [message.text]) } ?? message.text)
            let attached = index == fileAt && !onlyFirst ? files : []
            if index == fileAt { files = [] }
            if index == 0 {
                let origin: Request.Origin =
                    given != nil ? .chat : dice.pick([.chat, .chat, .chat, .chat, .chat, .phone, .oral])
                planned.moments.append(
                    .init(
                        at: at,
                        step: .register(
                            text: text, origin: onlyFirst ? .chat : origin, minutes: origin == .phone ? 5 : nil),
                        files: attached))
                if onlyFirst { return planned }
                continue
            }
            planned.moments += steps(message, text, at, line, isSolved: &isSolved).map {
                var moment = $0
                if case .say = moment.step { moment.files = attached }
                return moment
            }
            if index == 1, !planned.hasTopic, message.from == .specialist, message.act == nil {
                planned.moments.append(.init(at: Instant(milliseconds: at.milliseconds + 400), step: .setTopic))
            }
        }
        if story.outcome != .cancelled { finish(&planned, story, at, isSolved) }
        guard planned.moments.allSatisfy({ $0.at < end }) else { return nil }
        planned.moments.sort { $0.at < $1.at }
        return planned
    }

    private mutating func steps(
        _ message: DemoBooks.Story.Message, _ text: String, _ at: Instant, _ line: DemoLine, isSolved: inout Bool
    ) -> [DemoStory.Moment] {
        let soon = Instant(milliseconds: at.milliseconds + 1500)
        switch (message.from, message.act) {
        case (.note, _): return [.init(at: at, step: .note(text))]
        case (.specialist, .solve?):
            isSolved = true
            return [.init(at: at, step: .solve(text))]
        case (.specialist, .wait?): return [.init(at: at, step: .answer(text)), .init(at: soon, step: .wait)]
        case (.specialist, _): return [.init(at: at, step: .answer(text))]
        case (.client, .reopen?):
            isSolved = false
            return [.init(at: at, step: .refuse(text))]
        case (.client, .cancel?): return [.init(at: at, step: .say(text)), .init(at: soon, step: .cancel)]
        case (.client, _): return [.init(at: at, step: .say(text))]
        }
    }

    /// Labour time, and the client's last word.
    private mutating func finish(_ planned: inout DemoStory, _ story: DemoBooks.Story, _ at: Instant, _ isSolved: Bool)
    {
        let minutes = max(5, story.minutes * dice.number(80...125) / 500 * 5)
        let noted = at + Minutes(1)
        if noted < end { planned.moments.append(.init(at: noted, step: .addTime(minutes))) }
        guard isSolved else { return }
        let rating = story.ratings.flatMap { $0.isEmpty ? nil : $0 }.map { dice.pick($0) }
        let answered = at + Minutes(dice.number(3...240))
        let isQuiet = dice.chance(14)
        if let rating, !isQuiet, answered < end, end.since(answered) > 3_600_000 || dice.chance(50) {
            let comment = rating.comment?.replacing("{specialist}", with: planned.specialist.courtesy)
            planned.moments.append(.init(at: answered, step: .rate(rating.stars, comment)))
        } else if let late = planned.line.line.openTime(at + .days(3), after: 5) as Instant?, late < end {
            planned.moments.append(.init(at: late, step: .closeUnanswered))
        }
    }

    /// What stands in the braces of a story.
    private struct Words {
        private var values: [String: String]

        init(_ stories: DemoStories, _ client: DemoPerson, _ specialist: DemoPerson, _ dice: inout DemoDice) {
            let book = stories.books.organisation
            let format = dice.pick(book.formats.doc)
            let doc = format.replacing(/\{number:(\d)\}/) { match in
                let width = Int(match.1) ?? 4
                let digits = String(dice.number(1...Int(String(repeating: "9", count: width))!))
                return String(repeating: "0", count: width - digits.count) + digits
            }
            values = [
                "client": client.courtesy, "specialist": specialist.courtesy, "room": client.details.room,
                "pc": client.pc,
                "doc": doc, "place": dice.pick(book.places[client.code] ?? [book.name]),
            ]
        }

        func fill(_ text: String) -> String {
            var filled = text
            for (name, value) in values { filled = filled.replacing("{\(name)}", with: value) }
            // A place that begins a sentence begins with a capital.
            return filled.prefix(1).uppercased() == filled.prefix(1) || !text.hasPrefix("{")
                ? filled
                : filled.prefix(1).uppercased() + filled.dropFirst()
        }
    }
}

extension Line {
    /// This moment if the line works then, else a little after it opens.
    func openTime(_ instant: Instant, after minutes: Int) -> Instant {
        isOpen(at: instant) ? instant : (calendar.nextOpening(after: instant) ?? instant) + Minutes(minutes)
    }

    /// So many minutes before a moment, but while the line worked.
    func lastOpen(before instant: Instant, minutesBack: Int) -> Instant {
        var moment = instant - Minutes(minutesBack)
        for _ in 0..<400 where !isOpen(at: moment) { moment = moment - Minutes(30) }
        return moment
    }
}
