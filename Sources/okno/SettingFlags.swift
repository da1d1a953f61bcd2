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
    @Option(help: "Least important lines in the log: debug, info, warning, error.") var log: String?

    func settings() throws -> Settings {
        let given: [(String, String?)] = [
            ("data", data), ("database", database), ("host", host), ("port", port), ("origin", origin),
            ("certificate", certificate), ("key", key), ("proxies", proxies), ("files", files),
            ("file-limit", fileLimit),
            ("share", share), ("node", node), ("log", log),
        ]
        let flags = given.compactMap { name, value in value.map { (name, $0) } }
        return try Settings(flags: Dictionary(uniqueKeysWithValues: flags), file: config)
    }
}
