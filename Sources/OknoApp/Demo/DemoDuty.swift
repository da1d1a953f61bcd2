import Duty
import EventLog
import Kernel
import Lines
import Requests
import Routing
import Storage

/// Who was on duty when, and how requests of two lines find their specialist.
struct DemoDuty {
    static let days = 45

    let office: DemoOffice
    let end: Instant
    var dice: DemoDice

    /// A specialist's past as moments of a story, one day after another.
    mutating func stories() -> [DemoStory] {
        office.competences.keys.sorted().enumerated().compactMap { index, id in
            guard let person = office.people.first(where: { $0.id == id }),
                let line = office.lines.values.first(where: { $0.main.contains { $0.id == id } })
            else { return nil }
            var story = DemoStory(line: line, topic: nil, hasTopic: false, client: person, specialist: person)
            let today = line.line.zone.local(end).date
            for back in (0...Self.days).reversed() {
                story.moments += day(today.adding(days: -back), line.line, isLast: back == 0)
            }
            story.moments += present(index, story.moments.last, line.line)
            return story
        }
    }

    /// Hours of one working day; now and then somebody is ill.
    private mutating func day(_ date: LocalDate, _ line: Line, isLast: Bool) -> [DemoStory.Moment] {
        guard let hours = line.hours.days[date.weekday]?.first, date.weekday < 6 || dice.chance(20), dice.chance(94)
        else {
            return []
        }
        let start = max(8 * 60, hours.from) - dice.number(0...12),
            close = min(hours.until, start + 9 * 60 + dice.number(0...25))
        let lunch = start + dice.number(200...270)
        var steps: [(Int, DutyState)] = [
            (start, .on), (lunch, .rest), (lunch + dice.number(35...60), .on), (close, .away),
        ]
        if dice.chance(55) {
            let meeting = lunch + dice.number(80...150)
            steps += [(meeting, .busy), (meeting + dice.number(20...50), .on)]
        }
        return steps.sorted { $0.0 < $1.0 }.compactMap { minute, state in
            let at = Instant(
                milliseconds: line.zone.instant(date, minute: minute).milliseconds + Int64(dice.number(0...59_999)))
            return at < end - Minutes(30) ? .init(at: at, step: .stand(state)) : nil
        }
    }

    /// At the end most are there, whatever the hour at which the demo is made: there is something to see.
    private mutating func present(_ index: Int, _ last: DemoStory.Moment?, _ line: Line) -> [DemoStory.Moment] {
        let state: DutyState = [.on, .on, .busy, .on, .rest, .on, .on, .away][index % 8]
        if case .stand(let known)? = last?.step, known == state { return [] }
        return [.init(at: end - Minutes(dice.number(3...25)), step: .stand(state))]
    }

    /// Rules of two lines, set on the first day.
    func rules(_ routing: Routing) async throws {
        var circle = RoutingSettings(), load = RoutingSettings()
        circle.mode = .circle
        circle.accept = Minutes(5)
        circle.escalate = Minutes(60)
        load.mode = .load
        load.first = .last
        load.most = 12
        load.accept = Minutes(10)
        load.escalate = Minutes(45)
        for (key, settings) in [("workplace", circle), ("accounting", load)] {
            guard let line = office.lines[key] else { continue }
            try await routing.keep(settings, idle: nil, of: line.id, by: office.administrator)
        }
    }

    /// Nobody of the demo has a page open; they are at work all the same, for the rest of the day.
    func settle(_ database: Database) async throws {
        let later = end + .hours(8)
        try await database.write(in: office.organisation) { tx in
            _ = try tx.run("UPDATE activity SET at = \(later) WHERE organisation_id = \(office.organisation)")
        }
    }
}
