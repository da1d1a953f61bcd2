import Foundation
import Kernel
package import Live
package import Logging
package import Mail
import Turn

/// What an installation is told from outside. Each setting is looked for in this order: a flag of the command, the environment
/// (`OKNO_…`), the file `okno.json`, the default.
package struct Settings: Sendable {
    package var data: String
    package var database: String
    package var host: String
    package var port: Int
    package var origin: String?
    package var certificate: String?
    package var key: String?
    package var proxies: [AddressRange]
    package var files: String
    package var fileLimit: Int64
    package var share: String
    package var node: String
    package var log: Logger.Level
    /// nil: no letters are sent.
    package var mail: MailSettings?
    /// Browsers may be told from afar, over the push service of each.
    package var push: Bool
    /// Addresses of other relays for calls; empty when this server relays them itself.
    package var turnServers: [String]
    package var turnSecret: String?
    /// Bytes a second that one relayed session may bring, and all of this node together.
    package var relaySession: Int
    package var relayAll: Int

    package struct MailSettings: Sendable {
        package var server: SMTPServer
        package var from: Letter.Mailbox
    }

    /// One thing that can be set.
    package struct Definition: Sendable {
        /// The name in the file and, after two dashes, of the flag; in the environment upper case with `OKNO_` before it.
        package let name: String
        /// What holds when nothing is said, in words.
        package let standard: String
        package let meaning: String

        package var variable: String { "OKNO_" + name.uppercased().replacingOccurrences(of: "-", with: "_") }
    }

    /// The one list: the file, the environment, the flags, the README and `okno doctor` know nothing else.
    package static let definitions = [
        Definition(name: "data", standard: "./data", meaning: "folder of the key, the embedded database and the files"),
        Definition(
            name: "database", standard: "DATA/okno.db",
            meaning: "a path of an SQLite file, or postgresql://user@host/name for several nodes"),
        Definition(name: "host", standard: "0.0.0.0", meaning: "address to listen on"),
        Definition(name: "port", standard: "8080", meaning: "port to listen on: HTTP, HTTPS and sockets together"),
        Definition(
            name: "origin", standard: "what the browser asks for",
            meaning:
                "public address such as https://help.example.ru; links in invitations and the check of forms use it"),
        Definition(
            name: "certificate", standard: "DATA/tls/server.pem if it is there",
            meaning: "PEM file with the server's certificate and its chain; read again when it changes"),
        Definition(
            name: "key", standard: "DATA/tls/server.key if it is there", meaning: "PEM file with the certificate's key"),
        Definition(
            name: "proxies", standard: "none",
            meaning: "addresses or networks, separated by commas, whose PROXY protocol and X-Forwarded-For are believed"
        ),
        Definition(
            name: "files", standard: "DATA/files",
            meaning: "folder of attachments and recordings; several nodes must share it"),
        Definition(name: "file-limit", standard: "200", meaning: "largest file, in megabytes"),
        Definition(
            name: "share", standard: "beside the program",
            meaning: "folder of pages, texts, styles and scripts (share/okno)"),
        Definition(
            name: "node", standard: "host name and port",
            meaning: "name of this node, different for each node of an installation"),
        Definition(
            name: "smtp-host", standard: "none: no letters are sent", meaning: "mail server that takes outgoing letters"
        ),
        Definition(
            name: "smtp-port", standard: "587, 465 with tls, 25 with none", meaning: "port of the mail server"),
        Definition(
            name: "smtp-security", standard: "starttls",
            meaning: "starttls, tls (from the first byte) or none (only in a closed network, without a user)"),
        Definition(name: "smtp-user", standard: "none", meaning: "name to sign in with at the mail server"),
        Definition(name: "smtp-password", standard: "none", meaning: "password of that name"),
        Definition(
            name: "smtp-from", standard: "okno@ and the host of origin",
            meaning: "sender of letters: help@example.ru or Окно <help@example.ru>"),
        Definition(
            name: "smtp-roots", standard: "the system's",
            meaning: "PEM file of your own authority that has signed the mail server's certificate"),
        Definition(
            name: "push", standard: "on",
            meaning: "on or off: notices reach browsers with no page open, over the push services of their vendors"),
        Definition(
            name: "turn-servers", standard: "none: this server relays calls on its own port",
            meaning:
                "other relays for calls, such as coturn with use-auth-secret, separated by commas: turn:relay.example.ru:3478?transport=tcp"
        ),
        Definition(
            name: "turn-secret", standard: "none", meaning: "the secret that those relays share with this server"),
        Definition(
            name: "relay-session", standard: "10000",
            meaning:
                "kilobytes a second that this server takes from one computer or page for a call or for remote control"
        ),
        Definition(
            name: "relay-all", standard: "500000",
            meaning: "the same for all of them together; remote control waits, calls leave out pictures"),
        Definition(
            name: "log", standard: "info", meaning: "least important lines in the log: debug, info, warning or error"),
    ]

    /// Reads the settings.
    /// - Parameters:
    ///   - flags: by name, what the command line says.
    ///   - file: a file of settings; when nil, `OKNO_CONFIG`, else `okno.json` of the present folder if it is there.
    package init(
        flags: [String: String] = [:], environment: [String: String] = ProcessInfo.processInfo.environment,
        file: String? = nil
    ) throws(SettingsError) {
        let source = try Source(flags: flags, environment: environment, file: file)
        data = Self.absolute(source["data"] ?? "data")
        let database = source["database"] ?? "\(data)/okno.db"
        self.database = database.contains("://") ? database : Self.absolute(database)
        host = source["host"] ?? "0.0.0.0"
        port = try source.number("port", in: 0...65_535) ?? 8080
        origin = source["origin"].map { $0.hasSuffix("/") ? String($0.dropLast()) : $0 }
        if let origin, origin.wholeMatch(of: /https?:\/\/[^\/\s]+/) == nil {
            throw SettingsError("origin must look like https://help.example.ru, not “\(origin)”.")
        }
        let own = (certificate: "\(data)/tls/server.pem", key: "\(data)/tls/server.key")
        let hasOwn = FileManager.default.fileExists(atPath: own.certificate) && source["certificate"] == nil
        certificate = source["certificate"].map(Self.absolute) ?? (hasOwn ? own.certificate : nil)
        key = source["key"].map(Self.absolute) ?? (hasOwn ? own.key : nil)
        guard (certificate == nil) == (key == nil) else {
            throw SettingsError("certificate and key belong together; only one of them is set.")
        }
        proxies = try (source["proxies"] ?? "").split(whereSeparator: { ", ".contains($0) })
            .map { word throws(SettingsError) in
                guard let range = AddressRange(word) else {
                    throw SettingsError("proxies: “\(word)” is neither an address nor a network such as 10.0.0.0/8.")
                }
                return range
            }
        files = source["files"].map(Self.absolute) ?? "\(data)/files"
        fileLimit = Int64(try source.number("file-limit", in: 1...100_000) ?? 200) << 20
        share = try Share.find(source["share"])
        node = source["node"] ?? "\(ProcessInfo.processInfo.hostName):\(port)"
        guard let level = Logger.Level(rawValue: source["log"] ?? "info") else {
            throw SettingsError("log must be debug, info, warning or error, not “\(source["log"] ?? "")”.")
        }
        log = level
        guard let push = ["on": true, "off": false][source["push"] ?? "on"] else {
            throw SettingsError("push must be on or off, not “\(source["push"] ?? "")”.")
        }
        self.push = push
        turnServers = (source["turn-servers"] ?? "").split(whereSeparator: { ", ".contains($0) }).map(String.init)
        turnSecret = source["turn-secret"]
        relaySession = (try source.number("relay-session", in: 16...10_000_000) ?? 10_000) * 1000
        relayAll = (try source.number("relay-all", in: 16...10_000_000) ?? 500_000) * 1000
        if let word = turnServers.first(where: { !IceServers.isRelay($0) }) {
            throw SettingsError("turn-servers: “\(word)” does not look like turn:relay.example.ru:3478?transport=tcp.")
        }
        guard turnServers.isEmpty == (turnSecret == nil) else {
            throw SettingsError("turn-servers and turn-secret belong together; only one of them is set.")
        }
        mail = try Self.mail(source, origin: origin)
    }

    private static func mail(_ source: Source, origin: String?) throws(SettingsError) -> MailSettings? {
        guard let host = source["smtp-host"] else {
            for name in ["smtp-user", "smtp-from", "smtp-port"] where source[name] != nil {
                throw SettingsError("\(name) is set, but not smtp-host: no letters would be sent.")
            }
            return nil
        }
        guard let security = SMTPServer.Security(rawValue: source["smtp-security"] ?? "starttls") else {
            throw SettingsError("smtp-security must be starttls, tls or none.")
        }
        let user = source["smtp-user"]
        if security == .none, user != nil {
            throw SettingsError("smtp-user would send its password in the open: set smtp-security to starttls or tls.")
        }
        let usual =
            switch security {
            case .starttls: 587;
            case .tls: 465;
            case .none: 25
            }
        let ours =
            origin.flatMap { $0.split(separator: "/").last }.map { String($0.split(separator: ":")[0]) } ?? "localhost"
        let sender = source["smtp-from"] ?? "okno@\(ours)"
        guard let from = Letter.Mailbox(parsing: sender) else {
            throw SettingsError("smtp-from must look like help@example.ru or Окно <help@example.ru>, not “\(sender)”.")
        }
        let server = SMTPServer(
            host: host, port: try source.number("smtp-port", in: 1...65_535) ?? usual, security: security, user: user,
            password: source["smtp-password"] ?? "", roots: source["smtp-roots"].map(absolute), name: ours)
        return MailSettings(server: server, from: from)
    }

    package var isPostgres: Bool { database.hasPrefix("postgres://") || database.hasPrefix("postgresql://") }

    /// Where people find this server, for links on the command line.
    package var address: String {
        origin
            ?? "\(certificate == nil ? "http" : "https")://\(host == "0.0.0.0" || host == "::" ? "localhost" : host):\(port)"
    }

    static func absolute(_ path: String) -> String {
        let path = (path as NSString).expandingTildeInPath
        let full = path.hasPrefix("/") ? path : FileManager.default.currentDirectoryPath + "/" + path
        return (full as NSString).standardizingPath
    }
}

/// What is wrong with the configuration, in a sentence for the person who starts the program.
package struct SettingsError: Error, CustomStringConvertible {
    package let description: String
    init(_ description: String) { self.description = description }
}

/// The three places of settings, one over another.
private struct Source {
    private var values: [String: String] = [:]

    init(flags: [String: String], environment: [String: String], file: String?) throws(SettingsError) {
        let named = file ?? environment["OKNO_CONFIG"]
        if let path = named ?? (FileManager.default.fileExists(atPath: "okno.json") ? "okno.json" : nil) {
            values = try Self.read(path)
        }
        for definition in Settings.definitions {
            if let value = environment[definition.variable], !value.isEmpty { values[definition.name] = value }
            if let value = flags[definition.name] { values[definition.name] = value }
        }
    }

    subscript(name: String) -> String? { values[name] }

    func number(_ name: String, in range: ClosedRange<Int>) throws(SettingsError) -> Int? {
        guard let text = values[name] else { return nil }
        guard let number = Int(text), range.contains(number) else {
            throw SettingsError(
                "\(name) must be a number from \(range.lowerBound) to \(range.upperBound), not “\(text)”.")
        }
        return number
    }

    /// A flat JSON object. A name that is not of the list is refused: it is more likely a slip than a wish.
    private static func read(_ path: String) throws(SettingsError) -> [String: String] {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw SettingsError("The settings file \(path) cannot be read.")
        }
        guard let object = (try? JSONSerialization.jsonObject(with: data)) as? [String: Any] else {
            throw SettingsError("\(path) is not a JSON object such as {\"port\": 8080}.")
        }
        var values: [String: String] = [:]
        for (name, value) in object {
            guard Settings.definitions.contains(where: { $0.name == name }) else {
                throw SettingsError("\(path): there is no setting “\(name)”.")
            }
            values[name] = (value as? String) ?? "\(value)"
        }
        return values
    }
}

/// The folder `share/okno`: beside an installed program (`bin/okno`, `share/okno`), or in the checkout that the program was built in.
enum Share {
    static func find(_ given: String?) throws(SettingsError) -> String {
        if let given {
            let path = Settings.absolute(given)
            guard isShare(path) else {
                throw SettingsError("share: \(path) holds no pages of Okno (no folder “templates”).")
            }
            return path
        }
        var folder = (executable as NSString).deletingLastPathComponent
        // bin/ of an installation is one step below; .build/<triple>/release of a checkout three.
        for _ in 0..<5 {
            let candidate = folder + "/share/okno"
            if isShare(candidate) { return candidate }
            folder = (folder as NSString).deletingLastPathComponent
        }
        let here = FileManager.default.currentDirectoryPath + "/share/okno"
        if isShare(here) { return here }
        throw SettingsError("The folder share/okno was not found beside the program; name it by --share or OKNO_SHARE.")
    }

    /// A program of ours that lies with this one.
    static func beside(_ name: String) -> String {
        (executable as NSString).deletingLastPathComponent + "/" + name
    }

    private static func isShare(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path + "/templates") }

    private static var executable: String {
        (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"))
            ?? Settings.absolute(CommandLine.arguments.first ?? "okno")
    }
}
