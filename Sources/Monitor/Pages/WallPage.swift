import Duty
import Kernel
import Storage
import Web

/// The board on a wall: large, dark, without an address to follow and without a client's name or word.
struct WallPage {
    let model: Model

    private static let listed = 6

    init(_ sight: Sight, _ viewer: Viewer, _ text: Catalogue, _ dates: Dates, _ tx: any ReadTransaction) throws {
        let board = try Board.read(
            .present(dates.now), sight, in: viewer.organisation, zone: viewer.zone, tx)
        let present = board.people.filter { $0.state != .away }
        let shown = Array(board.all.hung.prefix(Self.listed))
        let words = try MonitorWords(viewer, text, dates, people: present.map(\.person), tx)
        let rows = BoardRows(
            board: board, words: words, address: MonitorAddress(sight: sight, isWall: true), titles: [:])
        let organisation: String =
            try tx.value("SELECT name FROM organisation WHERE id = \(viewer.organisation)") ?? ""
        model = [
            "organisation": organisation, "time": dates.time(dates.now), "day": dates.dayHeading(dates.now),
            "lines": board.lines.map(rows.line), "anyLines": !board.lines.isEmpty,
            "hungCount": rows.number(.hung, board.all), "riskCount": rows.number(.risk, board.all, tone: "late"),
            "hung": shown.map { hung -> Model in
                [
                    "line": words.line(hung.request.line), "words": words("reason.\(hung.verdict.reason.rawValue)"),
                    "time": words.since(hung.verdict.since, at: board.at), "tone": hung.isLate ? "late" : "wait",
                ]
            }, "anyHung": !shown.isEmpty,
            // Where names are by role, everybody would be called the same.
            "people": viewer.names == .role ? [] : present.map(rows.person), "named": viewer.names != .role,
            "present": words(
                "of",
                [
                    "n": text.number(board.people.count { $0.state == .on || $0.state == .busy }),
                    "all": text.number(board.people.count),
                ]),
        ]
    }
}
