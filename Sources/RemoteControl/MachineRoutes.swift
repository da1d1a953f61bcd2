import AgentProtocol
import EventLog
import HTTPTypes
import Hummingbird
import Kernel
import Lines
import Storage
import Web

/// Computers that are known: in a request, of a person, of the organisation.
extension RemoteControl {
    func addMachineRoutes(to router: Router<WebContext>) {
        router.post("/requests/:number/machines/:machine/sessions", use: reach)

        router.get("/profile/computers", use: ownComputers)
        router.post("/profile/computers", use: introduce)
        router.delete("/profile/computers/:machine", use: removeOwn)

        router.get("/machines", use: machines)
        router.post("/machines", use: enrol)
        router.delete("/machines/:machine", use: removeAny)
        router.post("/machines/policy", use: changePolicy)
    }

    @Sendable private func reach(_ request: Hummingbird.Request, _ context: WebContext) async throws -> Response {
        let form = try await Form(request), viewer = try context.viewer(), number = try context.number("number")
        let codes = form.all("what").flatMap { $0.split(separator: ",").map(String.init) }
        try await reach(
            try context.id("machine"), for: Rights(codes: codes), unattended: form.flag("unattended"), on: number,
            by: viewer)
        if context.wantsFragment { return Response(status: .noContent) }
        return site.go(to: "/requests/\(number)", context)
    }

    // MARK: - Of the person

    @Sendable private func ownComputers(
        _ request: Hummingbird.Request, _ context: WebContext
    ) async throws -> Response {
        try await showOwn(context, code: false)
    }

    @Sendable private func introduce(_ request: Hummingbird.Request, _ context: WebContext) async throws -> Response {
        let page = try ControlContext(site, context)
        let made = try await introduction(by: page.viewer)
        return try await showOwn(
            context,
            code: page.introduction(made.code, until: made.until, at: site.address(of: request.head)))
    }

    private func showOwn(_ context: WebContext, code: any Sendable) async throws -> Response {
        let page = try ControlContext(site, context), viewer = page.viewer, now = site.now()
        let (own, policy) = try await database.read { tx in
            (
                try Self.machines(of: viewer.person, in: viewer.organisation, tx),
                try UnattendedPolicy.of(viewer.organisation, tx)
            )
        }
        let computers = own.map { machine in
            page.row(machine, at: now).merging(["unattended": policy.isAllowed && machine.mayAdmit]) { $1 }
        }
        let frame = Site.Frame(
            title: page.text("remote.computers"), css: ["admin", "account"], js: ["forms", "account"], place: "profile",
            look: viewer.isStaff ? .staff : .client)
        return try site.page(
            "remote/computers",
            ["computers": computers, "any": !own.isEmpty, "code": code], frame, context)
    }

    @Sendable private func removeOwn(_ request: Hummingbird.Request, _ context: WebContext) async throws -> Response {
        let viewer = try context.viewer(), id: MachineID = try context.id("machine")
        // One's own, also of an administrator, who has the others on another page.
        let isOwn = try await database.read { tx in
            try Self.machine(id, in: viewer.organisation, tx)?.person == viewer.person
        }
        guard isOwn else { throw ControlError.notFound }
        try await remove(id, by: viewer)
        return site.go(
            to: "/profile/computers", context, notice: site.text(context.language)("remote.computers.removed"))
    }

    // MARK: - Of the organisation

    private func administrator(_ context: WebContext) throws -> Viewer {
        let viewer = try context.viewer()
        guard viewer.isAdministrator else { throw WebError.notFound }
        return viewer
    }

    @Sendable private func machines(_ request: Hummingbird.Request, _ context: WebContext) async throws -> Response {
        try await showMachines(try Form(query: request), context)
    }

    private func showMachines(
        _ query: Form, _ context: WebContext, token: any Sendable = false, error: String = "", status: Int = 200
    ) async throws -> Response {
        _ = try administrator(context)
        let page = try ControlContext(site, context), now = site.now()
        let words = try query.line("q", atMost: 100) ?? "", number = try query.int("page", in: 1...10_000) ?? 1
        let shown = try await database.read { tx in
            try MachinesPage(page, words: words, number: number, at: now, tx)
        }
        let frame = Site.Frame(
            title: page.text("remote.machines"), css: ["admin", "remote-machines"], js: ["forms", "lines"],
            place: "organisation", look: .staff)
        var response = try site.page(
            "remote/machines", shown.model.merging(["token": token, "error": error]) { $1 }, frame, context)
        response.status = .init(code: status)
        return response
    }

    @Sendable private func enrol(_ request: Hummingbird.Request, _ context: WebContext) async throws -> Response {
        let viewer = try administrator(context), form = try await Form(request)
        do {
            guard let person: PersonID = try form.id("person") else { throw ControlError.noSuchPerson }
            let made = try await enrolment(of: person, by: viewer)
            let page = try ControlContext(site, context)
            return try await showMachines(
                Form(), context,
                token: page.enrolment(made.token, until: made.until, at: site.address(of: request.head)))
        } catch ControlError.noSuchPerson where !context.wantsFragment {
            return try await showMachines(
                Form(), context, error: site.text(context.language)("remote.machines.no-person"), status: 422)
        }
    }

    @Sendable private func removeAny(_ request: Hummingbird.Request, _ context: WebContext) async throws -> Response {
        let viewer = try administrator(context)
        try await remove(try context.id("machine"), by: viewer)
        return site.go(to: "/machines", context, notice: site.text(context.language)("remote.computers.removed"))
    }

    @Sendable private func changePolicy(
        _ request: Hummingbird.Request, _ context: WebContext
    ) async throws -> Response {
        let viewer = try administrator(context), form = try await Form(request), now = site.now()
        let chosen: [LineID] = try form.ids("line")
        let sequence = try await database.write(in: viewer.organisation) { tx -> Int64? in
            let known = Set(try Lines.all(in: viewer.organisation, tx).map(\.id))
            var wanted = UnattendedPolicy()
            wanted.isAllowed = form.flag("allowed")
            wanted.lines = Set(chosen).intersection(known).sorted()
            guard try UnattendedPolicy.of(viewer.organisation, tx) != wanted else { return nil }
            try wanted.store(for: viewer, at: now, in: tx)
            return try EventLog.append(
                .unattendedPolicyChanged, by: viewer.person, at: now, subject: viewer.organisation.text,
                data: ["fields": wanted.isAllowed ? "unattended" : "", "total": String(wanted.lines.count)], in: tx)
        }
        if let sequence {
            // What goes on by the old rule ends now.
            let machines = try await database.read { tx in
                try tx.all(
                    """
                    SELECT machine_id FROM control_session WHERE organisation_id = \(viewer.organisation)
                        AND unattended = 1 AND ended_at IS NULL AND machine_id IS NOT NULL
                    """
                ) { row -> MachineID in try row[0] }
            }
            bell.ring(viewer.organisation, sequence, topics: machines.map { "machine/\($0)" })
        }
        return site.go(to: "/machines", context, notice: site.text(context.language)("remote.machines.kept"))
    }
}
