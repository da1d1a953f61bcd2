import Hummingbird
import Kernel
import Storage
import Web

/// The production calendar of the organisation, and the calendar of one line.
extension LinesRoom {
    func showCalendar(_ request: Request, _ context: WebContext) async throws -> Response {
        try await calendar(Form(), [:], context)
    }

    func keepCalendarDay(_ request: Request, _ context: WebContext) async throws -> Response {
        let (viewer, words) = try administrator(context), form = try await Form(request)
        do {
            guard let day = CalendarText.date(try form.requiredLine("day", atMost: 20)) else {
                throw LineError.dayWrong
            }
            let title = try form.line("title", atMost: 120) ?? ""
            try await setCalendarDay(CalendarDay(day, form.requiredCode("kind"), title: title), by: viewer)
            return site.go(to: "/lines/calendar#y\(day.year)", context, notice: words.text("lines.calendar.kept"))
        } catch let fault as any RoomError where fault.field != nil {
            return try await calendar(form, [fault.field!: words.text(fault.key, fault.details)], context)
        }
    }

    func dropCalendarDay(_ request: Request, _ context: WebContext) async throws -> Response {
        let (viewer, words) = try administrator(context)
        let day = try Self.day(context)
        try await removeCalendarDay(day, by: viewer)
        return site.go(to: "/lines/calendar#y\(day.year)", context, notice: words.text("lines.calendar.kept"))
    }

    func takeCalendarYear(_ request: Request, _ context: WebContext) async throws -> Response {
        let (viewer, words) = try administrator(context), form = try await Form(request)
        guard let year = try form.int("year", in: 1970...2199) else { throw WebError.missing(field: "year") }
        try await takeDeliveredCalendar(year, by: viewer)
        return site.go(to: "/lines/calendar#y\(year)", context, notice: words.text("lines.calendar.kept"))
    }

    func takeCalendarText(_ request: Request, _ context: WebContext) async throws -> Response {
        let (viewer, words) = try administrator(context), form = try await Form(request)
        let file = form.file("file").map { String(decoding: $0.bytes, as: UTF8.self) }
        let given = file ?? form.raw("text") ?? ""
        do throws(CalendarText.Fault) {
            guard try !CalendarText.parse(given).isEmpty else { throw .file }
        } catch {
            let problem =
                switch error {
                case .line(let number):
                    words.text("lines.calendar.import.line", ["n": words.text.number(number)])
                case .file: words.text("lines.error.calendar")
                case .tooMany: words.text("lines.calendar.import.many", count: CalendarText.mostDays)
                }
            return try await calendar(form, ["text": problem], context)
        }
        let count = try await importCalendar(given, by: viewer)
        return site.go(
            to: "/lines/calendar", context, notice: words.text("lines.calendar.imported", count: count))
    }

    private func calendar(_ form: Form, _ problems: [String: String], _ context: WebContext) async throws -> Response {
        let (_, words) = try administrator(context)
        let delivered = Self.delivered(site.share).keys.sorted()
        let model = try await database.read { tx in
            try CalendarPage(form, problems: problems, delivered: delivered, words, tx).model
        }
        return try site.page(
            "lines/calendar", model, frame(words.text("lines.calendar.title")), context,
            status: problems.isEmpty ? .ok : .unprocessableContent)
    }

    private static func day(_ context: WebContext) throws -> LocalDate {
        guard let day = context.parameters.get("day").flatMap({ CalendarText.date($0) }) else {
            throw WebError.notFound
        }
        return day
    }

    // MARK: of one line

    func showLineCalendar(_ request: Request, _ context: WebContext) async throws -> Response {
        try await lineCalendar(Form(), [:], context)
    }

    func keepLineCalendar(_ request: Request, _ context: WebContext) async throws -> Response {
        let (viewer, words) = try administrator(context), line: LineID = try context.id("line")
        try await follow(try await Form(request).flag("follows"), on: line, by: viewer)
        return site.go(to: "/lines/\(line)/calendar", context, notice: words.text("lines.calendar.kept"))
    }

    func keepDay(_ request: Request, _ context: WebContext) async throws -> Response {
        let (viewer, words) = try administrator(context), line: LineID = try context.id("line")
        let form = try await Form(request)
        do {
            guard let day = CalendarText.date(try form.requiredLine("day", atMost: 20)) else {
                throw LineError.dayWrong
            }
            let hours = try Self.hours(form.line("hours", atMost: 120) ?? "")
            let title = try form.line("title", atMost: 120) ?? ""
            try await setDay(OwnDay(day, hours, title: title), on: line, by: viewer)
            return site.go(to: "/lines/\(line)/calendar", context, notice: words.text("lines.calendar.kept"))
        } catch let fault as any RoomError where fault.field != nil {
            return try await lineCalendar(form, [fault.field!: words.text(fault.key, fault.details)], context)
        }
    }

    func dropDay(_ request: Request, _ context: WebContext) async throws -> Response {
        let (viewer, words) = try administrator(context), line: LineID = try context.id("line")
        try await removeDay(Self.day(context), on: line, by: viewer)
        return site.go(to: "/lines/\(line)/calendar", context, notice: words.text("lines.calendar.kept"))
    }

    /// «9:00–13:00, 14:00–18:00»; nothing is a day closed.
    static func hours(_ text: String) throws(LineError) -> [WorkingHours.Interval] {
        var intervals: [WorkingHours.Interval] = []
        for part in text.split(separator: ",") {
            let ends = part.split { "-–—".contains($0) }.map { $0.filter { !$0.isWhitespace } }
            guard ends.count == 2, let from = LineForm.minute(ends[0]),
                let until = ends[1] == "24:00" ? 1440 : LineForm.minute(ends[1])
            else { throw .dayHoursWrong }
            let end = until == 0 ? 1440 : until
            guard from < end, !intervals.contains(where: { $0.from < end && from < $0.until }) else {
                throw .dayHoursWrong
            }
            intervals.append(.init(from, end))
        }
        return intervals.sorted()
    }

    private func lineCalendar(
        _ form: Form, _ problems: [String: String], _ context: WebContext
    ) async throws -> Response {
        let (viewer, words) = try administrator(context), id: LineID = try context.id("line")
        let (title, model) = try await database.read { tx in
            let line = try Lines.known(id, in: viewer.organisation, tx)
            return (line.clientName, try LineCalendarPage(line, form, problems: problems, words, tx).model)
        }
        return try site.page(
            "lines/line-calendar", model, frame(title), context, status: problems.isEmpty ? .ok : .unprocessableContent)
    }
}
