import Foundation
import Testing

@testable import Web

@Suite struct AssetsTests {
    static let assets = Result { try Assets(folder: share + "/static") }

    @Test(arguments: [
        "../text/ru/web.json", "css/../../text/ru/web.json", "css/../css/base.css", "./css/base.css", "/css/base.css",
        "//css/base.css",
        "css//base.css", "css", "css/", "", ".", "..", "css/base.css/", "css/base.css\0", "css\\base.css",
        "CSS/BASE.CSS", "/etc/passwd",
        "%2e%2e/text/ru/web.json", "css/%2e%2e/css/base.css", "css/base.css?x", "css/nothing.css",
        ".gitignore/../css/base.css",
    ])
    func onlyOurOwnFilesAreServed(_ path: String) throws {
        #expect(try Self.assets.get().file(at: path[...]) == nil)
    }

    @Test(arguments: [
        ("css/base.css", "text/css; charset=utf-8"), ("img/logo.svg", "image/svg+xml"),
        ("js/app.js", "text/javascript; charset=utf-8"),
    ])
    func filesHaveTheirTypes(_ path: String, _ type: String) throws {
        let file = try #require(try Self.assets.get().file(at: path[...]))
        #expect(file.type == type && FileManager.default.fileExists(atPath: file.path))
    }

    @Test func theAddressChangesWithTheContent() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("assets-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let file = folder.appendingPathComponent("a.css")
        try Data("one".utf8).write(to: file)
        let first = try Assets(folder: folder.path), same = try Assets(folder: folder.path)
        try Data("two".utf8).write(to: file)
        let second = try Assets(folder: folder.path)
        #expect(first.root == same.root && first.root != second.root && first.root.hasPrefix("/static/"))
    }
}
