import Hummingbird
import Kernel
import Storage
import Web

/// Lines: the list, the settings, the archive.
extension LinesRoom {
    func index(_ request: Request, _ context: WebContext) async throws -> Response {
        let (_, words) = try administrator(context)
        let page = try await database.read { tx in try IndexPage(workload, words, tx) }
        return try site.page("lines/index", page.model, frame(words.text("lines.title")), context)
    }

    func newLine(_ request: Request, _ context: WebContext) async throws -> Response {
        let (viewer, words) = try administrator(context)
        let form = LineForm(zone: viewer.zone, words)
        return try await show(form, words, context) { _ in nil }
    }

    func makeLine(_ request: Request, _ context: WebContext) async throws -> Response {
        let (viewer, words) = try administrator(context)
        let form = try LineForm(try await Form(request))
        let reading = LineFormReading(form)
        guard let parsed = reading.parsed else {
            return try await show(form, faults: reading.faults, words, context) { _ in nil }
        }
        do {
            let id = try await createLine(parsed.details, audience: parsed.audience, hours: parsed.hours, by: viewer)
            // Who works by a week keeps holidays too, until somebody says otherwise.
            if !parsed.hours.isAlways { try await follow(true, on: id, by: viewer) }
            return site.go(to: "/lines/\(id)/staff", context, notice: words.text("lines.created"))
        } catch let fault as LineError where fault.field != nil {
            return try await show(form, faults: [fault.field!: fault], words, context) { _ in nil }
        }
    }

    func showLine(_ request: Request, _ context: WebContext) async throws -> Response {
        let (viewer, words) = try administrator(context)
        let id: LineID = try context.id("line")
        let page = try await database.read { tx in
            let line = try Lines.known(id, in: viewer.organisation, tx)
            let form = try LineForm(line, Lines.audience(of: line, tx), version: Lines.version(of: line, tx), words)
            return try EditPage(form, of: line, words, tx)
        }
        return try site.page("lines/edit", page.model, frame(page.title), context)
    }

    func keepLine(_ request: Request, _ context: WebContext) async throws -> Response {
        let (viewer, words) = try administrator(context)
        let id: LineID = try context.id("line")
        let form = try LineForm(try await Form(request))
        let line = try await database.read { tx in try Lines.known(id, in: viewer.organisation, tx) }
        let reading = LineFormReading(form, keeping: line.icon)
        let known: @Sendable (any ReadTransaction) throws -> Line? = { tx in
            try Lines.known(id, in: viewer.organisation, tx)
        }
        guard let parsed = reading.parsed else {
            return try await show(form, faults: reading.faults, words, context, known)
        }
        do {
            try await saveLine(
                id, parsed.details, parsed.audience, parsed.hours, version: form.version, by: viewer)
            return site.go(to: "/lines/\(id)", context, notice: words.text("lines.saved"))
        } catch LineError.changedMeanwhile {
            return try await show(form, isStale: true, words, context, known)
        } catch let fault as LineError where fault.field != nil {
            return try await show(form, faults: [fault.field!: fault], words, context, known)
        }
    }

    func archiveLine(_ request: Request, _ context: WebContext) async throws -> Response {
        let (viewer, words) = try administrator(context)
        let id: LineID = try context.id("line")
        try await archive(id, by: viewer)
        return site.go(to: "/lines", context, notice: words.text("lines.archived.done"))
    }

    func restoreLine(_ request: Request, _ context: WebContext) async throws -> Response {
        let (viewer, words) = try administrator(context)
        let id: LineID = try context.id("line")
        try await restore(id, by: viewer)
        return site.go(to: "/lines/\(id)", context, notice: words.text("lines.restored"))
    }

    /// The form, as it is or as it was refused.
    private func show(
        _ form: LineForm, faults: [String: any RoomError] = [:], isStale: Bool = false, _ words: LineWords,
        _ context: WebContext, _ line: @escaping @Sendable (any ReadTransaction) throws -> Line?
    ) async throws -> Response {
        let page = try await database.read { tx in
            var form = form
            let line = try line(tx)
            // Whoever saves again has seen that the settings changed.
            if isStale, let line { form.version = try Lines.version(of: line, tx) }
            return try EditPage(form, of: line, faults: faults, isStale: isStale, words, tx)
        }
        return try site.page(
            "lines/edit", page.model, frame(page.title), context,
            status: isStale ? .conflict : faults.isEmpty ? .ok : .unprocessableContent)
    }
}

extension Lines {
    /// The line, or the same answer for an unknown id and one of another organisation.
    static func known(
        _ id: LineID, in organisation: OrganisationID, _ tx: any ReadTransaction
    ) throws -> Line {
        guard let line = try find(id, in: organisation, tx) else { throw LineError.notFound }
        return line
    }
}
