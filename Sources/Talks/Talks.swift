package import EventLog
package import Files
package import Kernel
import People
import Requests
package import Storage
package import Web

package enum TalkTag {}
package typealias TalkID = ID<TalkTag>

/// Talks of the staff among themselves, of two or of several, also about a request. Nobody but their members sees them, and no
/// client ever does.
package struct Talks: Sendable {
    package let database: Database
    package let site: Site
    package let files: FileStore
    package let bell: Bell
    /// Bytes of one file.
    package let largestFile: Int64

    package init(database: Database, site: Site, files: FileStore, bell: Bell, largestFile: Int64 = 200 << 20) {
        (self.database, self.site, self.files, self.bell) = (database, site, files, bell)
        self.largestFile = largestFile
    }
}

package struct StaffTalk: Sendable, Equatable {
    package let id: TalkID
    let isPair: Bool
    let title: String
    let request: RequestID?
    let madeBy: PersonID
    let lastNumber: Int64
    let lastAt: Instant
    let lastBy: PersonID
    /// How far the viewer has read.
    let readHere: Int64

    func isUnread(by viewer: Viewer) -> Bool { lastNumber > readHere && lastBy != viewer.person }

    static let columns: SQL = """
        talk.id, talk.pair, talk.title, talk.request_id, talk.made_by, talk.last_number, talk.last_at, talk.last_by,
        talk_member.read_up_to
        """

    init(_ row: Row) throws {
        id = try row[0]
        isPair = try row[1] as String? != nil
        (title, request, madeBy) = try (row[2], row[3], row[4])
        (lastNumber, lastAt, lastBy, readHere) = try (row[5], row[6], row[7], row[8])
    }
}

package enum TalkError: String, RoomError, CaseIterable {
    case notFound, nobody, nothingWritten, tooLate, tooMany, pairIsClosed

    package var status: Int { self == .notFound ? 404 : self == .tooLate || self == .pairIsClosed ? 409 : 422 }
    package var key: String { "talks.error.\(rawValue.lowercased())" }
    package var field: String? {
        switch self {
        case .nobody: "person"
        case .nothingWritten: "text"
        default: nil
        }
    }
}

extension EventKind {
    /// subject: the talk; person
    static let talkBegun = EventKind("talk.begun")
    static let talkJoined = EventKind("talk.joined")
    static let talkLeft = EventKind("talk.left")
    static let talkRenamed = EventKind("talk.renamed")
    /// subject: the message; parent: the talk
    static let talkSaid = EventKind("talk.said")
    static let talkChanged = EventKind("talk.changed")
}

extension Talks {
    /// The permission: a member now, and of the staff now.
    static func mine(_ viewer: Viewer) -> SQL {
        """
        talk JOIN talk_member ON talk_member.talk_id = talk.id AND talk_member.person_id = \(viewer.person)
            AND talk_member.until_at IS NULL AND talk.organisation_id = \(viewer.organisation)
            AND 1 = \(viewer.mayWork ? 1 : 0)
        """
    }

    static func find(_ id: TalkID, for viewer: Viewer, _ tx: any ReadTransaction) throws -> StaffTalk {
        let found = try tx.one(
            "SELECT \(StaffTalk.columns) FROM \(mine(viewer)) WHERE talk.id = \(id)", StaffTalk.init)
        guard let found else { throw TalkError.notFound }
        return found
    }

    /// The newest first.
    static func all(
        of viewer: Viewer, about request: RequestID? = nil, atMost limit: Int = 100, _ tx: any ReadTransaction
    ) throws -> [StaffTalk] {
        let condition: SQL = request.map { "WHERE talk.request_id = \($0)" } ?? ""
        return try tx.all(
            """
            SELECT \(StaffTalk.columns) FROM \(mine(viewer)) \(condition)
            ORDER BY talk.last_at DESC, talk.id DESC LIMIT \(limit)
            """, StaffTalk.init)
    }

    static func members(of talks: [TalkID], _ tx: any ReadTransaction) throws -> [TalkID: [PersonID]] {
        guard !talks.isEmpty else { return [:] }
        return Dictionary(
            grouping: try tx.all(
                """
                SELECT talk_id, person_id FROM talk_member WHERE talk_id IN (\(talks)) AND until_at IS NULL
                ORDER BY from_at, person_id
                """
            ) { row in try (row[0] as TalkID, row[1] as PersonID) }, by: \.0
        ).mapValues { $0.map(\.1) }
    }

    /// Which of these talks a page may be told of.
    package static func visible(_ ids: [TalkID], to viewer: Viewer, _ tx: any ReadTransaction) throws -> Set<TalkID> {
        guard !ids.isEmpty else { return [] }
        return Set(
            try tx.all("SELECT talk.id FROM \(mine(viewer)) WHERE talk.id IN (\(ids))") { row in try row[0] as TalkID })
    }

    package static func unread(of viewer: Viewer, _ tx: any ReadTransaction) throws -> Int {
        try tx.value(
            """
            SELECT COUNT(*) FROM \(mine(viewer))
            WHERE talk.last_number > talk_member.read_up_to AND talk.last_by <> \(viewer.person)
            """) ?? 0
    }

    /// Contents that messages of talks hold.
    package static func held(_ hashes: [String], _ tx: any ReadTransaction) throws -> [String] {
        try tx.all("SELECT DISTINCT hash FROM talk_file WHERE hash IN (\(hashes))") { row in try row[0] }
    }
}
