import Foundation
import HTTPTypes
import Kernel
import Lines
import OknoApp
import Requests
import Sheets
import Storage
import TestOffice
import Testing

@testable import Reports

/// The same numbers in a workbook, as text and on the page.
@Suite struct FileTests {
    /// The parts of a workbook, taken apart by a program that is not ours.
    private func parts(_ bytes: [UInt8]) throws -> [String: String] {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).xlsx")
        try Data(bytes).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        func run(_ arguments: [String]) throws -> String {
            let process = Process(), pipe = Pipe()
            process.executableURL = URL(fileURLWithPath: "/usr/bin/unzip")
            process.arguments = arguments
            process.standardOutput = pipe
            try process.run()
            let output = pipe.fileHandleForReading.readDataToEndOfFile()
            process.waitUntilExit()
            #expect(process.terminationStatus == 0, "unzip \(arguments)")
            return String(decoding: output, as: UTF8.self)
        }
        _ = try run(["-tq", file.path])
        let names = try run(["-Z1", file.path]).split(separator: "\n").map(String.init)
        return Dictionary(
            uniqueKeysWithValues: try names.filter { $0.hasSuffix(".xml") }.map { name in
                (name, try run(["-p", file.path, name.replacing("[", with: "\\[")]))
            })
    }

    /// The numbers of each sheet, in order.
    private func numbers(_ sheet: String) -> [Double] {
        sheet.matches(of: /<c r="[A-Z]+[0-9]+"(?: s="[0-9]+")?><v>([^<]+)<\/v>/).compactMap { Double($0.1) }
    }

    private func number(_ value: Report.Cell.Value, _ words: ReportWords) -> Double? {
        switch value {
        case .count(let count): return Double(count)
        case .minutes(let minutes): return Double(minutes) / 1440
        case .share(let part, let whole): return Double(part) / Double(whole)
        case .decimal(let number): return number
        default: return nil
        }
    }

    @Test(arguments: Engine.available)
    func aWorkbookHoldsTheNumbersOfThePage(on engine: Engine) async throws {
        try await Firm.with(engine) { firm in
            try await firm.live(21, requests: 30, steps: 300)
            try await firm.follow()
            let gleb = try await firm.viewer(.gleb), words = try await firm.words(.gleb)
            var filter = Filter()
            filter.preset = .year
            for kind in ReportKind.allCases {
                let report = try await firm.report(kind, filter, as: gleb)
                let answer = try await firm.office.get(as: .gleb, "/reports/\(kind.rawValue)/xlsx?period=year")
                #expect(answer.status == 200)
                #expect(answer.headers[.contentType]?.contains("spreadsheetml") == true)
                #expect(answer.headers[.contentDisposition]?.contains("attachment") == true)
                let parts = try parts(answer.bytes)
                #expect(!parts.values.contains { $0.contains("<f>") }, "no formulas")
                // The first sheet is the large numbers, where there are any.
                let first = report.tiles.isEmpty ? 1 : 2
                for (index, part) in report.parts.enumerated() {
                    let sheet = try #require(parts["xl/worksheets/sheet\(first + index).xml"])
                    let rows = part.table.rows.map(\.cells) + (part.table.total.map { [$0] } ?? [])
                    let expected = rows.flatMap { $0 }.compactMap { number($0.value, words) }
                    let found = numbers(sheet)
                    #expect(found.count == expected.count, "\(kind), \(part.title)")
                    #expect(zip(found, expected).allSatisfy { abs($0 - $1) < 1e-9 }, "\(kind), \(part.title)")
                }
                if !report.tiles.isEmpty {
                    let tiles = numbers(try #require(parts["xl/worksheets/sheet1.xml"]))
                    #expect(tiles.count == report.tiles.compactMap { number($0.value.value, words) }.count)
                }
                let page = try await firm.office.get(as: .gleb, "/reports/\(kind.rawValue)?period=year").body
                for tile in report.tiles {
                    #expect(page.contains(words.value(tile.value.value)), "\(kind): \(tile.label)")
                }
            }
        }
    }

    @Test(arguments: Engine.available)
    func theTextIsForRussianExcelAndHoldsNoFormula(on engine: Engine) async throws {
        try await Firm.with(engine) { firm in
            let boris = try await firm.viewer(.boris), anna = try await firm.viewer(.anna)
            let number = try await firm.register("=HYPERLINK(\"http://evil\";\"нажми\")")
            try await firm.office.requests.addTime(number, Minutes(90), reason: nil, by: boris)
            try await firm.office.requests.solve(number, answer: nil, by: boris)
            try await firm.office.requests.confirm(number, rating: 4, comment: "+7 921; \"спасибо\"\n=1+1", by: anna)
            try await firm.follow()
            let answer = try await firm.office.get(as: .gleb, "/reports/ratings/csv?period=today")
            #expect(answer.bytes.prefix(3) == [0xEF, 0xBB, 0xBF])
            #expect(answer.headers[.contentType] == "text/csv; charset=utf-8")
            #expect(answer.body.contains("\r\n"))
            #expect(answer.body.contains(";\"'+7 921; \"\"спасибо\"\"\n=1+1\";"), "\(answer.body)")
            #expect(answer.body.contains("\"'=HYPERLINK(\"\"http://evil\"\";\"\"нажми\"\")\""))
            let list = try await firm.office.get(as: .gleb, "/reports/requests/csv?what=solved&period=today")
            let lines = list.body.split(whereSeparator: \.isNewline)
            #expect(lines.last?.hasPrefix("\"'=HYPERLINK") == true)
            #expect(lines.last?.contains(";1:30;4") == true, "\(lines)")
            let english = try await firm.office.get(
                as: .gleb, "/reports/ratings/csv?period=today", headers: [.acceptLanguage: "en"])
            #expect(english.status == 200)
            // The workbook has the same text as a text.
            let book = try parts(
                try await firm.office.get(as: .gleb, "/reports/requests/xlsx?what=solved&period=today").bytes)
            #expect(book["xl/sharedStrings.xml"]?.contains("=HYPERLINK") == true)
            #expect(!book.values.contains { $0.contains("<f>") })
            #expect(book["xl/worksheets/sheet1.xml"].map { numbers($0).contains(Double(number)) } == true)
        }
    }

    /// The list of a number is divided into pages that together hold each request once; a file holds them all.
    @Test(arguments: Engine.available)
    func aLongListHasPages(on engine: Engine) async throws {
        try await Firm.with(engine) { firm in
            for index in 0..<120 { _ = try await firm.register("Заявка \(index)", as: .egor) }
            try await firm.follow()
            var seen: [String] = []
            for page in 1...3 {
                let answer = try await firm.office.check(
                    as: .gleb, .get, "/reports/requests?what=registered&line=\(firm.computers)&page=\(page)",
                    status: 200,
                    shows: ["data-count=\"120\""])
                seen += answer.body.matches(of: /href="\/requests\/(\d+)"/).map { String($0.1) }
            }
            #expect(seen.count == 120 && Set(seen).count == 120)
            let file = try await firm.office.get(
                as: .gleb, "/reports/requests/csv?what=registered&line=\(firm.computers)")
            #expect(file.body.split(whereSeparator: \.isNewline).count { $0.hasPrefix("Заявка ") } >= 120)
        }
    }
}
