package import Kernel

/// How long who was what on a line: functions of values.
package enum DutySums {
    /// Milliseconds in each state within a stretch of time.
    package static func of(
        _ spans: [DutySpan], from: Instant, until: Instant
    ) -> [DutyState: Int64] {
        spans.reduce(into: [:]) { sums, span in
            let length = min(span.until ?? until, until).since(max(span.from, from))
            if length > 0 { sums[span.state, default: 0] += length }
        }
    }

    /// The same over several lines at once, where being on two lines is one time: the liveliest state of each moment counts.
    package static func together(_ spans: [DutySpan], from: Instant, until: Instant) -> [DutyState: Int64] {
        let moments = Set(
            spans.flatMap { [$0.from, $0.until ?? until] }.map { min(max($0, from), until) } + [from, until]
        )
        .sorted()
        return zip(moments, moments.dropFirst()).reduce(into: [:]) { sums, part in
            let states = spans.filter { $0.from <= part.0 && ($0.until ?? until) >= part.1 }.map(\.state)
            if let state = liveliest(states) { sums[state, default: 0] += part.1.since(part.0) }
        }
    }

    /// What a person is when lines differ: at work on any is at work.
    package static func liveliest(_ states: some Sequence<DutyState>) -> DutyState? {
        let states = Set(states)
        return DutyState.allCases.first(where: states.contains)
    }
}
