package import Kernel

/// A workbook as a value: sheets of typed columns. It is written as .xlsx (`XlsxFile`) and as .csv (`CSVText`).
package struct Workbook: Sendable {
    package var title: String
    package var sheets: [Sheet]

    package init(title: String, sheets: [Sheet]) { (self.title, self.sheets) = (title, sheets) }
}

/// One sheet: lines of words above, a head that stays in sight, rows, and a row of totals.
package struct Sheet: Sendable {
    package var name: String
    package var intro: [String] = []
    package var columns: [Column]
    package var rows: [[Value]]
    package var total: [Value]?

    package init(name: String, columns: [Column], rows: [[Value]], total: [Value]? = nil) {
        (self.name, self.columns, self.rows, self.total) = (name, columns, rows, total)
    }

    package struct Column: Sendable {
        package var title: String
        package var kind: Kind
        package init(_ title: String, _ kind: Kind) { (self.title, self.kind) = (title, kind) }
    }

    /// How the values of a column look.
    package enum Kind: Sendable, CaseIterable { case text, count, minutes, share, decimal, date, moment }

    package enum Value: Sendable, Equatable {
        /// - Parameter depth: how far the text is moved in, for trees.
        case text(String, depth: Int = 0)
        case count(Int)
        /// A length of time; in a cell it is a number that sums up, shown as hours and minutes.
        case minutes(Int)
        /// From 0 to 1.
        case share(Double)
        case decimal(Double)
        case date(LocalDate)
        case moment(LocalDate, minute: Int)
        case none

        /// What the value is by itself, so that a column of several kinds shows each as it is.
        var kind: Kind? {
            switch self {
            case .text: .text
            case .count: .count
            case .minutes: .minutes
            case .share: .share
            case .decimal: .decimal
            case .date: .date
            case .moment: .moment
            case .none: nil
            }
        }
    }
}

/// Names of sheets as Excel wants them: up to 31 signs, none of `[]:*?/\`, no two the same.
package enum SheetNames {
    package static let longest = 31

    package static func fitting(_ names: [String]) -> [String] {
        var taken: Set<String> = [], fitting: [String] = []
        for name in names {
            let plain = name.map { "[]:*?/\\".contains($0) ? " " : String($0) }.joined()
                .split(separator: " ").joined(separator: " ").drop { $0 == "'" }
            let base = plain.isEmpty ? "—" : String(plain)
            var candidate = cut(base, to: longest), number = 2
            while candidate.hasSuffix("'") { candidate.removeLast() }
            while taken.contains(candidate.lowercased()) {
                let suffix = " \(number)"
                candidate = cut(base, to: longest - suffix.count) + suffix
                number += 1
            }
            taken.insert(candidate.lowercased())
            fitting.append(candidate)
        }
        return fitting
    }

    /// Excel counts units of UTF-16.
    private static func cut(_ text: String, to limit: Int) -> String {
        var text = text
        while text.utf16.count > limit { text.removeLast() }
        return text
    }
}
