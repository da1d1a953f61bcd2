import Kernel

/// A picture as a value. Each fill differs by its pattern as well as by its colour.
enum Chart: Sendable {
    case bars(Bars)
    case strips(Strips)
    case heat(Heat)

    enum Fill: String, Sendable {
        /// Plain, hatched, dotted; kept and missed in the colours of time.
        case plain, hatch, dots, met, late
    }

    struct Series: Sendable {
        let name: String
        let fill: Fill
        let values: [Int]
        /// The lists behind the bars.
        var drills: [Drill?] = []
    }

    /// Upright bars: beside each other in a slot, or one upon the other.
    struct Bars: Sendable {
        let labels: [String]
        /// What a bar is called aloud: «3 ноября».
        let names: [String]
        let series: [Series]
        var isStacked = false
        /// Values are minutes.
        var isTime = false
    }

    /// Lying bars, each with its name and number.
    struct Strips: Sendable {
        struct Strip: Sendable {
            let name: String, words: String
            let value: Int
            var drill: Drill?
        }
        let strips: [Strip]
        var fill = Fill.plain
    }

    struct Heat: Sendable {
        let rows: [String]
        let columns: [String]
        let values: [[Int]]
        let drills: [[Drill?]]
    }

    var isEmpty: Bool {
        switch self {
        case .bars(let bars): bars.series.allSatisfy { $0.values.allSatisfy { $0 == 0 } }
        case .strips(let strips): strips.strips.allSatisfy { $0.value == 0 }
        case .heat(let heat): heat.values.allSatisfy { $0.allSatisfy { $0 == 0 } }
        }
    }
}

/// Where the parts of a picture stand, in the units of its view box: functions of values.
enum Layout {
    struct Box: Equatable { let x, y, width, height: Int }

    static let width = 960, height = 220
    static let left = 44, top = 12, floor = 186

    /// The highest line of the grid and the step to it: 1, 2 or 5 times a power of ten, at most five lines.
    static func scale(_ largest: Int) -> (top: Int, step: Int) {
        guard largest > 0 else { return (1, 1) }
        var step = 1, power = 1
        while (largest + step - 1) / step > 5 {
            switch step / power {
            case 1: step = 2 * power
            case 2: step = 5 * power
            default: (step, power) = (10 * power, 10 * power)
            }
        }
        return ((largest + step - 1) / step * step, step)
    }

    /// The bar of each series in each slot; nil for nothing.
    static func bars(_ bars: Chart.Bars, top largest: Int) -> [[Box?]] {
        let count = max(1, bars.labels.count), space = Double(width - left) / Double(count)
        let places = bars.isStacked ? 1 : max(1, bars.series.count)
        let thick = min(28, max(2, (space * 0.72) / Double(places)))
        var bases = [Int](repeating: 0, count: count)
        return bars.series.enumerated().map { place, series in
            series.values.enumerated().map { slot, value in
                let base = bars.isStacked ? bases[slot] : 0
                if bars.isStacked { bases[slot] += value }
                guard value > 0 else { return nil }
                let middle = Double(left) + space * (Double(slot) + 0.5)
                let begin = middle - thick * Double(places) / 2 + (bars.isStacked ? 0 : thick * Double(place))
                let low = y(base, largest), high = y(base + value, largest)
                return Box(
                    x: Int(begin.rounded()), y: min(high, low - 1),
                    width: max(1, Int(thick.rounded()) - (places > 1 ? 1 : 0)),
                    height: max(1, low - high))
            }
        }
    }

    static func y(_ value: Int, _ largest: Int) -> Int {
        floor - Int((Double(value) / Double(max(1, largest)) * Double(floor - top)).rounded())
    }

    /// The middle of a slot.
    static func middle(_ slot: Int, of count: Int) -> Int {
        left + Int((Double(width - left) / Double(max(1, count)) * (Double(slot) + 0.5)).rounded())
    }

    /// Every how many slots a label has room.
    static func labelled(_ count: Int, longest: Int) -> Int {
        let room = max(40, longest * 8 + 12)
        return max(1, (count * room + width - left - 1) / (width - left))
    }

    /// From 0 for nothing to 5.
    static func level(_ value: Int, of largest: Int) -> Int {
        value <= 0 || largest <= 0 ? 0 : max(1, min(5, (value * 5 + largest - 1) / largest))
    }
}
