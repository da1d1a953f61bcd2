import Kernel
import Requests

/// The requests behind the numbers of a board, of a line or of a person. A number is the length of its list, so the two cannot differ.
struct Facts: Sendable, Equatable {
    enum What: String, Sendable, CaseIterable {
        // Open, by what they wait for.
        case free, working, waiting, confirming, open
        // Open and in danger.
        case late, today, risk, hung
        // Of this day; ratings of a week.
        case solved, met, missed, answered, rated
    }

    var open: [OpenRequest] = []
    var late: [OpenRequest] = []
    /// To be solved by the end of the day's work.
    var today: [OpenRequest] = []
    var hung: [HungRequest] = []
    var risks: [Forecast.Risk] = []
    var solved: [Dated] = [], answered: [Dated] = [], rated: [Dated] = []

    func ids(_ what: What, reason: HangingRule.Reason? = nil) -> [RequestID] {
        switch what {
        case .free: open.filter { $0.state == .new }.map(\.id)
        case .working: open.filter { $0.state == .working }.map(\.id)
        case .waiting: open.filter { $0.state == .waiting }.map(\.id)
        case .confirming: open.filter { $0.state == .solved }.map(\.id)
        case .open: open.map(\.id)
        case .late: late.map(\.id)
        case .today: today.map(\.id)
        case .risk: risks.map(\.request.id)
        case .hung: hung.filter { reason == nil || $0.verdict.reason == reason }.map(\.request.id)
        case .solved: solved.map(\.id)
        case .met: solved.filter { $0.met == true }.map(\.id)
        case .missed: solved.filter { $0.met == false }.map(\.id)
        case .answered: answered.map(\.id)
        case .rated: rated.map(\.id)
        }
    }

    func count(_ what: What) -> Int { ids(what).count }

    /// Of these, those of one person.
    func of(_ person: PersonID) -> Facts {
        kept {
            $0 == person
        } line: { _ in
            true
        }
    }
    func on(_ line: LineID) -> Facts {
        kept { _ in
            true
        } line: {
            $0 == line
        }
    }

    private func kept(_ isTheirs: (PersonID?) -> Bool, line isOn: (LineID) -> Bool) -> Facts {
        func keeps(_ request: OpenRequest) -> Bool { isTheirs(request.assignee) && isOn(request.line) }
        func keeps(_ dated: Dated) -> Bool { isTheirs(dated.assignee) && isOn(dated.line) }
        return Facts(
            open: open.filter(keeps), late: late.filter(keeps), today: today.filter(keeps),
            hung: hung.filter { keeps($0.request) }, risks: risks.filter { keeps($0.request) },
            solved: solved.filter(keeps), answered: answered.filter(keeps), rated: rated.filter(keeps))
    }

    var byLine: [LineID: Facts] { grouped(open: \.line, dated: \.line) }
    var byPerson: [PersonID: Facts] { grouped(open: \.assignee, dated: \.assignee) }

    private func grouped<Key: Hashable>(
        open key: (OpenRequest) -> Key?, dated keyOf: (Dated) -> Key?
    ) -> [Key: Facts] {
        var found: [Key: Facts] = [:]
        func put<Value>(_ values: [Value], _ place: WritableKeyPath<Facts, [Value]>, _ whose: (Value) -> Key?) {
            for value in values {
                if let key = whose(value) { found[key, default: Facts()][keyPath: place].append(value) }
            }
        }
        put(open, \.open, key)
        put(late, \.late, key)
        put(today, \.today, key)
        put(hung, \.hung) { key($0.request) }
        put(risks, \.risks) { key($0.request) }
        put(solved, \.solved, keyOf)
        put(answered, \.answered, keyOf)
        put(rated, \.rated, keyOf)
        return found
    }

    /// When the one that waits longest for somebody to take it was registered.
    var oldest: Instant? { open.filter { $0.state == .new }.map(\.registered).min() }

    /// Working minutes that so many of a hundred first answers of the day did not exceed.
    func answer(percent: Int) -> Int? {
        let sorted = answered.compactMap(\.minutes).sorted()
        return sorted.isEmpty ? nil : sorted[max(1, (sorted.count * percent + 99) / 100) - 1]
    }

    /// Tenths of a star; nil without a rating.
    var rating: Int? {
        let stars = rated.compactMap(\.rating)
        return stars.isEmpty ? nil : (stars.reduce(0, +) * 10 + stars.count / 2) / stars.count
    }

    /// Kept deadlines of a hundred; nil when nothing with a deadline was solved.
    var kept: Int? {
        let (met, missed) = (count(.met), count(.missed))
        return met + missed == 0 ? nil : met * 100 / (met + missed)
    }
}
