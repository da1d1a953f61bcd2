import Foundation
import Kernel
import People
import Storage
import Web

/// What a person's page says of their requests: People comes before Requests, so the two meet here.
enum WorkFigures {
    private struct Sums: Sendable {
        let total: Int, open: Int, rated: Int, stars: Int
    }

    static func read(
        _ person: PersonID, _ viewer: Viewer, _ text: Catalogue, _ tx: any ReadTransaction
    ) throws -> (client: PeopleRoom.Figures, specialist: PeopleRoom.Figures?) {
        let asClient = try sums("client_id = \(person) AND organisation_id = \(viewer.organisation)", tx)
        let asSpecialist = try sums("assignee_id = \(person) AND organisation_id = \(viewer.organisation)", tx)
        let minutes: Int = try tx.value("SELECT SUM(minutes) FROM time_spent WHERE person_id = \(person)") ?? 0
        let name: String = try tx.value("SELECT family || ' ' || given FROM person WHERE id = \(person)") ?? ""
        let search = "/search?text=\(name.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? "")"
        let client = figures(asClient, minutes: 0, href: search, text)
        guard asSpecialist.total > 0 || minutes > 0 else { return (client, nil) }
        return (client, figures(asSpecialist, minutes: minutes, href: search, text))
    }

    private static func sums(_ condition: SQL, _ tx: any ReadTransaction) throws -> Sums {
        try tx.one(
            """
            SELECT COUNT(*), COALESCE(SUM(is_open), 0), COUNT(rating), COALESCE(SUM(rating), 0) FROM request WHERE \(condition)
            """
        ) { row in try Sums(total: row[0], open: row[1], rated: row[2], stars: row[3]) }
            ?? Sums(total: 0, open: 0, rated: 0, stars: 0)
    }

    private static func figures(_ sums: Sums, minutes: Int, href: String, _ text: Catalogue) -> PeopleRoom.Figures {
        let tenths = sums.rated == 0 ? 0 : (sums.stars * 10 + sums.rated / 2) / sums.rated
        let point = text.language == .russian ? "," : "."
        return PeopleRoom.Figures(
            total: text.number(sums.total), open: text.number(sums.open),
            rated: sums.rated == 0 ? "—" : "\(tenths / 10)\(point)\(tenths % 10)",
            fact: minutes == 0 ? "" : "\(text.number(minutes / 60))\u{A0}\(text.language == .russian ? "ч" : "h")",
            href: href)
    }
}
