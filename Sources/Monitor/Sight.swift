import Kernel
import Lines
import People
import Requests
import Storage

/// How far a viewer's monitor reaches: administrators over everything, managers over their lines and units, specialists over their
/// lines and, of the people, over themselves. Nobody else has a monitor.
struct Sight: Sendable, Equatable {
    var everything = false
    /// Lines whose requests are seen, whoever has them in hand.
    var lines: Set<LineID> = []
    var units: [UnitID] = []
    /// Lines whose people are seen.
    var led: Set<LineID> = []
    /// Always seen: the viewer.
    var person: PersonID

    /// nil for who is nothing but a client.
    static func of(_ viewer: Viewer, onlySelf: Bool = false) -> Sight? {
        guard viewer.isStaff else { return nil }
        let own = Set(viewer.lines.keys)
        if onlySelf {
            return viewer.isSpecialist ? Sight(lines: own, person: viewer.person) : nil
        }
        if viewer.isAdministrator || viewer.manages.everything { return Sight(everything: true, person: viewer.person) }
        let led = Set(viewer.manages.lines)
        return Sight(lines: own.union(led), units: viewer.manages.units, led: led, person: viewer.person)
    }

    /// Over the columns that hold a request's line and its client's unit.
    func condition(line: SQL, unit: SQL) -> SQL {
        if everything { return "1 = 1" }
        var ways: [SQL] = []
        if !lines.isEmpty { ways.append("\(line) IN (\(lines.sorted()))") }
        if !units.isEmpty { ways.append("\(unit) IN (\(Units.subtree(units)))") }
        return ways.isEmpty ? "1 = 0" : "(\(SQL.joined(ways, by: " OR ")))"
    }

    /// Whether all requests of a line are seen, so that its queue holds the same as the board.
    func sees(_ line: LineID) -> Bool { everything || lines.contains(line) }
    func leads(_ line: LineID) -> Bool { everything || led.contains(line) }
    var seesOthers: Bool { everything || !led.isEmpty || !units.isEmpty }
}
