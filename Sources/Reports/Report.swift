import Kernel

/// Which report.
package enum ReportKind: String, Sendable, CaseIterable {
    case work, deadlines, plan, speed, ratings, specialists, load, cuts
}

/// A report as a value: what the page, the workbook and the letter are made of.
struct Report: Sendable {
    var tiles: [Tile] = []
    var parts: [Part] = []
    var comments: [Comment] = []
    /// Comments that a page leaves to the file.
    var moreComments = 0

    /// One large number.
    struct Tile: Sendable {
        let label: String
        let value: Cell
        var under = ""
        var tone = ""
    }

    /// A picture with its table.
    struct Part: Sendable {
        let title: String
        var note = ""
        var chart: Chart?
        let table: Table
    }

    struct Comment: Sendable {
        let rating: Int
        let text: String
        let number: Int64
        let subject: String
        let at: Instant
        let client: PersonID
        let assignee: PersonID?
    }

    struct Table: Sendable {
        var columns: [Column]
        var rows: [Row]
        var total: [Cell]?
        /// Rows that a page shows before it says how many more the file has.
        var shown = 100

        struct Column: Sendable {
            let title: String
            let kind: Kind
        }

        struct Row: Sendable {
            var cells: [Cell]
            var depth = 0
        }
    }

    enum Kind: Sendable { case text, count, minutes, share, decimal, date, moment }

    struct Cell: Sendable {
        enum Value: Sendable, Equatable {
            case text(String)
            case count(Int)
            case minutes(Int)
            /// Of the first in the second.
            case share(Int, of: Int)
            case decimal(Double)
            case date(LocalDate)
            case moment(Instant)
            case none
        }

        let value: Value
        /// The list behind the number.
        var drill: Drill?

        init(_ value: Value, _ drill: Drill? = nil) { (self.value, self.drill) = (value, drill) }

        static func text(_ text: String) -> Cell { Cell(.text(text)) }
        /// A count leads to its list, unless there is nothing in it.
        static func count(_ count: Int, _ drill: Drill? = nil) -> Cell { Cell(.count(count), count > 0 ? drill : nil) }
        static func minutes(_ minutes: Int?) -> Cell { Cell(minutes.map(Value.minutes) ?? .none) }
        static func share(_ part: Int, of whole: Int) -> Cell { Cell(whole > 0 ? .share(part, of: whole) : .none) }
        static func decimal(_ number: Double?) -> Cell { Cell(number.map(Value.decimal) ?? .none) }
        static let none = Cell(.none)
    }
}
