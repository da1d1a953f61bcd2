import Foundation
import Mail
import OknoApp
import Synchronization

/// A real mail server in a process of its own (`mail_server.py`), with a certificate of a private authority.
final class MailServer: Sendable {
    let folder: URL
    private let options: [String]
    private let state = Mutex<(process: Process?, port: Int)>((nil, 0))
    let roots: String

    static let checkout = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().path

    /// - Parameter tls: starttls, implicit, or nil for neither.
    init(
        tls: String? = "starttls", user: String? = nil, ways: String = "PLAIN,LOGIN",
        names: [String] = ["localhost", "127.0.0.1"]
    ) throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("mail-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let made = try PrivateAuthority.make(for: names, organisation: "Проба", in: folder.path)
        roots = made.authority
        var options = [folder.path, "--ways", ways]
        if let tls { options += ["--tls", tls, "--certificate", made.certificate, "--key", made.key] }
        if let user { options += ["--user", user] }
        self.options = options
        try start()
    }

    var port: Int { state.withLock { $0.port } }

    /// The port comes by a file: a pipe would be inherited by whatever other tests start meanwhile.
    func start() throws {
        let file = folder.path + "/port"
        try? FileManager.default.removeItem(atPath: file)
        let process = try python(
            [Self.checkout + "/Tests/NoticesTests/mail_server.py"] + options
                + (port == 0 ? [] : ["--port", String(port)]))
        let port = try waitForPort(in: folder)
        state.withLock { $0 = (process, port) }
    }

    func stop() {
        let process = state.withLock { state in
            defer { state.process = nil }
            return state.process
        }
        guard let process else { return }
        kill(process.processIdentifier, SIGKILL)
        while process.isRunning { usleep(5000) }
    }

    deinit {
        stop()
        try? FileManager.default.removeItem(at: folder)
    }

    /// What has come, in order.
    var letters: [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return names.filter { $0.hasSuffix(".eml") }.sorted().map { name in
            String(decoding: FileManager.default.contents(atPath: folder.path + "/" + name) ?? Data(), as: UTF8.self)
        }
    }

    func isPuttingOff(_ on: Bool) {
        let path = folder.path + "/later"
        if on {
            _ = FileManager.default.createFile(atPath: path, contents: nil)
        } else {
            try? FileManager.default.removeItem(atPath: path)
        }
    }

    func server(_ security: SMTPServer.Security = .starttls, user: String? = nil, password: String = "") -> SMTPServer {
        var server = SMTPServer(
            host: "localhost", port: port, security: security, user: user, password: password, roots: roots,
            name: "okno.test")
        server.patience = 5
        return server
    }
}

func python(_ arguments: [String]) throws -> Process {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: MailServer.checkout + "/.venv/bin/python")
    process.arguments = arguments
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = FileHandle.nullDevice
    try process.run()
    return process
}

/// The port that a server started just now has written down.
func waitForPort(in folder: URL) throws -> Int {
    for _ in 0..<1000 {
        if let text = try? String(contentsOfFile: folder.path + "/port", encoding: .utf8), let port = Int(text) {
            return port
        }
        usleep(20_000)
    }
    throw CocoaError(.executableLoad)
}

/// Reads a letter as Python's mail library does: headers and parts in plain text.
func opened(_ letter: String) throws -> String {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("letter-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try Data(letter.utf8).write(to: folder.appendingPathComponent("in"))
    let process = try python([
        "-c",
        """
        import email, email.policy, os, sys
        letter = email.message_from_bytes(open(sys.argv[1] + "/in", "rb").read(), policy=email.policy.default)
        assert not letter.defects, letter.defects
        lines = [f"{name}: {letter[name]}" for name in letter]
        for part in letter.walk():
            if part.is_multipart(): continue
            content = part.get_content()
            if not isinstance(content, str): content = content.hex()
            lines.append("|".join([part.get_content_type(), part.get_filename() or "", content]))
        open(sys.argv[1] + "/out", "w", encoding="utf-8").write("\\n".join(lines))
        """, folder.path,
    ])
    while process.isRunning { usleep(5000) }
    return try String(contentsOf: folder.appendingPathComponent("out"), encoding: .utf8).replacing("\r\n", with: "\n")
}
