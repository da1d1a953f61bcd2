import Hummingbird
import Kernel
import People
import Storage
import Web

extension LinesRoom {
    func showStaff(_ request: Request, _ context: WebContext) async throws -> Response {
        let (_, words) = try administrator(context)
        return try await staff(of: try context.id("line"), nil, words, context)
    }

    /// Puts a person on the line; for one who is on it, changes the level.
    func putOnLine(_ request: Request, _ context: WebContext) async throws -> Response {
        let (viewer, words) = try administrator(context)
        let line: LineID = try context.id("line")
        let form = try await Form(request)
        var refused = StaffPage.Refused(name: form.raw("name") ?? "")
        do {
            guard let person: PersonID = try form.id("person") else { throw LineError.personUnknown }
            refused.person = person
            try await giveCompetence(on: line, to: person, try form.requiredCode("level"), by: viewer)
        } catch PeopleError.notHere {
            refused.faults["person"] = PeopleError.notHere
            return try await staff(of: line, refused, words, context)
        } catch let fault as any RoomError {
            guard let field = fault.field else { throw fault }
            if fault as? LineError == .personUnknown { refused.person = nil }
            refused.faults[field] = fault
            return try await staff(of: line, refused, words, context)
        }
        return site.go(to: "/lines/\(line)/staff", context, notice: words.text("lines.saved"))
    }

    func takeOffLine(_ request: Request, _ context: WebContext) async throws -> Response {
        let (viewer, words) = try administrator(context)
        let line: LineID = try context.id("line"), competence: ID<CompetenceLevel> = try context.id("competence")
        let person = try await database.read { tx -> PersonID? in
            try tx.value(
                """
                SELECT person_id FROM competence WHERE id = \(competence) AND line_id = \(line)
                    AND organisation_id = \(viewer.organisation) AND until_at IS NULL
                """)
        }
        guard let person else { throw LineError.notFound }
        try await takeCompetence(on: line, from: person, by: viewer)
        return site.go(to: "/lines/\(line)/staff", context, notice: words.text("lines.saved"))
    }

    private func staff(
        of line: LineID, _ refused: StaffPage.Refused?, _ words: LineWords, _ context: WebContext
    ) async throws -> Response {
        let page = try await database.read { tx in
            try StaffPage(Lines.known(line, in: words.viewer.organisation, tx), refused: refused, workload, words, tx)
        }
        return try site.page(
            "lines/staff", page.model, frame(page.title), context, status: refused == nil ? .ok : .unprocessableContent)
    }
}
