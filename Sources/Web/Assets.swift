import Crypto
import Foundation

/// The static files under `share/okno/static`, served from an address that holds a checksum of them all, so that a browser may
/// keep them for ever and modules may import each other by relative names.
package struct Assets: Sendable {
    package let folder: String
    /// «/static/3fa9…»
    package let root: String
    private let types: [String: String] = [
        "css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8", "svg": "image/svg+xml",
        "woff2": "font/woff2", "png": "image/png", "ico": "image/x-icon", "json": "application/json",
        "webmanifest": "application/manifest+json", "txt": "text/plain; charset=utf-8",
    ]
    private let files: Set<String>

    /// Reads every file once for the checksum.
    package init(folder: String) throws {
        self.folder = folder
        var checksum = SHA256(), files: Set<String> = []
        for path in (try? FileManager.default.subpathsOfDirectory(atPath: folder).sorted()) ?? [] {
            var isFolder: ObjCBool = false
            guard FileManager.default.fileExists(atPath: folder + "/" + path, isDirectory: &isFolder),
                !isFolder.boolValue
            else { continue }
            checksum.update(data: Data(path.utf8))
            checksum.update(data: try Data(contentsOf: URL(fileURLWithPath: folder + "/" + path)))
            files.insert(path)
        }
        self.files = files
        root = "/static/" + checksum.finalize().prefix(6).map { String($0, radix: 16) }.joined()
    }

    package func href(_ path: String) -> String { root + "/" + path }

    /// The file behind an address, if it is one of ours: the list was made at start, so no path leads outside.
    package func file(at address: Substring) -> (path: String, type: String)? {
        let path = String(address)
        guard files.contains(path) else { return nil }
        let ending = path.split(separator: ".").last.map(String.init) ?? ""
        return (folder + "/" + path, types[ending] ?? "application/octet-stream")
    }
}
