import Foundation
import Hummingbird
import Kernel
import Logging
import NIOCore
import Secrets
import ServiceLifecycle
import Storage
import Web

/// The door for commands on this machine. Only the server writes a live SQLite file, so `okno backup` asks it: the address and a
/// secret lie in a file of the data folder that only its owner can read.
struct Operator: Service {
    static let header = "X-Okno-Operator"

    private let installation: Installation
    private let token = Random.token()
    private var file: String { Self.file(in: installation.settings) }

    static func file(in settings: Settings) -> String { settings.data + "/operator" }

    init(_ installation: Installation) throws {
        self.installation = installation
        try? FileManager.default.removeItem(atPath: file)
    }

    /// Says where the server listens.
    func open(port: Int) {
        let host = ["0.0.0.0", "::"].contains(installation.settings.host) ? "127.0.0.1" : installation.settings.host
        let text = "\(host)\n\(port)\n\(token)\n"
        _ = FileManager.default.createFile(
            atPath: file, contents: Data(text.utf8), attributes: [.posixPermissions: 0o600])
    }

    func run() async throws {
        try? await gracefulShutdown()
        // Another node on the same folder may have put its own there since.
        let present = FileManager.default.contents(atPath: file).map { String(decoding: $0, as: UTF8.self) }
        if present?.contains(token) == true { try? FileManager.default.removeItem(atPath: file) }
    }

    func addRoutes(to router: Router<WebContext>) {
        router.post("/operator/backup") { request, context in try await backup(request, context) }
        router.get("/operator/examination") { request, context in try await examination(request, context) }
    }

    /// Whoever has not the secret is told nothing, not even that the address exists.
    private func check(_ request: Request, _ context: WebContext) throws {
        guard isNear(context.clientAddress), request.headers[.init(Self.header)!] == token else {
            throw WebError.notFound
        }
    }

    private func examination(_ request: Request, _ context: WebContext) async throws -> Response {
        try check(request, context)
        let findings = await Doctor(installation.settings).examine(installation.database.engine)
        let data = try JSONEncoder().encode(findings)
        return Response(
            status: .ok, headers: [.contentType: "application/json", .cacheControl: "no-store"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: data)))
    }

    private func backup(_ request: Request, _ context: WebContext) async throws -> Response {
        try check(request, context)
        let form = try await Form(request)
        guard let folder = form.raw("folder"), folder.hasPrefix("/") else { throw WebError.missing(field: "folder") }
        do {
            let manifest = try await Backup(
                installation.settings, database: installation.database, files: installation.files
            )
            .make(in: folder)
            return try installation.site.json(["summary": manifest.summary])
        } catch {
            installation.logger.error("backup failed", metadata: ["cause": "\(error)"])
            return try installation.site.json(["error": error.plain], status: .internalServerError)
        }
    }

    private func isNear(_ address: String) -> Bool {
        ["127.0.0.1", "::1", installation.settings.host].contains(address)
    }
}
