import Kernel
import People
import Requests
import Storage

/// How far a viewer's reports reach: administrators over everything, managers over their lines and units, specialists over what is
/// theirs. Nobody else has reports.
enum Reach: Sendable, Equatable {
    case everything
    case managed(lines: [LineID], units: [UnitID])
    case own(PersonID)

    /// nil for who is nothing but a client.
    static func of(_ viewer: Viewer) -> Reach? {
        if viewer.isAdministrator || viewer.manages.everything { return .everything }
        if viewer.isManager, !viewer.manages.isEmpty {
            return .managed(lines: viewer.manages.lines, units: viewer.manages.units)
        }
        return viewer.mayWork ? .own(viewer.person) : nil
    }

    /// Over `request_fact AS fact`.
    func condition(person: SQL = "fact.assignee_id") -> SQL {
        switch self {
        case .everything: return "1 = 1"
        case .managed(let lines, let units):
            var ways: [SQL] = []
            if !lines.isEmpty { ways.append("fact.line_id IN (\(lines))") }
            if !units.isEmpty { ways.append("fact.unit_id IN (\(Units.subtree(units)))") }
            return "(\(SQL.joined(ways, by: " OR ")))"
        case .own(let own): return "\(person) = \(own)"
        }
    }

    /// Whether reports of this reach tell one specialist from another.
    var seesOthers: Bool { if case .own = self { false } else { true } }
}
