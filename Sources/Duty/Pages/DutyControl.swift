package import Kernel
package import Storage
package import Web

/// The control by which a specialist says where they are: all lines at once, or each.
package struct DutyControl {
    package let model: Model

    /// - Parameter text: of the viewer's language.
    package init(_ viewer: Viewer, _ text: Catalogue, _ dates: Dates, _ tx: any ReadTransaction) throws {
        let lines = try Self.lines(of: viewer, tx)
        guard !lines.isEmpty else {
            model = ["show": false]
            return
        }
        let states = try Duty.state(of: viewer.person, tx)
        let here = lines.map { states[$0.id] ?? .away }
        let now = DutySums.liveliest(here) ?? .away
        let count = here.count { $0 == now }
        let words = text("duty.state.\(now.rawValue)")
        let part =
            count == here.count
            ? words : text("duty.part", ["state": words, "n": text.number(count), "all": text.number(here.count)])
        let limits = try Duty.limits(of: lines.map(\.id), in: viewer.organisation, tx)
        let watched = zip(lines, here).filter { $1 == .on || $1 == .busy }.compactMap { limits[$0.0.id]?.count }
        let shortest = watched.filter { $0 > 0 }.min()
        model = [
            "show": true, "state": now.rawValue, "words": part, "live": "person/\(viewer.person)",
            "states": Self.states(now, words: part, text),
            // A page tells of activity well within the limit, and seldom enough for a server with thousands of them.
            "beat": watched.isEmpty ? 0 : min(120, max(20, (shortest ?? 15) * 60 / 6)),
            "several": lines.count > 1,
            "lines": zip(lines, here).map { line, state -> Model in
                ["id": line.id.text, "name": line.name, "states": Self.states(state, words: nil, text)]
            },
            "rule": shortest.map { text("duty.idle-rule", ["time": dates.length(Minutes($0))]) } ?? "",
        ]
    }

    private static func states(_ now: DutyState, words: String?, _ text: Catalogue) -> [Model] {
        DutyState.allCases.map { state in
            let isCurrent = state == now
            return [
                "code": state.rawValue,
                "label": isCurrent
                    ? words ?? text("duty.state.\(state.rawValue)")
                    : text("duty.state.\(state.rawValue)"), "icon": state.icon, "current": isCurrent,
            ]
        }
    }

    /// The viewer's lines by the administrator's order.
    static func lines(of viewer: Viewer, _ tx: any ReadTransaction) throws -> [(id: LineID, name: String)] {
        let mine = viewer.dutyLines
        guard !mine.isEmpty else { return [] }
        return try tx.all(
            "SELECT id, staff_name FROM line WHERE id IN (\(mine)) AND archived_at IS NULL ORDER BY sort, id"
        ) { row in try (id: row[0], name: row[1]) }
    }
}

extension DutyState {
    package var icon: String {
        switch self {
        case .on: "circle-check"
        case .busy: "circle-dot"
        case .rest: "coffee"
        case .away: "log-out"
        }
    }

    /// The dot of components.css.
    package var dot: String {
        switch self {
        case .on: "ok"
        case .busy, .rest: "wait"
        case .away: "away"
        }
    }
}
