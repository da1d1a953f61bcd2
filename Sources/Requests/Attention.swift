/// How attention becomes labour time: functions of values. Spans are in milliseconds of the clock.
package enum Attention {
    /// The longest time one beat may claim: a page tells more often, and a sleeping computer claims nothing for its sleep.
    package static let longestBeat: Int64 = 90_000
    /// Counted minutes go into the fact when so many are there, and when the page is left.
    package static let step = 5
    /// A pause this short between two beats is the network's, not the person's.
    static let seam: Int64 = 2_000

    /// The parts of a claim that no earlier claim of the same person covers: nobody attends to two things at once.
    package static func fresh(_ claim: Range<Int64>, besides known: [Range<Int64>]) -> [Range<Int64>] {
        var left = [claim]
        for span in known {
            left = left.flatMap { part -> [Range<Int64>] in
                guard part.overlaps(span) else { return [part] }
                return [
                    part.lowerBound..<max(part.lowerBound, span.lowerBound),
                    min(part.upperBound, span.upperBound)..<part.upperBound,
                ]
            }
        }
        return left.filter { !$0.isEmpty }
    }

    /// Whole minutes of attention that are not in the fact yet.
    /// - Parameter total: milliseconds of one person on one request.
    package static func uncounted(total: Int64, counted: Int) -> Int { max(0, Int(total / 60_000) - counted) }
}

/// The usual labour of similar requests.
package enum Plan {
    static let enough = 5

    /// The median, rounded to five minutes; nil for too few examples.
    package static func usual(_ facts: [Int]) -> Int? {
        guard facts.count >= enough else { return nil }
        let sorted = facts.sorted()
        let middle = (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
        return middle < 5 ? max(1, middle) : (middle + 2) / 5 * 5
    }
}
