import Duty
import Kernel
import Storage

/// One line of the board.
struct LineFigures: Sendable, Equatable {
    let line: LineID
    let facts: Facts
    let onDuty: [PersonID]
    /// How many could be there.
    let staff: Int

    /// Lines that had been made by a moment.
    static func existing(
        in organisation: OrganisationID, at moment: Instant, _ tx: any ReadTransaction
    ) throws -> [LineID] {
        try tx.all("SELECT id FROM line WHERE organisation_id = \(organisation) AND made_at <= \(moment)") { row in
            try row[0]
        }
    }
}

/// One specialist of the board.
struct PersonFigures: Sendable, Equatable {
    let person: PersonID
    let state: DutyState
    /// Since when; nil for who was not there today.
    let since: Instant?
    let facts: Facts
    /// The most that may be in hand at once; 0 is no limit.
    let limit: Int
    /// Milliseconds on the line, busy or not, since midnight.
    let onLine: Int64

    /// What is to be worked on; what waits for its client is no load.
    var load: Int { facts.open.count(where: \.isDue) }

    /// Who is seen: the people of led lines, who has work of theirs in hand, and always the viewer.
    static func of(
        _ crew: Crew, _ all: Facts, _ sight: Sight, limits: [LineID: Int], since day: Instant, at now: Instant
    ) -> [PersonFigures] {
        let staffed = crew.staff.filter { sight.leads($0.key) }
        var seen = Set(staffed.values.flatMap(\.self))
        seen.formUnion(all.open.filter { sight.leads($0.line) }.compactMap(\.assignee))
        if crew.staff.values.contains(where: { $0.contains(sight.person) }) { seen.insert(sight.person) }
        let byPerson = all.byPerson
        let spans = Dictionary(grouping: crew.spans, by: \.person)
        return seen.map { person in
            let isOwn = person == sight.person
            let mine = (spans[person] ?? []).filter { isOwn || sight.leads($0.line) }
            let current = mine.filter(crew.isNow)
            let state = DutySums.liveliest(current.map(\.state)) ?? .away
            let sums = DutySums.together(mine, from: day, until: max(now, day))
            return PersonFigures(
                person: person, state: state, since: current.filter { $0.state == state }.map(\.from).max(),
                facts: byPerson[person] ?? Facts(),
                limit: crew.staff.filter { $0.value.contains(person) }.compactMap { limits[$0.key] }.filter { $0 > 0 }
                    .min() ?? 0,
                onLine: (sums[.on] ?? 0) + (sums[.busy] ?? 0))
        }.sorted { $0.order < $1.order }
    }

    private var order: (Int, Int, String) {
        (DutyState.allCases.firstIndex(of: state) ?? 9, -load, person.text)
    }
}
