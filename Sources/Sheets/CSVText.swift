import Kernel

/// A workbook as text for spreadsheets: UTF-8 with its mark, fields apart by `;` as Excel in Russia and most of Europe reads them,
/// a comma in decimals. Sheets follow each other, each under its name.
package enum CSVText {
    /// - Parameter comma: decimals with a comma, as where `;` separates.
    package static func bytes(of workbook: Workbook, comma: Bool = true) -> [UInt8] {
        var lines: [String] = []
        for (index, sheet) in workbook.sheets.enumerated() {
            if index > 0 { lines.append("") }
            if workbook.sheets.count > 1 { lines.append(field(harmless(sheet.name))) }
            lines += sheet.intro.map { field(harmless($0)) }
            lines.append(sheet.columns.map { field(harmless($0.title)) }.joined(separator: ";"))
            for row in sheet.rows + (sheet.total.map { [$0] } ?? []) {
                lines.append(row.map { text(of: $0, comma: comma) }.joined(separator: ";"))
            }
        }
        return [0xEF, 0xBB, 0xBF] + Array((lines.joined(separator: "\r\n") + "\r\n").utf8)
    }

    static func text(of value: Sheet.Value, comma: Bool) -> String {
        switch value {
        case .text(let text, _): field(harmless(text))
        case .count(let count): String(count)
        // A spreadsheet would take a hyphen before a colon for a formula.
        case .minutes(let minutes): "\(minutes < 0 ? "−" : "")\(abs(minutes) / 60):\(two(abs(minutes) % 60))"
        case .share(let share): decimal(share * 100, comma: comma) + "%"
        case .decimal(let number): decimal(number, comma: comma)
        case .date(let date): day(date)
        case .moment(let date, let minute): "\(day(date)) \(two(minute / 60)):\(two(minute % 60))"
        case .none: ""
        }
    }

    /// A text that a spreadsheet would take for a formula is told to be a text.
    private static func harmless(_ text: String) -> String {
        guard let first = text.unicodeScalars.first, "=+-@＝＋－＠\t\r\n".unicodeScalars.contains(first) else {
            return text
        }
        return "'" + text
    }

    private static func field(_ text: String) -> String {
        // By scalars: to Swift a carriage return with a line feed is one sign, and a line feed by itself another.
        guard text.unicodeScalars.contains(where: { ";\"\r\n".unicodeScalars.contains($0) }) else { return text }
        return "\"" + text.replacing("\"", with: "\"\"") + "\""
    }

    private static func decimal(_ number: Double, comma: Bool) -> String {
        let hundredths = Int((abs(number) * 100).rounded())
        let whole = hundredths / 100, rest = hundredths % 100
        let sign = number < 0 && hundredths > 0 ? "-" : ""
        guard rest > 0 else { return "\(sign)\(whole)" }
        return "\(sign)\(whole)\(comma ? "," : ".")\(rest % 10 == 0 ? String(rest / 10) : two(rest))"
    }

    private static func day(_ date: LocalDate) -> String { "\(two(date.day)).\(two(date.month)).\(date.year)" }
    private static func two(_ number: Int) -> String { number < 10 ? "0\(number)" : String(number) }
}
