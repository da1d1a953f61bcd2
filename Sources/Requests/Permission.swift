package import Kernel
import Storage

/// What a viewer is to one request.
package struct Standing: Sendable, Equatable {
    package var isClient = false
    package var isAssignee = false
    package var isObserver = false
    /// The viewer's competence on the request's line.
    package var level: CompetenceLevel?
    package var isManager = false
    package var isAdministrator = false
    /// A specialist of anything: as an observer such a person sees the internal side too.
    package var isSpecialist = false

    package init() {}

    /// Works on requests of the line.
    package var works: Bool { isAssignee || level == .main || level == .reserve }
    package var leads: Bool { isManager || isAdministrator }

    /// Sees notes, the plan of work and who knows what.
    package var isStaff: Bool { works || leads || level == .observer || (isObserver && isSpecialist) }
    package var sees: Bool { isClient || isObserver || isStaff }
}

/// Everything that can be done with a request.
package enum RequestAct: String, Sendable, CaseIterable {
    case read, reply, note, take, giveBack, transfer, edit, addTime, wait, proceed, solve, confirm, refuse, reopen,
        cancel,
        closeUnanswered, watch, attend
}

/// The one place that says who may do what and when: a function of values.
package enum Permission {
    package static func may(_ act: RequestAct, _ state: Request.State, _ viewer: Standing, hasAssignee: Bool) -> Bool {
        let open: Set<Request.State> = [.new, .working, .waiting]
        let staff = viewer.works || viewer.leads
        switch act {
        case .read: return viewer.sees
        case .reply: return (viewer.isClient || staff) && state.isOpen
        case .note: return viewer.isStaff
        case .take: return viewer.works && !viewer.isAssignee && open.contains(state)
        case .giveBack: return (viewer.isAssignee || viewer.leads) && hasAssignee && open.contains(state)
        case .transfer, .edit: return staff && open.contains(state)
        case .addTime: return staff
        case .wait: return staff && (state == .working || state == .new)
        case .proceed: return staff && state == .waiting
        case .solve: return staff && open.contains(state)
        case .confirm, .refuse: return viewer.isClient && state == .solved
        case .reopen: return (staff && !open.contains(state)) || (viewer.isClient && !state.isOpen)
        case .cancel: return (viewer.isClient || staff) && open.contains(state)
        case .closeUnanswered: return staff && !viewer.isClient && state == .solved
        case .watch: return viewer.isStaff
        case .attend: return viewer.works && !viewer.isClient && state.isOpen
        }
    }

    static func check(_ act: RequestAct, _ request: Request, _ viewer: Standing) throws(RequestError) {
        guard may(.read, request.state, viewer, hasAssignee: request.assignee != nil) else { throw .notFound }
        guard may(act, request.state, viewer, hasAssignee: request.assignee != nil) else {
            // Said apart: a person who might do it in another state is told of the state, anybody else of the permission. Who is
            // assigned belongs to the state too, for those who work on the line.
            var turned = viewer
            if viewer.level == .main || viewer.level == .reserve { turned.isAssignee.toggle() }
            let ever = Request.State.allCases.contains { state in
                [viewer, turned].contains {
                    may(act, state, $0, hasAssignee: true) || may(act, state, $0, hasAssignee: false)
                }
            }
            throw ever ? .wrongState : .notAllowed
        }
    }
}

/// What may still be done with a message after it was sent: functions of values.
package enum MessageRule {
    /// Milliseconds during which the author may change a text, and take it away.
    package static let editing: Int64 = 24 * 3_600_000
    package static let removing: Int64 = 10 * 60_000

    package static func mayEdit(isAuthor: Bool, sent: Instant, isRemoved: Bool, now: Instant) -> Bool {
        isAuthor && !isRemoved && now.since(sent) <= editing
    }

    package static func mayRemove(isAuthor: Bool, sent: Instant, isRemoved: Bool, now: Instant) -> Bool {
        isAuthor && !isRemoved && now.since(sent) <= removing
    }
}

extension Viewer {
    /// Whoever has a role besides «client»: a specialist who was taken off every line still finishes what is in hand.
    package var mayWork: Bool { isStaff || roles.contains(.specialist) }
}

/// The permission as SQL: the same rule as `Standing.sees`, over tables `request` and `party`.
package enum Visible {
    /// What falls to this viewer by line or by scope, whoever has it in hand; nil: nothing does.
    static func inCharge(_ viewer: Viewer) -> SQL? {
        if viewer.isAdministrator || viewer.manages.everything { return "1 = 1" }
        var ways: [SQL] = []
        let lines = Array(viewer.lines.keys) + viewer.manages.lines
        if !lines.isEmpty { ways.append("request.line_id IN (\(lines.sorted()))") }
        if !viewer.manages.units.isEmpty {
            ways.append("request.client_unit_id IN (\(Self.subtree(viewer.manages.units)))")
        }
        return ways.isEmpty ? nil : "(\(SQL.joined(ways, by: " OR ")))"
    }

    /// The same with what is in the viewer's hands or watched; nil for who is nothing but a client.
    static func asStaff(_ viewer: Viewer) -> SQL? {
        let charge = inCharge(viewer)
        guard viewer.mayWork, !viewer.isAdministrator, !viewer.manages.everything else { return charge }
        let inHand: SQL = "request.assignee_id = \(viewer.person) OR \(observed(by: viewer.person))"
        return charge.map { "(\($0) OR \(inHand))" } ?? "(\(inHand))"
    }

    static func to(_ viewer: Viewer) -> SQL {
        let own: SQL = "request.client_id = \(viewer.person) OR \(observed(by: viewer.person))"
        guard let staff = asStaff(viewer) else { return "(\(own))" }
        return "(\(own) OR \(staff))"
    }

    /// The tables that every read of requests starts from. COALESCE keeps SQLite from walking through all parties of an organisation,
    /// which it takes for the shorter way; a read by number names the organisation once more.
    static func from(_ viewer: Viewer) -> SQL {
        """
        request JOIN party ON party.request_id = request.id AND COALESCE(party.organisation_id, '') = \(viewer.organisation)
        """
    }

    static func observed(by person: PersonID) -> SQL {
        """
        request.id IN (SELECT observer.request_id FROM observer
            WHERE observer.person_id = \(person) AND observer.until_at IS NULL)
        """
    }

    private static func subtree(_ units: [UnitID]) -> SQL {
        SQL.joined(
            units.map { unit in
                """
                SELECT below.id FROM unit AS above JOIN unit AS below ON below.organisation_id = above.organisation_id
                    AND substr(below.path, 1, length(above.path)) = above.path WHERE above.id = \(unit)
                """
            }, by: " UNION ")
    }
}
