import HTTPTypes
import Hummingbird
import Kernel
import Web

/// What an administrator does on a person's page.
extension PeopleRoom {
    @Sendable func changeUnit(_ request: Request, _ context: WebContext) async throws -> Response {
        let viewer = try administrator(context), person: PersonID = try context.id("person")
        let form = try await Form(request)
        return try await attempt(context) {
            try await people.changeUnit(of: person, to: try form.id("unit"), by: viewer)
            return back(to: person, context)
        } orShow: { errors in
            try await showPerson(person, context, errors: errors)
        }
    }

    @Sendable func giveRole(_ request: Request, _ context: WebContext) async throws -> Response {
        let viewer = try administrator(context), person: PersonID = try context.id("person")
        let form = try await Form(request)
        return try await attempt(context) {
            guard let role = form.raw("role").flatMap(PeopleWords.role), role != .client else {
                throw PeopleError.wrong(field: "role")
            }
            try await people.giveRole(role, limits: try limits(form, of: role), to: person, by: viewer)
            return back(to: person, context)
        } orShow: { errors in
            try await showPerson(person, context, errors: errors)
        }
    }

    private func limits(_ form: Form, of role: Role) throws -> Set<RoleLimit> {
        guard role == .manager else { return [] }
        let lines: [LineID] = try form.ids("line"), units: [UnitID] = try form.ids("unit")
        let limits: Set<RoleLimit> =
            switch form.raw("limit") ?? "" {
            case "lines": Set(lines.map(RoleLimit.line))
            case "units": Set(units.map(RoleLimit.unit))
            default: []
            }
        guard !limits.isEmpty || form.raw("limit") ?? "" == "" else { throw PeopleError.roleNeedsLimit }
        return limits
    }

    @Sendable func takeRole(_ request: Request, _ context: WebContext) async throws -> Response {
        let viewer = try administrator(context), person: PersonID = try context.id("person")
        try await people.takeAssignment(try context.id("assignment"), from: person, by: viewer)
        return back(to: person, context)
    }

    @Sendable func invite(_ request: Request, _ context: WebContext) async throws -> Response {
        let viewer = try administrator(context), person: PersonID = try context.id("person")
        let token = try await people.invite(person, by: viewer)
        return try await showPerson(person, context, invitation: token)
    }

    @Sendable func endInvitation(_ request: Request, _ context: WebContext) async throws -> Response {
        let viewer = try administrator(context), person: PersonID = try context.id("person")
        try await people.endInvitation(of: person, by: viewer)
        return back(to: person, context)
    }

    @Sendable func endSessions(_ request: Request, _ context: WebContext) async throws -> Response {
        let viewer = try administrator(context), person: PersonID = try context.id("person")
        try await accounts.endSessions(of: person, by: viewer)
        return back(to: person, context)
    }

    @Sendable func block(_ request: Request, _ context: WebContext) async throws -> Response {
        let viewer = try administrator(context), person: PersonID = try context.id("person")
        try await people.block(person, by: viewer)
        return back(to: person, context)
    }

    @Sendable func unblock(_ request: Request, _ context: WebContext) async throws -> Response {
        let viewer = try administrator(context), person: PersonID = try context.id("person")
        try await people.unblock(person, by: viewer)
        return back(to: person, context)
    }

    @Sendable func leave(_ request: Request, _ context: WebContext) async throws -> Response {
        let viewer = try administrator(context), person: PersonID = try context.id("person")
        try await people.leave(person, by: viewer)
        return back(to: person, context)
    }

    @Sendable func comeBack(_ request: Request, _ context: WebContext) async throws -> Response {
        let viewer = try administrator(context), person: PersonID = try context.id("person")
        try await people.return(person, by: viewer)
        return back(to: person, context)
    }

    func back(to person: PersonID, _ context: WebContext, notice: String? = nil) -> Response {
        site.go(to: "/people/\(person)", context, notice: notice)
    }
}
