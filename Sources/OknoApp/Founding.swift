import Kernel
import Logging
import People
import Web

/// What `okno setup` does: the first organisation of an installation, or another one.
package struct Founding: Sendable {
    private let settings: Settings

    package init(_ settings: Settings) { self.settings = settings }

    /// - Parameter administrator: family name, given name, patronymic.
    /// - Returns: the one-time link for the administrator; nil when a password was given.
    package func found(
        _ name: String, administrator: String, email: String, login: String, password: String?, zone: String
    ) async throws -> String? {
        guard let zone = Zone(zone) else { throw InstallationFault("There is no time zone “\(zone)”.") }
        let parts = administrator.split(separator: " ").map(String.init)
        guard parts.count >= 2 else { throw InstallationFault("Give the administrator's family name and given name.") }
        let installation = try await Installation(settings, logger: LogLines.logger(.warning))
        let person = PersonDetails(
            family: parts[0], given: parts[1], patronymic: parts.dropFirst(2).joined(separator: " "), email: email,
            login: login)
        do {
            let founded = try await installation.people.createOrganisation(
                OrganisationDetails(name: name, zone: zone), administrator: person, password: password)
            await installation.close()
            return founded.invitation.map { "\(settings.address)/invitations/\($0)" }
        } catch let error as PeopleError {
            await installation.close()
            throw InstallationFault(installation.site.text(.english)(error.key, error.details))
        }
    }
}
