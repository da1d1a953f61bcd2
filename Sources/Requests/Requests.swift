package import EventLog
package import Files
package import Kernel
import Lines
import People
package import Storage
package import Web

/// The desk itself: requests from registration to rating. An act is a file; each reads the request through the viewer's
/// permission, decides by `Permission` and a rule of values, and writes the change with its event in one transaction.
package struct Requests: Sendable {
    package let database: Database
    package let site: Site
    package let files: FileStore
    package let bell: Bell
    /// Bytes of one file.
    package let largestFile: Int64

    package init(database: Database, site: Site, files: FileStore, bell: Bell, largestFile: Int64 = 200 << 20) {
        self.database = database
        self.site = site
        self.files = files
        self.bell = bell
        self.largestFile = largestFile
    }
}

/// A request with what the viewer is to it.
struct Seen: Sendable {
    var request: Request
    let standing: Standing
    /// The number under which the viewer's organisation knows the request.
    let number: Int64
}

extension Requests {
    /// The request of this number, if the viewer may see it; unknown and not allowed are the same answer.
    static func find(_ number: Int64, for viewer: Viewer, _ tx: any ReadTransaction) throws -> Seen {
        let seen = try tx.one(
            """
            SELECT \(Request.columns), party.number, \(observes(viewer)), \(managesUnit(viewer))
            FROM \(Visible.from(viewer))
            WHERE party.number = \(number) AND party.organisation_id = \(viewer.organisation) AND \(Visible.to(viewer))
            """
        ) { row in
            let request = try Request(row)
            return try Seen(
                request: request,
                standing: standing(
                    of: viewer, in: request, observes: row[Request.columnCount + 1], unit: row[Request.columnCount + 2]),
                number: row[Request.columnCount])
        }
        guard let seen else { throw RequestError.notFound }
        return seen
    }

    /// The request of this number for somebody who sees its staff's side.
    package static func staffSide(
        of number: Int64, for viewer: Viewer, _ tx: any ReadTransaction
    ) throws -> RequestID {
        let seen = try find(number, for: viewer, tx)
        guard seen.standing.isStaff else { throw RequestError.notFound }
        return seen.request.id
    }

    /// Number and subject of requests, those that the viewer may see.
    package static func titles(
        of requests: [RequestID], for viewer: Viewer, _ tx: any ReadTransaction
    ) throws -> [RequestID: (number: Int64, subject: String)] {
        guard !requests.isEmpty else { return [:] }
        return Dictionary(
            try tx.all(
                """
                SELECT request.id, party.number, request.subject FROM \(Visible.from(viewer))
                WHERE request.id IN (\(requests)) AND \(Visible.to(viewer))
                """
            ) { row in try (row[0] as RequestID, (number: row[1] as Int64, subject: row[2] as String)) },
            uniquingKeysWith: { $1 })
    }

    /// What a client said with the rating.
    package struct RatingComment: Sendable {
        package let number: Int64
        package let subject: String, text: String
    }

    /// The comments on ratings of requests, those that the viewer may see.
    package static func ratingComments(
        of requests: [RequestID], for viewer: Viewer, _ tx: any ReadTransaction
    ) throws -> [RequestID: RatingComment] {
        guard !requests.isEmpty else { return [:] }
        return Dictionary(
            try tx.all(
                """
                SELECT request.id, party.number, request.subject, request.rating_comment FROM \(Visible.from(viewer))
                WHERE request.id IN (\(requests)) AND request.rating_comment IS NOT NULL AND \(Visible.to(viewer))
                """
            ) { row in (try row[0] as RequestID, try RatingComment(number: row[1], subject: row[2], text: row[3])) },
            uniquingKeysWith: { $1 })
    }

    static func observes(_ viewer: Viewer) -> SQL {
        "CASE WHEN \(Visible.observed(by: viewer.person)) THEN 1 ELSE 0 END"
    }

    static func managesUnit(_ viewer: Viewer) -> SQL {
        guard !viewer.manages.units.isEmpty else { return "0" }
        let scope = Viewer(
            kind: viewer.kind, organisation: viewer.organisation, person: viewer.person, roles: [],
            manages: Viewer.Scope(units: viewer.manages.units))
        return Visible.asStaff(scope).map { "CASE WHEN \($0) THEN 1 ELSE 0 END" } ?? "0"
    }

    static func standing(of viewer: Viewer, in request: Request, observes: Bool, unit: Bool) -> Standing {
        var standing = Standing()
        standing.isClient = request.client == viewer.person
        standing.isAssignee = request.assignee == viewer.person && viewer.mayWork
        standing.isObserver = observes
        standing.level = viewer.lines[request.line]
        standing.isManager = viewer.manages.everything || viewer.manages.lines.contains(request.line) || unit
        standing.isAdministrator = viewer.isAdministrator
        standing.isSpecialist = viewer.roles.contains(.specialist)
        return standing
    }

    /// The topics of pages that an event of this request concerns.
    static func topics(_ before: Request, _ after: Request, _ observers: [PersonID] = []) -> [Bell.Topic] {
        let lines = Set([before.line, after.line]).map { "line/\($0)" }
        let people = Set([before.client, before.assignee, after.assignee].compactMap(\.self) + observers)
        return ["request/\(after.id)"] + lines + people.map { "person/\($0)" }
    }

    static func observers(of request: RequestID, _ tx: any ReadTransaction) throws -> [PersonID] {
        try tx.all("SELECT person_id FROM observer WHERE request_id = \(request) AND until_at IS NULL ORDER BY from_at")
        {
            row in try row[0]
        }
    }
}
