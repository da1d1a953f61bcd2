import ArgumentParser
import Foundation
import OknoApp

struct Setup: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Make an organisation with its first administrator, or a private certificate.",
        discussion: """
            Without --password-env the administrator gets a one-time link to the first sign-in. Example:
              okno setup --organisation "АО Север" --name "Иванова Анна Петровна" --email ivanova@example.ru
              okno setup --certificate help.example.lan --certificate 10.0.0.5
            """)

    @OptionGroup var flags: SettingFlags
    @Option(help: "Name of the organisation.") var organisation: String?
    @Option(help: "The first administrator: family name, given name, patronymic.") var name: String?
    @Option(help: "The administrator's e-mail, to sign in with.") var email: String?
    @Option(help: "A login to sign in with, besides or instead of the e-mail.") var login: String?
    @Option(help: "Environment variable that holds the administrator's password, instead of a link.") var passwordEnv:
        String?
    @Option(help: "Time zone of the organisation.") var zone = "Europe/Moscow"
    @Option(
        help: "Make a private authority and a server certificate for this host name or IP address; may be repeated.")
    var certificate: [String] = []

    func run() async throws {
        let settings = try flags.settings()
        if !certificate.isEmpty { try makeCertificate(settings) }
        guard organisation != nil || certificate.isEmpty else { return }
        let name = try asked(organisation, "Name of the organisation: ")
        let person = try asked(self.name, "Administrator (family name, given name, patronymic): ")
        let email = try self.email ?? (login == nil ? asked(nil, "Administrator's e-mail: ") : "")
        var password: String?
        if let passwordEnv {
            guard let value = ProcessInfo.processInfo.environment[passwordEnv] else {
                throw ValidationError("The environment has no variable \(passwordEnv).")
            }
            password = value
        }
        let link = try await Founding(settings).found(
            name, administrator: person, email: email, login: login ?? "", password: password, zone: zone)
        print("The organisation “\(name)” is made in \(settings.databaseName).")
        print(
            link.map { "The administrator sets a password here, once, within 14 days:\n  \($0)" }
                ?? "Sign in at \(settings.address)")
    }

    private func asked(_ given: String?, _ question: String) throws -> String {
        if let given { return given }
        guard isatty(0) == 1 else { throw ValidationError("\(question)give it by a flag; see okno setup --help.") }
        print(question, terminator: "")
        guard let answer = readLine(), !answer.isEmpty else { throw ValidationError("Nothing was given.") }
        return answer
    }

    private func makeCertificate(_ settings: Settings) throws {
        let made = try PrivateAuthority.make(for: certificate, organisation: organisation ?? "Okno", in: settings.data)
        print(
            """
            The server's certificate for \(certificate.joined(separator: ", ")): \(made.certificate)
            Its key: \(made.key)
            The server finds both by itself. Install the authority on the clients, so that browsers trust it:
              \(made.authority)
              Windows: certutil -addstore Root ca.pem, or a group policy
              Linux:   copy it as okno.crt to /usr/local/share/ca-certificates, then update-ca-certificates; Firefox and Chromium: \
            import it in their settings
              macOS:   security add-trusted-cert -d -k /Library/Keychains/System.keychain ca.pem
            Keep \(settings.data)/tls/ca.key safe: who has it can pretend to be any site to these clients.
            """)
    }
}

struct MakeDemo: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo",
        abstract: "Fill an empty installation with a made-up organisation and three months of requests.")

    @OptionGroup var flags: SettingFlags
    @Option(help: "How many requests.") var requests = 2000

    func run() async throws {
        let settings = try flags.settings()
        let shows = isatty(2) == 1
        let made = try await Demo(settings, logger: LogLines.quiet).make(requests: requests) { percent in
            if shows { FileHandle.standardError.write(Data("\r\(percent) %".utf8)) }
        }
        if shows { FileHandle.standardError.write(Data("\r".utf8)) }
        print("\(made.people) people and \(made.requests) requests are in \(settings.databaseName). Sign in with:\n")
        print(made.signIns)
    }
}
