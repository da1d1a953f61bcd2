import EventLog
package import Kernel
import Secrets
import Storage
import Web

/// A key by which a program acts for the person who made it: with that person's rights of the moment, within the key's scopes,
/// until a day. The database keeps its fingerprint only.
package struct AccessKey: Sendable, Equatable {
    package enum Scope: String, Sendable, CaseIterable {
        case read = "requests:read", write = "requests:write"
    }

    static let prefix = "okno_"
    static let purpose = "access key"
    /// Keys that one person has open at once.
    static let limit = 20
    /// Days that a key may live.
    static let lives = [30, 90, 365]

    package let id: SessionID
    package let name: String
    package let scopes: Set<Scope>
    package let madeAt: Instant, untilAt: Instant
    /// nil: never used.
    package let seenAt: Instant?

    /// Requests, their files and the search in them; never accounts, people or settings.
    var reach: Reach {
        Reach(
            addresses: scopes.isEmpty ? [] : ["/requests", "/uploads", "/search"], mayWrite: scopes.contains(.write))
    }

    /// The key of this fingerprint, if it still opens anything.
    static func open(_ fingerprint: String, at now: Instant, _ tx: any ReadTransaction) throws -> AccessKey? {
        try tx.one(
            "\(columns) WHERE fingerprint = \(fingerprint) AND ended_at IS NULL AND until_at > \(now)", AccessKey.init)
    }

    static func all(of person: PersonID, at now: Instant, _ tx: any ReadTransaction) throws -> [AccessKey] {
        try tx.all(
            """
            \(columns) WHERE person_id = \(person) AND ended_at IS NULL AND until_at > \(now)
            ORDER BY made_at DESC, id DESC LIMIT \(limit)
            """, AccessKey.init)
    }

    private static let columns: SQL = "SELECT id, name, scopes, made_at, until_at, seen_at FROM access_key"

    private init(_ row: Row) throws {
        let scopes: String = try row[2], seen: Instant = try row[5]
        (id, name, madeAt, untilAt) = try (row[0], row[1], row[3], row[4])
        self.scopes = Set(scopes.split(separator: " ").compactMap { Scope(rawValue: String($0)) })
        seenAt = seen.milliseconds > 0 ? seen : nil
    }
}

extension Accounts {
    /// - Returns: the key itself, which is shown once and kept nowhere.
    package func makeKey(
        _ name: String, scopes: Set<AccessKey.Scope>, days: Int, by viewer: Viewer
    ) async throws -> String {
        guard case .session = viewer.kind, viewer.isStaff else { throw PeopleError.notAllowed }
        guard !name.isEmpty else { throw PeopleError.missing(field: "name") }
        guard AccessKey.lives.contains(days) else { throw PeopleError.wrong(field: "days") }
        let key = AccessKey.prefix + Random.token()
        let fingerprint = people.vault.fingerprint(key, purpose: AccessKey.purpose)
        try await people.act(in: viewer.organisation, by: viewer.person) { hand in
            guard try AccessKey.all(of: viewer.person, at: hand.at, hand.tx).count < AccessKey.limit else {
                throw PeopleError.tooManyKeys
            }
            let id = SessionID.new(at: hand.at)
            // Whoever may write may read.
            let codes = scopes.union([.read]).map(\.rawValue).sorted()
            try hand.tx.run(
                """
                INSERT INTO access_key (id, organisation_id, person_id, name, scopes, fingerprint, made_at, until_at, seen_at)
                VALUES (\(id), \(hand.organisation), \(viewer.person), \(name), \(codes.joined(separator: " ")), \(fingerprint),
                    \(hand.at), \(hand.at + Minutes.days(days)), 0)
                """)
            try hand.note(.keyMade, about: viewer.person, ["session": id.text])
        }
        return key
    }

    package func endKey(_ key: SessionID, by viewer: Viewer) async throws {
        guard case .session = viewer.kind else { throw PeopleError.notAllowed }
        try await people.act(in: viewer.organisation, by: viewer.person) { hand in
            let ended = try hand.tx.run(
                """
                UPDATE access_key SET ended_at = \(hand.at)
                WHERE id = \(key) AND person_id = \(viewer.person) AND ended_at IS NULL
                """)
            guard ended > 0 else { throw PeopleError.notFound }
            try hand.note(.keyEnded, about: viewer.person, ["session": key.text])
        }
    }
}
