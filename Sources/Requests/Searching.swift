import Foundation
import Kernel
import Markup
import People
import Storage
import TextSearch

/// Search over subjects, messages, notes (staff), file names, numbers and people. Permission is a part of the query to the index.
enum Searching {
    /// The scope words of a request: where it belongs, whose it is.
    static func scope(
        of request: Request, observers: [PersonID], _ tx: any ReadTransaction
    ) throws -> [String] {
        scope(
            of: request, observers: observers,
            units: try request.clientUnit.map { try Units.ancestors($0, tx) } ?? [])
    }

    /// - Parameter units: from the root down to the unit that the client was in.
    static func scope(of request: Request, observers: [PersonID], units: [UnitID]) -> [String] {
        var scope = [
            SearchIndex.scope("o", request.organisation), SearchIndex.scope("l", request.line),
            SearchIndex.scope("c", request.client),
        ]
        scope += observers.map { SearchIndex.scope("w", $0) }
        if let assignee = request.assignee { scope.append(SearchIndex.scope("s", assignee)) }
        return scope + units.map { SearchIndex.scope("u", $0) }
    }

    /// What the viewer may find by open words only: own requests, and those of others that the viewer observes.
    static func own(_ viewer: Viewer) -> [String] {
        [SearchIndex.scope("c", viewer.person), SearchIndex.scope("w", viewer.person)]
    }

    static func staff(_ viewer: Viewer) -> [String] {
        if viewer.isAdministrator || viewer.manages.everything { return [SearchIndex.scope("o", viewer.organisation)] }
        guard viewer.mayWork else { return [] }
        let lines = Array(viewer.lines.keys) + viewer.manages.lines
        return lines.map { SearchIndex.scope("l", $0) } + viewer.manages.units.map { SearchIndex.scope("u", $0) }
            + [SearchIndex.scope("s", viewer.person)]
    }

    struct Found: Sendable {
        let requests: [Listed]
        let hasMore: Bool
        let last: Int64?
    }

    static let pageSize = 30

    /// A number finds its request first; words find all that hold them, newest first.
    static func find(_ text: String, for viewer: Viewer, before: Int64?, _ tx: any ReadTransaction) throws -> Found {
        let rows = try SearchIndex.find(
            text, own: own(viewer), staff: staff(viewer), before: before, atMost: pageSize + 1, tx)
        let page = Array(rows.prefix(pageSize))
        var requests = try Listed.all(
            where: "request.search_row IN (\(page))", order: "request.search_row DESC", limit: pageSize, for: viewer, tx
        )
        let digits = text.filter { !" №#\u{A0}".contains($0) }
        if before == nil, let number = Int64(digits), number > 0 {
            let exact = try Listed.all(
                where: "party.number = \(number) AND party.organisation_id = \(viewer.organisation)",
                order: "request.number", limit: 1, for: viewer, tx)
            requests = exact + requests.filter { request in !exact.contains { $0.request.id == request.request.id } }
        }
        return Found(requests: requests, hasMore: rows.count > pageSize, last: page.last)
    }

    /// How many words of a text a request must share to be shown as similar while it is written.
    static let alike = 2

    /// Own requests that share words with a text, the most alike first; nothing for a text of one or two words.
    static func similar(to text: String, of viewer: Viewer, _ tx: any ReadTransaction) throws -> [Listed] {
        let stems = Array(Set(Words.stems(of: text).filter { $0.count > 2 })).sorted().prefix(12)
        guard stems.count >= alike else { return [] }
        let rows = try SearchIndex.any(
            of: Array(stems), scope: [SearchIndex.scope("c", viewer.person)], atMost: 20, tx)
        guard !rows.isEmpty else { return [] }
        let found = try Listed.all(
            where: "request.search_row IN (\(rows)) AND request.client_id = \(viewer.person)",
            order: "request.search_row DESC", limit: 20, for: viewer, tx)
        var shared: [RequestID: Set<String>] = [:]
        try tx.query(
            """
            SELECT request_id, text FROM message
            WHERE request_id IN (\(found.map(\.request.id))) AND is_note = 0 AND removed_at IS NULL
            """
        ) { row in
            let text: String = try row[1]
            shared[try row[0], default: []].formUnion(Words.stems(of: text))
        }
        let ranked = found.map { ($0, shared[$0.request.id, default: []].intersection(stems).count) }
        return ranked.filter { $0.1 >= alike }.sorted { ($0.1, $0.0.number) > ($1.1, $1.0.number) }.prefix(3).map(\.0)
    }

    /// The passage of a request's texts that holds a word of the query, with the words marked; safe HTML.
    static func snippets(
        of text: String, in requests: [Listed], for viewer: Viewer, _ tx: any ReadTransaction
    ) throws -> [RequestID: String] {
        let stems = Words.stems(of: text)
        guard let last = stems.last else { return [:] }
        var found: [RequestID: String] = [:]
        let staff = Set(requests.filter { $0.isStaff }.map(\.request.id))
        try tx.query(
            """
            SELECT request_id, text, is_note FROM message
            WHERE request_id IN (\(requests.map(\.request.id))) AND removed_at IS NULL ORDER BY request_id, number
            """
        ) { row in
            let request: RequestID = try row[0]
            let isNote: Bool = try row[2]
            guard found[request] == nil, !isNote || staff.contains(request) else { return }
            found[request] = passage(try row[1], stems: Set(stems.dropLast()), beginning: last)
        }
        return found
    }

    /// Some 160 characters around the first match; nil without one.
    static func passage(_ text: String, stems: Set<String>, beginning: String) -> String? {
        let line = SafeText.plain(text, atMost: 4000)
        var marks: [Range<String.Index>] = []
        for word in line.split(whereSeparator: { !$0.isLetter && !$0.isNumber }) {
            let stem = Words.stem(Text.folded(word))
            if stems.contains(stem) || stem.hasPrefix(beginning) { marks.append(word.startIndex..<word.endIndex) }
        }
        guard let first = marks.first else { return nil }
        let start = line.index(first.lowerBound, offsetBy: -50, limitedBy: line.startIndex) ?? line.startIndex
        let end = line.index(start, offsetBy: 160, limitedBy: line.endIndex) ?? line.endIndex
        var html = start > line.startIndex ? "…" : "", place = start
        for mark in marks where mark.lowerBound >= place && mark.upperBound <= end {
            html += SafeText.escaped(String(line[place..<mark.lowerBound]))
            html += "<mark>\(SafeText.escaped(String(line[mark])))</mark>"
            place = mark.upperBound
        }
        return html + SafeText.escaped(String(line[place..<end])) + (end < line.endIndex ? "…" : "")
    }
}
