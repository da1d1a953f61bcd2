import Foundation
package import Kernel
import Push
import Secrets
import Storage
import Web

/// Takes news to the push services of browsers. The service carries them sealed; only the browser reads them.
package struct Pushing: Sendable {
    package static let portion = 20
    /// News that could not be brought for so long are no news.
    package static let patience = Minutes.days(1)

    let notices: Notices
    let pushes: Notices.Pushes

    package init?(_ notices: Notices) {
        guard let pushes = notices.pushes else { return nil }
        (self.notices, self.pushes) = (notices, pushes)
    }

    private struct Job: Sendable {
        let notice: NoticeID, device: DeviceID, person: PersonID, organisation: OrganisationID
        let endpoint: String, key: String, secret: String, made: Instant, tries: Int
    }

    /// - Returns: how many were due.
    @discardableResult
    package func visit() async throws -> Int {
        let now = notices.site.now()
        let due = try await notices.database.read { tx in
            try tx.all(
                """
                SELECT push_job.notice_id, push_job.device_id, push_device.person_id, push_device.organisation_id,
                    push_device.endpoint, push_device.public_key, push_device.secret, push_job.made_at, push_job.tries
                FROM push_job JOIN push_device ON push_device.id = push_job.device_id
                WHERE push_job.due_at <= \(now) ORDER BY push_job.due_at LIMIT \(Self.portion)
                """
            ) { row in
                try Job(
                    notice: row[0], device: row[1], person: row[2], organisation: row[3], endpoint: row[4], key: row[5],
                    secret: row[6], made: row[7], tries: row[8])
            }
        }
        guard !due.isEmpty, let signer = try await notices.signer() else { return 0 }
        for job in due { try await note(try await send(job, signer, at: now), of: job, at: now) }
        return due.count
    }

    /// nil: there is nothing to say any more, or nobody to say it to.
    private func send(_ job: Job, _ signer: PushSigner, at now: Instant) async throws -> PushClient.Outcome? {
        guard let (message, lives) = try await message(job),
            let endpoint = PushEndpoint(job.endpoint, anyPort: pushes.anyPort),
            let subscription = PushSubscription(endpoint: endpoint, key: job.key, secret: job.secret)
        else { return nil }
        let body = try PushEncryption.encrypt(message, for: subscription, salt: Random.bytes(16))
        return await pushes.client.post(
            body, to: endpoint, authorization: try signer.authorization(for: endpoint, at: now), lives: lives)
    }

    /// What the browser shows, by the rights of this moment.
    private func message(_ job: Job) async throws -> ([UInt8], lives: Int)? {
        let site = notices.site, somebody = notices.somebody
        return try await notices.database.read { tx in
            guard
                try tx.exists(
                    "SELECT 1 FROM push_device WHERE id = \(job.device) AND \(Notices.isTold(at: site.now()))"),
                let viewer = try somebody(job.person, tx), viewer.organisation == job.organisation,
                let notice = try? Notice.find(job.notice, for: viewer, tx), notice.isUnread
            else { return nil }
            let text = site.text(viewer.language), dates = Dates(text, zone: viewer.zone, now: site.now())
            let words = try NoticeWords([notice], to: viewer, text, dates, tx)
            let fields = [
                "title": words.sentence(notice), "body": words.about(notice), "href": "/notices/\(notice.id)",
                "tag": notice.tag, "lang": viewer.language.rawValue,
                "icon": site.assets.href("img/icon-192.png"),
            ]
            return (
                Array(try JSONSerialization.data(withJSONObject: fields, options: [.sortedKeys])), notice.kind.lives
            )
        }
    }

    private func note(_ outcome: PushClient.Outcome?, of job: Job, at now: Instant) async throws {
        try await notices.database.write(in: job.organisation) { tx in
            switch outcome {
            case .later where now < job.made + Self.patience:
                try tx.run(
                    """
                    UPDATE push_job SET due_at = \(now + Outbox.pause(after: job.tries)), tries = tries + 1
                    WHERE notice_id = \(job.notice) AND device_id = \(job.device)
                    """)
                return
            case .gone, .forbidden:
                let why: String = outcome == .gone ? "gone" : "forbidden"
                try tx.run(
                    """
                    UPDATE push_device SET ended_at = \(now), why = \(why)
                    WHERE id = \(job.device) AND ended_at IS NULL
                    """)
                try tx.run("DELETE FROM push_job WHERE device_id = \(job.device)")
            default: break
            }
            try tx.run("DELETE FROM push_job WHERE notice_id = \(job.notice) AND device_id = \(job.device)")
        }
    }
}
