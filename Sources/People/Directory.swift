package import Kernel
package import Storage
package import Web

/// Finding people. Closed to clients.
package enum Directory {
    /// People in whose name, sign-in name, phone or unit every word of the text occurs, by name. Those who left are left out.
    package static func find(
        _ words: String, staffOnly: Bool = false, for viewer: Viewer, atMost limit: Int, _ text: Catalogue,
        _ tx: any ReadTransaction
    ) throws -> [ShownPerson] {
        guard viewer.isStaff else { return [] }
        let staff: SQL = staffOnly ? " AND person.roles <> 0 AND person.state <> 'blocked'" : ""
        return try tx.all(
            """
            \(Names.selection) WHERE person.organisation_id = \(viewer.organisation)\(matching(words, in: viewer.organisation))
            AND person.state <> 'left'\(staff)
            ORDER BY person.name_sort, person.id LIMIT \(limit)
            """
        ) { row in try Names.shown(row, to: viewer, text) }
    }

    /// Those of these people who have a role besides «client» now, and can sign in.
    package static func staff(
        _ people: [PersonID], in organisation: OrganisationID, _ tx: any ReadTransaction
    ) throws -> [PersonID] {
        try tx.all(
            """
            SELECT id FROM person WHERE id IN (\(people)) AND organisation_id = \(organisation) AND roles <> 0
                AND state NOT IN ('left', 'blocked') ORDER BY id
            """
        ) { row in try row[0] }
    }

    /// «AND …» for every word of a search; empty for an empty search.
    static func matching(_ words: String, in organisation: OrganisationID, units: Bool = true) -> SQL {
        Text.folded(words).split(whereSeparator: \.isWhitespace).prefix(6).reduce("") { condition, word in
            let part = pattern(word)
            return units
                ? """
                \(condition) AND (person.name_search LIKE \(part) ESCAPE '\\' OR person.unit_id IN (SELECT id FROM unit
                    WHERE organisation_id = \(organisation) AND name_search LIKE \(part) ESCAPE '\\'))
                """ : "\(condition) AND person.name_search LIKE \(part) ESCAPE '\\'"
        }
    }

    /// A word anywhere; a number is compared with the digits of phones.
    private static func pattern(_ word: Substring) -> String {
        let digits = word.filter(\.isNumber)
        let looksLikeNumber = !digits.isEmpty && word.allSatisfy { $0.isNumber || "+-().".contains($0) }
        let text = looksLikeNumber ? digits : String(word)
        let escaped = text.map { "%_\\".contains($0) ? "\\\($0)" : String($0) }
        return "%\(escaped.joined())%"
    }
}
