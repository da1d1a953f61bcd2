import CXlsxWriter
import Foundation
package import Kernel

/// Writes workbooks as .xlsx. The only door to libxlsxwriter.
package enum XlsxFile {
    package enum Fault: Error, CustomStringConvertible {
        case refused(String)
        package var description: String { if case .refused(let why) = self { "the workbook: \(why)" } else { "" } }
    }

    /// Synchronous work of some milliseconds a thousand rows; the library writes into a file of its own, which is removed.
    package static func bytes(of workbook: Workbook, made now: Instant) throws -> [UInt8] {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent(
            "okno-\(ID<Workbook>.new(at: now)).xlsx"
        )
        .path
        defer { try? FileManager.default.removeItem(atPath: path) }
        guard let book = workbook_new(path) else { throw Fault.refused("cannot be made") }
        let formats = Formats(book)
        workbook.title.withCString { title in
            var properties = lxw_doc_properties()
            properties.title = UnsafeMutablePointer(mutating: title)
            properties.created = time_t(now.milliseconds / 1000)
            _ = workbook_set_properties(book, &properties)
        }
        let names = SheetNames.fitting(workbook.sheets.map(\.name))
        for (sheet, name) in zip(workbook.sheets, names) {
            guard let page = workbook_add_worksheet(book, name) else {
                _ = workbook_close(book)
                throw Fault.refused("no sheet \(name)")
            }
            write(sheet, on: page, formats)
        }
        let outcome = workbook_close(book)
        guard outcome == LXW_NO_ERROR else { throw Fault.refused(String(cString: lxw_strerror(outcome))) }
        return Array(try Data(contentsOf: URL(fileURLWithPath: path)))
    }

    private typealias Page = UnsafeMutablePointer<lxw_worksheet>
    private typealias Format = UnsafeMutablePointer<lxw_format>

    private static func write(_ sheet: Sheet, on page: Page, _ formats: Formats) {
        var row: UInt32 = 0
        for words in sheet.intro {
            _ = worksheet_write_string(page, row, 0, words, formats.intro)
            row += 1
        }
        if row > 0 { row += 1 }
        for (index, column) in sheet.columns.enumerated() {
            let place = UInt16(index)
            _ = worksheet_write_string(page, row, place, column.title, formats.head(column.kind))
            _ = worksheet_set_column(page, place, place, width(of: index, in: sheet), nil)
        }
        worksheet_freeze_panes(page, row + 1, 1)
        _ = worksheet_repeat_rows(page, row, row)
        if sheet.columns.count > 6 { worksheet_set_landscape(page) }
        worksheet_set_paper(page, 9)
        worksheet_fit_to_pages(page, 1, 0)
        for cells in sheet.rows {
            row += 1
            for (index, cell) in cells.enumerated() {
                write(cell, at: row, UInt16(index), on: page, formats, of: sheet.columns[index].kind, isTotal: false)
            }
        }
        guard let total = sheet.total else { return }
        row += 1
        for (index, cell) in total.enumerated() {
            write(cell, at: row, UInt16(index), on: page, formats, of: sheet.columns[index].kind, isTotal: true)
        }
    }

    private static func write(
        _ value: Sheet.Value, at row: UInt32, _ column: UInt16, on page: Page, _ formats: Formats, of kind: Sheet.Kind,
        isTotal: Bool
    ) {
        let format = formats.cell(value.kind ?? kind, isTotal: isTotal)
        switch value {
        case .text(let text, let depth):
            let text = text.utf16.count > 32_000 ? String(text.prefix(16_000)) : text
            _ = worksheet_write_string(
                page, row, column, text, depth > 0 && !isTotal ? formats.indented(depth) : format)
        case .count(let count): _ = worksheet_write_number(page, row, column, Double(count), format)
        case .minutes(let minutes): _ = worksheet_write_number(page, row, column, Double(minutes) / 1440, format)
        case .share(let share): _ = worksheet_write_number(page, row, column, share, format)
        case .decimal(let number): _ = worksheet_write_number(page, row, column, number, format)
        case .date(let date): _ = worksheet_write_number(page, row, column, Double(day(date)), format)
        case .moment(let date, let minute):
            _ = worksheet_write_number(page, row, column, Double(day(date)) + Double(minute) / 1440, format)
        case .none: if isTotal { _ = worksheet_write_blank(page, row, column, format) }
        }
    }

    /// Days as Excel counts them.
    private static func day(_ date: LocalDate) -> Int { date.daysSince1970 + 25_569 }

    /// Wide enough for the head and the longest text, within reason.
    private static func width(of column: Int, in sheet: Sheet) -> Double {
        let longest = sheet.rows.reduce(0) { longest, row in
            guard column < row.count, case .text(let text, let depth) = row[column] else { return longest }
            return max(longest, text.count + depth * 2)
        }
        let least =
            switch sheet.columns[column].kind {
            case .moment: 16
            case .date: 11
            default: 9
            }
        return Double(min(60, max(least, longest + 2, min(sheet.columns[column].title.count + 2, 24))))
    }

    private final class Formats {
        private let book: UnsafeMutablePointer<lxw_workbook>
        let intro: Format?
        private var made: [String: Format] = [:]

        init(_ book: UnsafeMutablePointer<lxw_workbook>) {
            self.book = book
            intro = workbook_add_format(book)
            format_set_font_color(intro, 0x6B675F)
        }

        private func format(_ key: String, _ set: (Format) -> Void) -> Format? {
            if let known = made[key] { return known }
            guard let format = workbook_add_format(book) else { return nil }
            set(format)
            made[key] = format
            return format
        }

        func head(_ kind: Sheet.Kind) -> Format? {
            format("head \(kind)") { format in
                format_set_bold(format)
                format_set_bg_color(format, 0xEEECE7)
                format_set_bottom(format, UInt8(LXW_BORDER_THIN.rawValue))
                format_set_text_wrap(format)
                format_set_align(format, UInt8(LXW_ALIGN_VERTICAL_TOP.rawValue))
                if kind != .text { format_set_align(format, UInt8(LXW_ALIGN_RIGHT.rawValue)) }
            }
        }

        func cell(_ kind: Sheet.Kind, isTotal: Bool) -> Format? {
            format("cell \(kind) \(isTotal)") { format in
                switch kind {
                case .text: format_set_text_wrap(format)
                case .count: format_set_num_format(format, "#,##0")
                case .minutes: format_set_num_format(format, "[h]:mm")
                case .share: format_set_num_format(format, "0%")
                case .decimal: format_set_num_format(format, "0.0")
                case .date: format_set_num_format(format, "dd.mm.yyyy")
                case .moment: format_set_num_format(format, "dd.mm.yyyy hh:mm")
                }
                format_set_align(format, UInt8(LXW_ALIGN_VERTICAL_TOP.rawValue))
                if isTotal {
                    format_set_bold(format)
                    format_set_top(format, UInt8(LXW_BORDER_THIN.rawValue))
                }
            }
        }

        func indented(_ depth: Int) -> Format? {
            format("indent \(depth)") { format in format_set_indent(format, UInt8(min(depth, 15))) }
        }
    }
}
