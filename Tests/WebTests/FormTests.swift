import Foundation
import HTTPTypes
import Hummingbird
import Kernel
import NIOCore
import Testing

@testable import Web

@Suite struct FormTests {
    @Test(arguments: [
        "a=%", "a=%4", "a=%zz", "a=%FF", "a=%C3", "a=%C3%28", "a=%ED%A0%80", "a=%F8%88%80%80%80", "a=%00", "a=x%00y",
        "%FF=1", "a=%+1",
    ])
    func brokenTextIsRefused(_ body: String) {
        #expect(throws: WebError.notText) { try Form(encoded: Array(body.utf8)) }
    }

    @Test func rawBytesThatAreNoTextAreRefused() {
        for bytes: [UInt8] in [[0x61, 0x3D, 0xFF], [0x61, 0x3D, 0x00], [0xC3, 0x3D, 0x31]] {
            #expect(throws: WebError.notText) { try Form(encoded: bytes) }
        }
    }

    @Test(
        arguments: [
            ("a=%D0%96+1", "Ж 1"), ("a=1+%2B+1", "1 + 1"), ("a", ""), ("a=", ""), ("a=b=c", "b=c"), ("&&a=1&&", "1"),
            ("a=1&a=2", "2"),
            ("a=%F0%9F%98%80", "😀"), ("x=1", nil), ("", nil), ("=1", nil),
        ] as [(String, String?)])
    func fieldsAreDecoded(_ body: String, _ value: String?) throws {
        #expect(try Form(encoded: Array(body.utf8)).raw("a") == value)
    }

    @Test func aBodyOverTheLimitIsRefusedDeclaredOrNot() async throws {
        let large = ByteBuffer(repeating: UInt8(ascii: "a"), count: Form.largestBody + 1)
        let declared = request(headers: [.contentLength: String(large.readableBytes)], body: large)
        await #expect(throws: WebError.tooLarge) { try await Form(declared) }
        let silent = request(headers: [:], body: large)
        await #expect(throws: WebError.tooLarge) { try await Form(silent) }
        let fits = request(
            headers: [:], body: ByteBuffer(string: "a=" + String(repeating: "b", count: Form.largestBody - 2)))
        #expect(try await Form(fits).raw("a")?.count == Form.largestBody - 2)
    }

    @Test(
        arguments: [
            ("  Иван  ", "Иван"), ("Иван\r\nИванов", "Иван Иванов"), ("a\u{202E}b", "ab"), (" \u{A0}\t ", nil),
            ("", nil),
            (String(repeating: "ж", count: 20), String(repeating: "ж", count: 20)),
        ] as [(String, String?)])
    func aLineIsOneLine(_ raw: String, _ line: String?) throws {
        #expect(try Form(["a": [raw]]).line("a", atMost: 20) == line)
    }

    @Test func linesHaveTheirLengthInCharacters() {
        let form = Form(["a": [String(repeating: "👩‍👩‍👧", count: 21)], "b": ["  "]])
        #expect(throws: WebError.tooLong(field: "a", limit: 20)) { try form.line("a", atMost: 20) }
        #expect(throws: WebError.missing(field: "b")) { try form.requiredLine("b") }
        #expect(throws: WebError.missing(field: "c")) { try form.requiredLine("c") }
        #expect(throws: WebError.missing(field: "b")) { try form.requiredText("b") }
        #expect(throws: WebError.tooLong(field: "a", limit: 5)) { try form.text("a", atMost: 5) }
    }

    @Test(
        arguments: [
            ("5", .success(5)), ("1 000", .success(1000)), ("1\u{A0}000", .success(1000)), ("", .success(nil)),
            ("0", .failure(.wrong(field: "n"))),
            ("1001", .failure(.wrong(field: "n"))), ("1.5", .failure(.wrong(field: "n"))),
            ("5;", .failure(.wrong(field: "n"))),
            ("9223372036854775808", .failure(.wrong(field: "n"))), ("пять", .failure(.wrong(field: "n"))),
            ("111111111111111111111", .failure(.tooLong(field: "n", limit: 20))),
        ] as [(String, Result<Int?, WebError>)])
    func numbersAreInTheirRange(_ raw: String, _ expected: Result<Int?, WebError>) {
        let form = Form(["n": [raw]])
        #expect(Result { () throws(WebError) in try form.int("n", in: 1...1000) } == expected)
    }

    @Test(arguments: [
        "1", "018f0000-0000-7000-8000-00000000000", "018f0000-0000-7000-8000-0000000000011",
        "018f0000_0000-7000-8000-000000000001",
        "018g0000-0000-7000-8000-000000000001", "' OR 1=1 --", "../../etc/passwd",
        "{018f0000-0000-7000-8000-00000000001}",
        "018f0000-0000-7000-8000-00000000000ё",
    ])
    func idsOfAnotherShapeAreWrong(_ raw: String) {
        let form = Form(["id": [raw]])
        #expect(throws: (any Error).self) { try form.id("id") as PersonID? }
        #expect(throws: WebError.wrong(field: "id")) { try form.ids("id") as [PersonID] }
        #expect(PersonID(parsing: raw) == nil)
    }

    @Test func idsAreReadInAnyCase() throws {
        let form = Form(["id": ["018F0000-0000-7000-8000-00000000000A", ""]])
        #expect(try (form.ids("id") as [PersonID]).map(\.text) == ["018f0000-0000-7000-8000-00000000000a"])
        #expect(try Form(["id": [""]]).id("id") as PersonID? == nil)
        #expect(throws: WebError.missing(field: "id")) { try Form().requiredID("id") as PersonID }
    }

    @Test func codesAreOfTheList() throws {
        let form = Form(["role": ["manager"], "wrong": ["root"]])
        #expect(try form.code("role", Role.self) == .manager)
        #expect(throws: WebError.wrong(field: "wrong")) { try form.code("wrong", Role.self) }
        #expect(throws: WebError.missing(field: "none")) { try form.requiredCode("none", Role.self) }
    }

    @Test(
        arguments: [
            ("2026-11-24T16:00", "2026-11-24 13:00"), ("2026-11-24 16:00:30", "2026-11-24 13:00"), ("", nil),
        ] as [(String, String?)])
    func momentsAreOfTheViewersZone(_ raw: String, _ utc: String?) throws {
        let moment = try Form(["at": [raw]]).moment("at", in: .moscow)
        #expect(
            moment.map { Zone.utc.local($0).date.description + " " + Dates.clock(Zone.utc.local($0).minute) } == utc)
    }

    @Test(arguments: [
        "завтра", "2026-13-01T10:00", "2026-11-24T24:00", "2026-11-24T10:60", "2026-11-24", "24.11.2026 10:00",
    ])
    func momentsThatAreNoneAreWrong(_ raw: String) {
        #expect(throws: WebError.wrong(field: "at")) { try Form(["at": [raw]]).moment("at", in: .moscow) }
    }

    @Test(arguments: [
        ("on", true), ("1", true), ("true", true), ("yes", true), ("no", false), ("", false), ("ON", false),
    ])
    func flags(_ raw: String, _ isSet: Bool) {
        #expect(Form(["f": [raw]]).flag("f") == isSet)
    }

    private func request(headers: HTTPFields, body: ByteBuffer) -> Request {
        Request(
            head: HTTPRequest(method: .post, scheme: "http", authority: "localhost", path: "/", headerFields: headers),
            body: RequestBody(buffer: body))
    }
}
