import ArgumentParser
import Foundation
import OknoApp

/// The flags that every command takes: the list of `Settings.definitions`.
struct SettingFlags: ParsableArguments {
    @Option(help: "File of settings; okno.json of the present folder when not given.") var config: String?
    @Option(help: "Folder of the key, the embedded database and the files.") var data: String?
    @Option(help: "SQLite file or postgresql:// address.") var database: String?
    @Option(help: "Address to listen on.") var host: String?
    @Option(help: "Port to listen on.") var port: String?
    @Option(help: "Public address, such as https://help.example.ru.") var origin: String?
    @Option(name: .customLong("certificate-file"), help: "PEM file with the server's certificate and its chain.")
    var certificate: String?
    @Option(name: .customLong("key-file"), help: "PEM file with the certificate's key.") var key: String?
    @Option(help: "Trusted proxies, separated by commas.") var proxies: String?
    @Option(help: "Folder of attachments.") var files: String?
    @Option(help: "Largest file, in megabytes.") var fileLimit: String?
    @Option(help: "Folder of pages, texts and scripts.") var share: String?
    @Option(help: "Name of this node.") var node: String?
    @Option(help: "Mail server that takes outgoing letters.") var smtpHost: String?
    @Option(help: "Port of the mail server.") var smtpPort: String?
    @Option(help: "Protection of mail: starttls, tls, none.") var smtpSecurity: String?
    // No flag for the password: everybody on the machine can read a command line.
    @Option(help: "Name to sign in with at the mail server.") var smtpUser: String?
    @Option(help: "Sender of letters.") var smtpFrom: String?
    @Option(help: "PEM file of your own authority for the mail server.") var smtpRoots: String?
    @Option(help: "Browsers told from afar: on or off.") var push: String?
    // Nor for the secret of other relays.
    @Option(help: "Other relays for calls, separated by commas.") var turnServers: String?
    @Option(help: "Kilobytes a second that one computer or page may bring to be relayed.") var relaySession: String?
    @Option(help: "The same for all of them together.") var relayAll: String?
    @Option(help: "Least important lines in the log: debug, info, warning, error.") var log: String?

    func settings() throws -> Settings {
        let given: [(String, String?)] = [
            ("data", data), ("database", database), ("host", host), ("port", port), ("origin", origin),
            ("certificate", certificate), ("key", key), ("proxies", proxies), ("files", files),
            ("file-limit", fileLimit),
            ("share", share), ("node", node), ("log", log), ("smtp-host", smtpHost), ("smtp-port", smtpPort),
            ("smtp-security", smtpSecurity), ("smtp-user", smtpUser), ("smtp-from", smtpFrom),
            ("smtp-roots", smtpRoots), ("push", push), ("turn-servers", turnServers),
            ("relay-session", relaySession), ("relay-all", relayAll),
        ]
        let flags = given.compactMap { name, value in value.map { (name, $0) } }
        return try Settings(flags: Dictionary(uniqueKeysWithValues: flags), file: config)
    }
}
