/// Many lengths of time, kept as how often each occurs: medians of any union can be told from it. A function of values.
struct Spread: Sendable, Equatable {
    private(set) var counts: [Int: Int] = [:]
    private(set) var count = 0

    init() {}
    init(_ lengths: some Sequence<Int>) { for length in lengths { add(length) } }

    mutating func add(_ length: Int, times: Int = 1) {
        counts[length, default: 0] += times
        count += times
    }

    static func + (left: Spread, right: Spread) -> Spread {
        var sum = left
        for (length, times) in right.counts { sum.add(length, times: times) }
        return sum
    }

    /// The length that so many of a hundred do not exceed (nearest rank); nil without any.
    func percentile(_ percent: Int) -> Int? {
        guard count > 0 else { return nil }
        let rank = max(1, (count * percent + 99) / 100)
        var seen = 0
        for (length, times) in counts.sorted(by: { $0.key < $1.key }) {
            seen += times
            if seen >= rank { return length }
        }
        return nil
    }

    var median: Int? { percentile(50) }

    /// How many lie in a class of lengths.
    func count(in range: Range<Int>) -> Int {
        counts.reduce(0) { range.contains($1.key) ? $0 + $1.value : $0 }
    }

    /// The classes that pictures of speed have, in minutes: up to 5, 15, 30, an hour, two, four, a day's eight, and more.
    static let classes: [Range<Int>] = [
        0..<5, 5..<15, 15..<30, 30..<60, 60..<120, 120..<240, 240..<480, 480..<Int.max,
    ]
}
