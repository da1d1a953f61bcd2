import Duty
import Kernel
import Lines
import People
import Storage

/// What specialists did: on duty, solved, time spent, how full their hands are.
extension Report {
    static func specialists(
        _ question: Question, _ words: ReportWords, isWhole: Bool, _ tx: any ReadTransaction
    ) throws -> Report {
        let work = try Workforce.read(question, tx)
        let names = try Names.shown(work.people.keys, to: words.viewer, words.text, tx)
        let people = work.people.sorted {
            ($0.value.totals.solved, $0.value.labour, $1.key) > ($1.value.totals.solved, $1.value.labour, $0.key)
        }
        let sum = work.people.values.reduce(Workforce.Figures()) { $0 + $1 }
        var report = Report()
        report.tiles = [
            Tile(label: words("tile.people"), value: .count(people.count)),
            Tile(label: words("tile.solved"), value: .count(sum.totals.solved)),
            Tile(label: words("tile.labour"), value: .minutes(sum.labour)),
            Tile(label: words("tile.duty"), value: .minutes(sum.duty > 0 ? sum.duty : nil)),
        ]
        func filter(_ person: PersonID) -> Filter {
            var filter = question.filter
            filter.specialist = .one(person)
            return filter
        }
        func name(_ person: PersonID) -> String { names[person]?.name ?? words("somebody") }
        report.parts = [
            Part(
                title: words("specialists.work"), note: words("specialists.note"),
                chart: .strips(
                    Chart.Strips(
                        // The fullest hands first.
                        strips: people.sorted { ($0.value.labour, $1.key) > ($1.value.labour, $0.key) }.prefix(20).map {
                            person, figures in
                            .init(
                                name: name(person), words: words.length(figures.labour), value: max(0, figures.labour),
                                drill: Drill(.labour, filter(person)))
                        })),
                table: Table(
                    columns: columns(words),
                    rows: people.map { person, figures in
                        .init(cells: [.text(name(person))] + cells(figures, filter(person)))
                    },
                    total: [.text(words("total"))] + cells(sum, nil)))
        ]
        return report
    }

    private static func columns(_ words: ReportWords) -> [Table.Column] {
        let shown: [(String, Kind)] = [
            ("specialist", .text), ("registered", .count), ("solved", .count), ("hands", .count), ("duty", .minutes),
            ("labour", .minutes), ("load", .share), ("answerMedian", .minutes), ("solutionMedian", .minutes),
            ("metShare", .share), ("rating", .decimal),
        ]
        return shown.map { .init(title: words("column.\($0)"), kind: $1) }
    }

    private static func cells(_ figures: Workforce.Figures, _ filter: Filter?) -> [Cell] {
        let totals = figures.totals
        return [
            TotalsColumn.registered.cell(totals, filter), TotalsColumn.solved.cell(totals, filter),
            .count(figures.hands, filter.map { Drill(.open, $0) }),
            .minutes(figures.duty > 0 ? figures.duty : nil),
            Cell(.minutes(figures.labour), figures.labour == 0 ? nil : filter.map { Drill(.labour, $0) }),
            figures.duty > 0 ? .share(figures.labour, of: figures.duty) : .none,
            TotalsColumn.answerMedian.cell(totals, nil), TotalsColumn.solutionMedian.cell(totals, nil),
            TotalsColumn.metShare.cell(totals, nil), TotalsColumn.rating.cell(totals, nil),
        ]
    }
}

/// Figures of each specialist within reach.
struct Workforce: Sendable {
    struct Figures: Sendable {
        var totals = Totals()
        /// Open requests in hand now.
        var hands = 0
        /// Minutes: labour in the period, and on a line or busy there.
        var labour = 0, duty = 0

        static func + (left: Figures, right: Figures) -> Figures {
            Figures(
                totals: left.totals + right.totals, hands: left.hands + right.hands, labour: left.labour + right.labour,
                duty: left.duty + right.duty)
        }
    }

    var people: [PersonID: Figures] = [:]

    static func read(_ question: Question, _ tx: any ReadTransaction) throws -> Workforce {
        var work = Workforce()
        for (key, totals) in try Totals.read(question, by: .specialist, tx) where !key.isEmpty {
            work.people[PersonID(key), default: Figures()].totals = totals
        }
        try tx.query(
            "SELECT fact.assignee_id, COUNT(*) FROM \(question.open()) AND fact.assignee_id IS NOT NULL GROUP BY 1"
        ) { row in work.people[try row[0], default: Figures()].hands = try row[1] }
        try tx.query("SELECT labour.person_id, SUM(labour.minutes) FROM \(question.labour()) GROUP BY 1") { row in
            work.people[try row[0], default: Figures()].labour = try row[1]
        }
        for (person, minutes) in try duty(question, tx) { work.people[person, default: Figures()].duty = minutes }
        return work
    }

    /// Minutes on duty: on a line or busy there; being on several lines at once counts once. Nobody is on duty for one topic, unit,
    /// client or origin, so that nothing is said then.
    private static func duty(_ question: Question, _ tx: any ReadTransaction) throws -> [PersonID: Int] {
        let filter = question.filter
        guard filter.topic == nil, filter.unit == nil, filter.client == nil, filter.origin == nil else { return [:] }
        let all = try Lines.all(in: question.viewer.organisation, tx).map(\.id)
        let mine: [LineID] =
            switch question.reach {
            case .everything, .own: all
            case .managed(let lines, _): lines
            }
        let lines = question.filter.line.map { line in mine.filter { $0 == line } } ?? mine
        let until = min(question.until, question.now)
        guard question.from < until else { return [:] }
        let spans = try Duty.spans(lines: lines, from: question.from, until: until, tx).filter {
            $0.state == .on || $0.state == .busy
        }
        return Dictionary(grouping: spans, by: \.person).filter { person, _ in
            switch (question.reach, question.filter.specialist) {
            case (.own(let own), _) where own != person: false
            case (_, .one(let one)?): one == person
            case (_, Filter.Pick.none?): false
            default: true
            }
        }.mapValues { spans in
            Union.minutes(
                spans.map { max($0.from, question.from).milliseconds..<min($0.until ?? until, until).milliseconds })
        }
    }
}

/// How long at least one of several spans lasted: a function of values.
enum Union {
    static func minutes(_ spans: [Range<Int64>]) -> Int {
        var sum: Int64 = 0, end = Int64.min
        for span in spans.sorted(by: { $0.lowerBound < $1.lowerBound }) where span.upperBound > end {
            sum += span.upperBound - max(end, span.lowerBound)
            end = span.upperBound
        }
        return Int(sum / 60_000)
    }
}
