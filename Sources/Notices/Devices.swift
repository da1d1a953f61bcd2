package import Kernel
import People
package import Push
import Secrets
import Storage
import Web

package enum DeviceTag {}
package typealias DeviceID = ID<DeviceTag>

/// Browsers that are told while no page of Okno is open in them.
extension Notices {
    static let mostDevices = 20

    /// Pushes, when the operator lets them.
    package struct Pushes: Sendable {
        /// «mailto:help@example.ru» or an https address.
        package var contact: String
        package var client: PushClient
        /// Tests speak to a port of their own.
        package var anyPort: Bool

        package init(contact: String, client: PushClient = PushClient(), anyPort: Bool = false) {
            (self.contact, self.client, self.anyPort) = (contact, client, anyPort)
        }
    }

    private static let sealing = "push_key"

    /// The key of this installation, made when it is first asked for and kept sealed.
    package func signer() async throws -> PushSigner? {
        guard let pushes else { return nil }
        if let known = try await database.read({ tx in try sealed(tx) }) { return try opened(known, pushes) }
        let made = PushSigner(contact: pushes.contact), now = site.now()
        let secret = Base64URL.text(try site.vault.seal(made.secret, context: Self.sealing))
        // Another node may have been faster: its key is the one that counts.
        let kept = try await database.write(in: .installation) { tx in
            try tx.run(
                "INSERT INTO push_key (id, sealed, made_at) VALUES (1, \(secret), \(now)) ON CONFLICT (id) DO NOTHING")
            return try sealed(tx)
        }
        return try kept.flatMap { try opened($0, pushes) }
    }

    private func sealed(_ tx: any ReadTransaction) throws -> String? {
        try tx.value("SELECT sealed FROM push_key WHERE id = 1")
    }

    private func opened(_ sealed: String, _ pushes: Pushes) throws -> PushSigner? {
        guard let bytes = Base64URL.bytes(sealed) else { return nil }
        return PushSigner(secret: try site.vault.open(bytes, context: Self.sealing), contact: pushes.contact)
    }

    /// Keeps a browser's subscription. The same browser again is the same device, whoever sits at it now.
    package func addDevice(
        _ endpoint: String, key: String, secret: String, agent: String, by viewer: Viewer
    ) async throws {
        // Only a person who sits at the browser adds it; it is told as long as that session lasts.
        guard let pushes, case .session(let session) = viewer.kind else { throw WebError.notFound }
        guard let place = PushEndpoint(endpoint, anyPort: pushes.anyPort),
            PushSubscription(endpoint: place, key: key, secret: secret) != nil
        else { throw NoticesError.deviceUnknown }
        let now = site.now(), device = String(agent.prefix(300))
        try await database.write(in: viewer.organisation) { tx in
            try tx.run(
                "UPDATE push_device SET ended_at = \(now), why = 'again' WHERE endpoint = \(endpoint) AND ended_at IS NULL"
            )
            let count: Int =
                try tx.value(
                    "SELECT COUNT(*) FROM push_device WHERE person_id = \(viewer.person) AND \(Self.isTold(at: now))"
                ) ?? 0
            guard count < Self.mostDevices else { throw NoticesError.tooManyDevices }
            try tx.run(
                """
                INSERT INTO push_device (id, organisation_id, person_id, session_id, endpoint, public_key, secret, agent,
                    made_at)
                VALUES (\(DeviceID.new(at: now)), \(viewer.organisation), \(viewer.person), \(session), \(endpoint), \(key),
                    \(secret), \(device), \(now))
                """)
        }
    }

    package func endDevice(_ id: DeviceID, by viewer: Viewer) async throws {
        let now = site.now()
        let changed = try await database.write(in: viewer.organisation) { tx in
            try tx.run(
                """
                UPDATE push_device SET ended_at = \(now), why = 'hand'
                WHERE id = \(id) AND person_id = \(viewer.person) AND ended_at IS NULL
                """)
        }
        guard changed > 0 else { throw NoticesError.notFound }
    }

    struct Device: Sendable {
        let id: DeviceID, agent: String, made: Instant
    }

    /// Whoever has signed out, or was signed out, is told nothing at that browser any more.
    static func isTold(at now: Instant) -> SQL {
        """
        push_device.ended_at IS NULL AND EXISTS (SELECT 1 FROM session WHERE session.id = push_device.session_id
            AND session.ended_at IS NULL AND session.seen_at > \(now - Accounts.sessionLife))
        """
    }

    static func devices(of person: PersonID, at now: Instant, _ tx: any ReadTransaction) throws -> [Device] {
        try tx.all(
            """
            SELECT id, agent, made_at FROM push_device WHERE person_id = \(person) AND \(isTold(at: now))
            ORDER BY made_at, id
            """
        ) { row in try Device(id: row[0], agent: row[1], made: row[2]) }
    }

    /// A notice goes to every device of its person; more of the same before it has gone is one message.
    static func push(_ notice: NoticeID, to person: PersonID, at now: Instant, in tx: any WriteTransaction) throws {
        try tx.run(
            """
            INSERT INTO push_job (notice_id, device_id, made_at, due_at)
            SELECT \(notice), id, \(now.milliseconds), \(now.milliseconds) FROM push_device
            WHERE person_id = \(person) AND \(isTold(at: now))
            ON CONFLICT (notice_id, device_id) DO UPDATE SET made_at = excluded.made_at
            """)
    }
}
