import Duty
import EventLog
import Foundation
package import Kernel
package import Logging
import People
import Reports
import Requests
import Routing
import Storage
import Web

/// The clock of the demo: each act happens when its story says.
enum DemoClock {
    @TaskLocal static var moment = Instant.now()
}

/// A made-up organisation with three months of requests, for trying things out: 300 people, 8 specialists, 5 lines.
package struct Demo: Sendable {
    package struct Made: Sendable {
        package let requests: Int, people: Int
        /// Lines «role, name to sign in with, password, person».
        package let signIns: String
    }

    private var settings: Settings
    private let logger: Logger

    package init(_ settings: Settings, logger: Logger) {
        self.settings = settings
        // Nobody of the demo is to be written to.
        self.settings.mail = nil
        self.logger = logger
    }

    /// Refuses an installation that has an organisation already. What was half made by an interrupted run counts as one.
    package func make(
        requests count: Int = 2000, until end: Instant = .now(), progress: (Int) -> Void = { _ in }
    ) async throws -> Made {
        let installation = try await Installation(settings, logger: logger) { DemoClock.moment }
        let isUsed = try await installation.database.read { tx in try tx.exists("SELECT 1 FROM organisation") }
        guard !isUsed else {
            throw InstallationFault(
                "There is an organisation in \(settings.databaseName) already; the demo wants an empty installation.")
        }
        let books = try DemoBooks(share: settings.share)
        let office = try await DemoClock.$moment.withValue(end - .days(100)) {
            var staffing = DemoStaffing(installation, books, DemoDice())
            return try await staffing.build()
        }
        var planning = DemoStories(books, office, end: end, dice: DemoDice(1))
        let stories = planning.all(count)
        var duty = DemoDuty(office: office, end: end, dice: DemoDice(3))
        try await DemoClock.$moment.withValue(end - .days(99)) { [duty] in try await duty.rules(installation.routing) }
        let norms = DemoNorms(installation: installation, office: office, end: end)
        try await DemoClock.$moment.withValue(end - .days(99)) { try await norms.rules() }
        try await DemoPlay(requests: installation.requests, duty: installation.duty, office: office).run(
            stories + duty.stories(), progress: progress)
        let newest = try await installation.database.read { tx -> Int64? in
            try tx.value(
                "SELECT number FROM request WHERE organisation_id = \(office.organisation) AND is_open = 1 ORDER BY registered_at LIMIT 1"
            )
        }
        try await DemoTalks(talks: installation.talks, office: office, end: end).play(about: newest)
        try await DemoPlans(
            requests: installation.requests, plans: installation.plans, office: office, database: installation.database,
            end: end
        ).play()
        try await DemoCalls(calls: installation.calls, office: office, end: end).play()
        try await norms.settle()
        try await markRead(office, installation.database)
        try await duty.settle(installation.database)
        try await DemoClock.$moment.withValue(end) {
            for reader in installation.readers where !(reader is Rights) {
                try await LogReading.advance(reader, on: installation.database)
            }
        }
        let text = signIns(books, office)
        _ = FileManager.default.createFile(
            atPath: settings.data + "/demo-sign-ins.txt", contents: Data(text.utf8),
            attributes: [.posixPermissions: 0o600])
        await installation.close()
        return Made(requests: stories.count, people: office.people.count, signIns: text)
    }

    /// Everybody has read what is past; of what is open, each has read up to the other's last word.
    private func markRead(_ office: DemoOffice, _ database: Database) async throws {
        try await database.write(in: office.organisation) { tx in
            for (person, isClient) in [("client_id" as SQL, true), ("assignee_id", false)] {
                try tx.run(
                    """
                    INSERT INTO reading (request_id, person_id, up_to, at, is_client)
                    SELECT id, \(person), last_number, changed_at, \(isClient) FROM request
                    WHERE organisation_id = \(office.organisation) AND \(person) IS NOT NULL
                    AND (is_open = 0 OR last_reply_by = \(person))
                    ON CONFLICT (request_id, person_id) DO NOTHING
                    """)
            }
        }
    }

    private func signIns(_ books: DemoBooks, _ office: DemoOffice) -> String {
        let people = books.people
        let named: [(String, DemoPerson?)] =
            people.clients.map { ("сотрудник", office.byLogin[$0.login]) }
            + people.specialists.map { ("специалист", office.byLogin[$0.login]) } + [("руководитель", office.manager)]
            + people.administrators.map { ("администратор", office.byLogin[$0.login]) }
        return named.compactMap { role, person -> String? in
            guard let person else { return nil }
            return "\(pad(role, 14)) \(pad(person.details.email, 38)) \(DemoOffice.password)   \(person.name.full)"
        }.joined(separator: "\n") + "\n"
    }

    private func pad(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }
}
