import Files
import Foundation
import HTTPTypes
import Hummingbird
import Kernel
import NIOCore
import OknoApp
import TestOffice
import Testing

@testable import Requests

@Suite struct FileTests {
    @Test(arguments: Engine.available)
    func aFileComesInPartsAndGoesOutWhole(on engine: Engine) async throws {
        try await Desk.with(engine) { desk in
            let bytes = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
            let file = try await desk.upload("Отчёт за ноябрь.bin", bytes, partsOf: 70_000)
            let number = try await desk.register("Смотрите") { $0.uploads = [file] }
            let address = "/requests/\(number)/files/\(file)"
            for who in [Who.anna, .boris, .dina] {
                let answer = try await desk.ask(.get, address, as: who)
                #expect(answer.status == 200 && answer.bytes == bytes)
                #expect(answer.header("Content-Type") == "application/octet-stream")
                #expect(answer.header("Content-Disposition").hasPrefix("attachment; filename*=UTF-8''%D0%9E"))
            }
            for who in [Who.egor, .zoya, .oleg] { #expect(try await desk.ask(.get, address, as: who).status == 404) }
            let page = try await desk.ask(.get, "/requests/\(number)/messages")
            #expect(page.text.contains("Отчёт за ноябрь.bin") && page.text.contains("293\u{A0}КБ"))
            // Only under its own request.
            let other = try await desk.register("Другая")
            #expect(try await desk.ask(.get, "/requests/\(other)/files/\(file)").status == 404)
            // A message may be nothing but a file.
            let second = try await desk.upload("второй.txt", Array("второй".utf8))
            try await desk.write("", in: number, as: .anna, uploads: [second])
            #expect(try await desk.ask(.get, "/requests/\(number)/files/\(second)").text == "второй")
            try await desk.audit()
        }
    }

    @Test(arguments: Engine.available)
    func aCutUploadGoesOnWhereItWasCut(on engine: Engine) async throws {
        try await Desk.with(engine) { desk in
            let bytes = (0..<100_000).map { UInt8(truncatingIfNeeded: $0 / 7) }
            let id = UploadID.new()
            let announced = [("id", id.text), ("name", "акт.bin"), ("size", "100000")]
            #expect(try await desk.ask(.post, "/uploads", announced).json["offset"] as? Int == 0)
            // The connection breaks in the middle of a part.
            struct Cut: Error {}
            let parts = AsyncThrowingStream<ByteBuffer, any Error> { stream in
                stream.yield(ByteBuffer(bytes: bytes[..<30_000]))
                stream.finish(throwing: Cut())
            }
            let cut = try await desk.ask(
                .patch, "/uploads/\(id)", headers: ["Upload-Offset": "0"], body: RequestBody(asyncSequence: parts))
            #expect(cut.status >= 400)
            let known = try await desk.ask(.get, "/uploads/\(id)").json["offset"] as? Int
            #expect(known == 30_000, "what came is kept")
            for wrong in [0, 29_999, 30_001, 99_999] {
                let answer = try await desk.append([1, 2, 3], to: id, at: wrong)
                #expect(answer.status == 409, "offset \(wrong)")
            }
            #expect(
                try await desk.ask(.post, "/uploads", announced).json["offset"] as? Int == 30_000,
                "announced again it is the same")
            let anna = try await desk.viewer(.anna)
            let early = try await refusal {
                var early = Registration(id: .new(), line: desk.computers, text: "Рано")
                early.uploads = [id]
                _ = try await desk.requests.register(early, by: anna)
            }
            #expect(early == .uploadUnfinished)
            let rest = try await desk.append(Array(bytes[30_000...]), to: id, at: 30_000)
            #expect(rest.status == 200 && rest.json["offset"] as? Int == 100_000)
            #expect(try await desk.ask(.get, "/uploads/\(id)").json["offset"] as? Int == 100_000)
            // The answer to the last part was lost: sending it again harms nothing.
            #expect(
                try await desk.append(Array(bytes[30_000...]), to: id, at: 30_000).json["offset"] as? Int == 100_000)
            let number = try await desk.register("Готово") { $0.uploads = [id] }
            #expect(try await desk.ask(.get, "/requests/\(number)/files/\(id)").bytes == bytes)
            // An attached file is no upload any more.
            #expect(try await desk.ask(.get, "/uploads/\(id)").status == 404)
            #expect(try await desk.ask(.post, "/uploads", announced).status == 404)
            #expect(try await desk.append([1], to: id, at: 0).status == 404)
        }
    }

    /// The old connection hangs while the page has begun anew: one of them writes.
    @Test(arguments: Engine.available)
    func twoConnectionsDoNotMixTheirBytes(on engine: Engine) async throws {
        try await Desk.with(engine) { desk in
            let id = UploadID.new()
            _ = try await desk.ask(.post, "/uploads", [("id", id.text), ("name", "a.bin"), ("size", "20")])
            let (parts, hanging) = AsyncStream.makeStream(of: ByteBuffer.self)
            hanging.yield(ByteBuffer(bytes: Array(repeating: 1, count: 5)))
            async let first = desk.ask(
                .patch, "/uploads/\(id)", headers: ["Upload-Offset": "0"], body: RequestBody(asyncSequence: parts))
            while desk.office.installation.files.received(id) < 5 { try await Task.sleep(for: .milliseconds(5)) }
            let second = try await desk.append(Array(repeating: 2, count: 15), to: id, at: 5)
            #expect(second.status == 409)
            hanging.finish()
            #expect(try await first.status == 200)
            #expect(try await desk.append(Array(repeating: 2, count: 15), to: id, at: 5).status == 200)
            let number = try await desk.register("Файл") { $0.uploads = [id] }
            let whole = try await desk.ask(.get, "/requests/\(number)/files/\(id)")
            #expect(whole.bytes == Array(repeating: 1, count: 5) + Array(repeating: 2, count: 15))
        }
    }

    @Test(arguments: Engine.available)
    func anUploadIsItsPersonsOwn(on engine: Engine) async throws {
        try await Desk.with(engine) { desk in
            let id = UploadID.new(), announced = [("id", id.text), ("name", "акт.txt"), ("size", "4")]
            #expect(try await desk.ask(.post, "/uploads", announced).status == 201)
            for who in [Who.boris, .dina, .oleg] {
                #expect(try await desk.ask(.get, "/uploads/\(id)", as: who).status == 404)
                #expect(try await desk.append([1, 2, 3, 4], to: id, at: 0, as: who).status == 404)
                #expect(try await desk.ask(.post, "/uploads", announced, as: who).status == 404)
                #expect(try await desk.ask(.delete, "/uploads/\(id)", as: who).status == 204)
            }
            #expect(
                try await desk.append(Array("акт!".utf8.prefix(4)), to: id, at: 0).status == 200, "nobody harmed it")
            let number = try await desk.register("Заявка")
            let boris = try await desk.viewer(.boris)
            await #expect(throws: RequestError.uploadUnknown) {
                try await desk.requests.write(
                    Draft(id: .new(), text: "Моё", uploads: [id]), in: number, by: boris)
            }
            #expect(try await desk.messages(number).count == 1)
            #expect(try await desk.ask(.delete, "/uploads/\(id)").status == 204)
            #expect(try await desk.ask(.get, "/uploads/\(id)").status == 404)
        }
    }

    @Test(arguments: Engine.available)
    func tooMuchIsRefusedBeforeAndWhileItComes(on engine: Engine) async throws {
        try await Desk.with(engine) { desk in
            let limit = Int(desk.requests.largestFile)
            func begin(_ size: String) async throws -> Answer {
                try await desk.ask(
                    .post, "/uploads", [("id", UploadID.new().text), ("name", "a"), ("size", size)],
                    headers: ["Accept": "application/json"])
            }
            #expect(try await begin(String(limit)).status == 201)
            let refused = try await begin(String(limit + 1))
            #expect(refused.status == 413 && (refused.json["error"] as? String)?.contains("больше") == true)
            #expect(try await begin("-1").status == 422)
            #expect(try await begin("много").status == 422)
            #expect(try await begin("").status == 422)
            #expect(try await begin("99999999999999999999").status == 422)

            let id = UploadID.new()
            _ = try await desk.ask(.post, "/uploads", [("id", id.text), ("name", "a"), ("size", "10")])
            #expect(try await desk.append(Array(repeating: 1, count: 11), to: id, at: 0).status == 413)
            #expect(
                try await desk.append(Array(repeating: 1, count: 10), to: id, at: 0).status == 200,
                "and the right size fits")
            for header in [[:], ["Upload-Offset": "-1"], ["Upload-Offset": "x"]] {
                let answer = try await desk.ask(
                    .patch, "/uploads/\(id)", headers: header, body: RequestBody(buffer: ByteBuffer(bytes: [1])))
                #expect(answer.status == 422)
            }
            #expect(
                try await desk.ask(.post, "/uploads", [("id", "../../etc"), ("name", "a"), ("size", "1")]).status == 422
            )
            let empty = try await desk.upload("пусто.txt", [])
            let number = try await desk.register("Пустой файл") { $0.uploads = [empty] }
            #expect(try await desk.ask(.get, "/requests/\(number)/files/\(empty)").status == 200)
        }
    }

    @Test(arguments: [
        ("../../etc/passwd", "passwd"), ("..\\..\\windows\\win.ini", "win.ini"), ("/", "file"), ("", "file"),
        ("...", "file"),
        (".htaccess", "htaccess"), ("отчёт\u{202E}fdp.exe", "отчётfdp.exe"), ("a\u{2066}b\u{2069}.txt", "ab.txt"),
        ("  имя  .txt ", "имя .txt"),
        ("стр\r\nока\0.txt", "стр ока .txt"), ("C:\\Users\\Анна\\смета.xlsx", "смета.xlsx"), ("a/b/", "b"),
        (String(repeating: "д", count: 300), String(repeating: "д", count: 180)),
        ("<img src=x>.png", "<img src=x>.png"),
    ])
    func aNameIsOnlyAName(_ given: String, _ kept: String) { #expect(Requests.fileName(given) == kept) }

    @Test(arguments: Engine.available)
    func whatCouldRunIsDownloadedAndNeverShown(on engine: Engine) async throws {
        try await Desk.with(engine) { desk in
            let dangers = [
                ("page.html", "<script>alert(1)</script>"),
                ("picture.svg", "<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"),
                ("photo.png", "<script>alert(1)</script>"), ("x.xhtml", "<?xml version='1.0'?>"), ("a.pdf", "%PDF-1.4"),
                ("a.js", "alert(1)"),
            ]
            for (name, text) in dangers {
                let file = try await desk.upload(name, Array(text.utf8), as: .oleg)
                let number = try await desk.register(name, as: .oleg, line: desk.foreignLine) { $0.uploads = [file] }
                let answer = try await desk.ask(.get, "/requests/\(number)/files/\(file)", as: .olga)
                #expect(answer.status == 200 && answer.text == text)
                #expect(answer.header("Content-Type") == "application/octet-stream", "\(name)")
                #expect(answer.header("Content-Disposition").hasPrefix("attachment;"), "\(name)")
                #expect(answer.header("Content-Security-Policy").hasPrefix("sandbox; default-src 'none'"), "\(name)")
                #expect(answer.header("X-Content-Type-Options") == "nosniff")
                #expect(
                    try await desk.ask(.get, "/requests/\(number)/files/\(file)/preview", as: .olga).status == 404,
                    "\(name)")
            }
        }
    }

    /// One red dot.
    static let png = [UInt8](
        Data(
            base64Encoded:
                "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg==")!)

    @Test(arguments: Engine.available)
    func aPictureIsShownWithAPreview(on engine: Engine) async throws {
        try await Desk.with(engine) { desk in
            let picture = try await desk.upload("снимок", Self.png)
            let number = try await desk.register("Вот снимок") { $0.uploads = [picture] }
            let address = "/requests/\(number)/files/\(picture)"
            let whole = try await desk.ask(.get, address)
            #expect(whole.status == 200 && whole.bytes == Self.png && whole.header("Content-Type") == "image/png")
            #expect(whole.header("Content-Disposition").hasPrefix("inline;"))
            #expect(whole.header("Content-Security-Policy").hasPrefix("sandbox"))
            guard FileManager.default.isExecutableFile(atPath: "/usr/bin/vipsthumbnail") else { return }
            for _ in 0..<2 {
                let small = try await desk.ask(.get, address + "/preview", as: .boris)
                #expect(small.status == 200 && small.header("Content-Type") == "image/webp")
                #expect(small.bytes.starts(with: Array("RIFF".utf8)))
            }
            let broken = try await desk.upload("сломан.png", Array(Self.png.prefix(20)))
            let second = try await desk.register("Сломан") { $0.uploads = [broken] }
            #expect(try await desk.ask(.get, "/requests/\(second)/files/\(broken)/preview").status == 404)
        }
    }

    @Test(arguments: Engine.available)
    func aPartOfAFileIsAnswered(on engine: Engine) async throws {
        try await Desk.with(engine) { desk in
            let bytes = (0..<1000).map { UInt8(truncatingIfNeeded: $0) }
            let file = try await desk.upload("a.bin", bytes)
            let number = try await desk.register("Файл") { $0.uploads = [file] }
            for (range, slice) in [
                ("bytes=0-99", 0..<100), ("bytes=900-", 900..<1000), ("bytes=-10", 990..<1000), ("bytes=5-5", 5..<6),
                ("bytes=990-5000", 990..<1000), ("bytes=-5000", 0..<1000),
            ] {
                let answer = try await desk.ask(.get, "/requests/\(number)/files/\(file)", headers: ["Range": range])
                #expect(answer.status == 206 && answer.bytes == Array(bytes[slice]), "\(range)")
                #expect(answer.header("Content-Range") == "bytes \(slice.lowerBound)-\(slice.upperBound - 1)/1000")
            }
            for range in ["bytes=1000-", "bytes=9-3", "bytes=-0", "bytes=", "bytes=0-1,5-6", "lines=1-2"] {
                let answer = try await desk.ask(.get, "/requests/\(number)/files/\(file)", headers: ["Range": range])
                #expect(answer.status == 200 && answer.bytes == bytes, "\(range)")
            }
        }
    }
}
