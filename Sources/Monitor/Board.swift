import Duty
import Kernel
import Lines
import Requests
import Routing
import Storage

/// Everything the monitor shows of one moment, as values: the same board is read for now, for any past moment, for the lists behind its
/// numbers and for the wall.
struct Board: Sendable, Equatable {
    let at: Instant
    var lines: [LineFigures] = []
    var people: [PersonFigures] = []
    /// Of all lines together.
    var all = Facts()

    /// Days over which ratings and the pace are counted.
    static let week = Minutes.days(7)

    /// - Parameter zone: whose midnight begins the day.
    static func read(
        _ moment: Moment, _ sight: Sight, in organisation: OrganisationID, zone: Zone, _ tx: any ReadTransaction
    ) throws -> Board {
        let now = moment.at, day = zone.instant(zone.local(now).date, minute: 0), weekAgo = now - week
        let lines = try Lines.all(in: organisation, tx)
        let clocks = Dictionary(lines.map { ($0.id, LineClock(line: $0)) }, uniquingKeysWith: { $1 })
        let open = try OpenRequest.read(moment, sight, in: organisation, tx)
        let solved = try Dated.solved(since: min(day, weekAgo), moment, sight, in: organisation, tx)
        var all = Facts()
        all.open = open
        all.solved = solved.filter { $0.at >= day }
        all.answered = try Dated.answered(since: day, moment, sight, in: organisation, clocks: clocks, tx)
        all.rated = try Dated.rated(since: weekAgo, moment, sight, in: organisation, tx)
        let known = try Set(LineFigures.existing(in: organisation, at: now, tx))
        let busy = Set(open.map(\.line))
        let seen = lines.filter { line in
            known.contains(line.id) && (sight.sees(line.id) || busy.contains(line.id))
                && (line.archivedAt.map { $0 > now } ?? true || busy.contains(line.id))
        }
        let crew = try Crew.read(moment.at, seen.map(\.id), since: day, in: organisation, tx)
        let pace = Dictionary(grouping: solved.filter { $0.at >= weekAgo }, by: \.line)
        let openOf = Dictionary(grouping: open, by: \.line)
        for line in seen {
            let clock = LineClock(line: line), isAttended = crew.isAttended(line.id) || !clock.isOpen(at: now)
            let answerable = clock.moment(before: now, by: HangingRule.answer)
            let end = clock.endOfDay(now), mine = openOf[line.id] ?? []
            all.hung += mine.compactMap { request in
                HangingRule.decide(
                    request, at: now, isAttended: isAttended, answerable: answerable
                ).map { HungRequest(request: request, verdict: $0, isLate: request.isLate(at: now)) }
            }
            all.today += mine.filter { request in
                request.isDue && request.deadline.map { $0 >= now && $0 <= end } ?? false
            }
            all.risks += Forecast.decide(
                mine.filter(\.isDue), at: now, until: end,
                pace: Forecast.Pace(
                    worked: clock.working(between: weekAgo, and: now), solved: pace[line.id]?.count ?? 0),
                isAttended: isAttended, left: { clock.working(between: now, and: $0) })
        }
        all.hung.sort(by: HungRequest.isWorse)
        all.late = open.filter { $0.isLate(at: now) }
        all.risks.sort { ($0.request.deadline ?? now, $0.request.id) < ($1.request.deadline ?? now, $1.request.id) }
        let factsOf = all.byLine
        return Board(
            at: now,
            lines: seen.map { line in
                LineFigures(
                    line: line.id, facts: factsOf[line.id] ?? Facts(), onDuty: crew.onDuty(line.id),
                    staff: crew.staff[line.id]?.count ?? 0)
            },
            people: PersonFigures.of(
                crew, all, sight, limits: try Routing.settings(in: organisation, tx).mapValues(\.most), since: day,
                at: now),
            all: all)
    }
}
