import Foundation
import HTTPTypes
package import Hummingbird
import Kernel
import NIOCore
import Sheets
import Storage
package import Web

extension Reports {
    package func addRoutes(to router: Router<WebContext>) {
        let reports = router.group("/reports")
        reports.get("", use: first)
        let requests = reports.group("requests")
        requests.get("", use: list)
        requests.get("xlsx") { try await listFile($0, $1, isXlsx: true) }
        requests.get("csv") { try await listFile($0, $1, isXlsx: false) }

        let saved = reports.group("saved")
        saved.get("", use: savedPage)
        saved.post("", use: saveReport)
        saved.get(":saved", use: openSaved)
        saved.put(":saved", use: renameSaved)
        saved.delete(":saved", use: removeSaved)
        saved.put(":saved/mailing", use: setMailing)
        saved.delete(":saved/mailing", use: endMailing)

        reports.get(":report", use: page)
        reports.get(":report/xlsx") { try await file($0, $1, isXlsx: true) }
        reports.get(":report/csv") { try await file($0, $1, isXlsx: false) }
    }

    // MARK: what was asked

    static func address(_ kind: ReportKind, _ form: Form) -> ReportAddress {
        ReportAddress(
            kind: kind, dimension: form.raw("by").flatMap(Dimension.init(rawValue:)) ?? .line, filter: Filter(form))
    }

    /// To whom nothing is reported, these pages do not exist.
    private func asked(_ context: WebContext) throws -> (Viewer, ReportWords) {
        let viewer = try context.viewer()
        guard Reach.of(viewer) != nil else { throw WebError.notFound }
        return (viewer, ReportWords(site, for: viewer, in: context.language))
    }

    private func asked(
        _ request: Hummingbird.Request, _ context: WebContext
    ) throws -> (ReportAddress, Question, ReportWords) {
        let (viewer, words) = try asked(context)
        guard let kind = context.parameters.get("report").flatMap(ReportKind.init(rawValue:)) else {
            throw WebError.notFound
        }
        let address = Self.address(kind, try Form(query: request))
        return (address, try Question(address.filter, for: viewer, at: words.dates.now), words)
    }

    private func drilled(
        _ request: Hummingbird.Request, _ context: WebContext
    ) throws -> (Drill, Question, ReportWords, page: Int) {
        let (viewer, words) = try asked(context), form = try Form(query: request)
        guard let drill = Drill(form) else { throw WebError.notFound }
        let page = try form.int("page", in: 1...100_000) ?? 1
        return (drill, try Question(drill.filter, for: viewer, at: words.dates.now), words, page)
    }

    private func frame(_ title: String) -> Site.Frame {
        Site.Frame(title: title, css: ["reports"], js: ["reports"], place: "reports", look: .staff)
    }

    // MARK: reports

    @Sendable private func first(_ request: Hummingbird.Request, _ context: WebContext) async throws -> Response {
        _ = try asked(context)
        let query = request.uri.query.map { "?" + $0 } ?? ""
        return Response(status: .seeOther, headers: [.location: "/reports/work" + query, .cacheControl: "no-store"])
    }

    @Sendable private func page(_ request: Hummingbird.Request, _ context: WebContext) async throws -> Response {
        let (address, question, words) = try asked(request, context)
        let page = try await database.read { tx in
            let saved = try SavedReport.all(for: question.viewer, tx)
            return try ReportPage(address, question, saved: saved, words, tx)
        }
        return try site.page("reports/report", page.model, frame(page.title), context)
    }

    private func file(
        _ request: Hummingbird.Request, _ context: WebContext, isXlsx: Bool
    ) async throws -> Response {
        let (address, question, words) = try asked(request, context)
        let file = try await database.read { tx in try ReportFile.read(address, question, words, tx) }
        return try answer(file.workbook, named: file.name, isXlsx: isXlsx, words)
    }

    // MARK: the requests behind a number

    @Sendable private func list(_ request: Hummingbird.Request, _ context: WebContext) async throws -> Response {
        let (drill, question, words, page) = try drilled(request, context)
        let list = try await database.read { tx in try ReportListPage(drill, page: page, question, words, tx) }
        return try site.page("reports/requests", list.model, frame(list.title), context)
    }

    private func listFile(
        _ request: Hummingbird.Request, _ context: WebContext, isXlsx: Bool
    ) async throws -> Response {
        let (drill, question, words, _) = try drilled(request, context)
        let (table, chosen) = try await database.read { tx in
            let list = try ReportList.read(drill, page: 1, size: ReportList.largestFile, question, words, tx)
            return (list.table(words), try FilterWords(question, words, tx).lines)
        }
        let title = ReportListPage.title(drill, words)
        var sheet = Sheet(title, table, words)
        sheet.intro = chosen
        return try answer(
            Workbook(title: title, sheets: [sheet]), named: ReportFile.name(title, question.period), isXlsx: isXlsx,
            words)
    }

    private func answer(
        _ workbook: Workbook, named name: String, isXlsx: Bool, _ words: ReportWords
    ) throws -> Response {
        let bytes =
            isXlsx
            ? try XlsxFile.bytes(of: workbook, made: words.dates.now)
            : CSVText.bytes(of: workbook, comma: words.text.language == .russian)
        let encoded = name.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? "report"
        let suffix = isXlsx ? "xlsx" : "csv"
        return Response(
            status: .ok,
            headers: [
                .contentType: isXlsx ? Workbook.type : "text/csv; charset=utf-8", .cacheControl: "no-store",
                .contentDisposition: "attachment; filename=\"report.\(suffix)\"; filename*=UTF-8''\(encoded).\(suffix)",
            ], body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
    }

    // MARK: saved reports

    @Sendable private func savedPage(_ request: Hummingbird.Request, _ context: WebContext) async throws -> Response {
        try await savedPage(problem: "", .ok, context)
    }

    private func savedPage(
        problem: String, _ status: HTTPResponse.Status, _ context: WebContext
    ) async throws -> Response {
        let (_, words) = try asked(context), mayMail = post != nil
        let page = try await database.read { tx in
            try SavedPage(mayMail: mayMail, problem: problem, words, tx)
        }
        return try site.page("reports/saved", page.model, frame(words("saved.title")), context, status: status)
    }

    @Sendable private func saveReport(_ request: Hummingbird.Request, _ context: WebContext) async throws -> Response {
        let (viewer, words) = try asked(context), form = try await Form(request)
        guard let name = try form.line("name", atMost: 120) else {
            return try await savedPage(problem: words("error.namefirst"), .unprocessableContent, context)
        }
        let kind: ReportKind = try form.requiredCode("kind")
        // Kept as an address of ours would say it.
        let address = Self.address(kind, try Form(encoded: Array((form.raw("query") ?? "").utf8)))
        try await save(form.requiredID("id"), address, as: name, isShared: form.flag("shared"), by: viewer)
        return site.go(to: "/reports/saved", context, notice: words("saved.done"))
    }

    @Sendable private func openSaved(_ request: Hummingbird.Request, _ context: WebContext) async throws -> Response {
        let (viewer, _) = try asked(context), id: SavedReportID = try context.id("saved")
        let saved = try await database.read { tx in try SavedReport.find(id, for: viewer, tx) }
        return Response(status: .seeOther, headers: [.location: saved.href, .cacheControl: "no-store"])
    }

    @Sendable private func renameSaved(_ request: Hummingbird.Request, _ context: WebContext) async throws -> Response {
        let (viewer, words) = try asked(context), id: SavedReportID = try context.id("saved")
        let form = try await Form(request)
        guard let name = try form.line("name", atMost: 120) else { throw ReportError.nameFirst }
        try await rename(id, to: name, isShared: form.flag("shared"), by: viewer)
        return site.go(to: "/reports/saved", context, notice: words("saved.done"))
    }

    @Sendable private func removeSaved(_ request: Hummingbird.Request, _ context: WebContext) async throws -> Response {
        let (viewer, words) = try asked(context), id: SavedReportID = try context.id("saved")
        try await remove(id, by: viewer)
        return site.go(to: "/reports/saved", context, notice: words("saved.removed"))
    }

    @Sendable private func setMailing(_ request: Hummingbird.Request, _ context: WebContext) async throws -> Response {
        let (viewer, words) = try asked(context), id: SavedReportID = try context.id("saved")
        let form = try await Form(request)
        let parts = (form.raw("time") ?? "").split(separator: ":").compactMap { Int($0) }
        guard parts.count >= 2, (0...23).contains(parts[0]), (0...59).contains(parts[1]) else {
            throw WebError.wrong(field: "time")
        }
        try await send(id, form.requiredCode("rhythm"), minute: parts[0] * 60 + parts[1], to: viewer)
        return site.go(to: "/reports/saved", context, notice: words("mailing.done"))
    }

    @Sendable private func endMailing(_ request: Hummingbird.Request, _ context: WebContext) async throws -> Response {
        let (viewer, words) = try asked(context), id: SavedReportID = try context.id("saved")
        try await stopSending(id, to: viewer)
        return site.go(to: "/reports/saved", context, notice: words("mailing.ended"))
    }
}
