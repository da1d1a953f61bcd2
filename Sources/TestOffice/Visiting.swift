package import EventLog
import Foundation
package import HTTPTypes
import Hummingbird
import Kernel
import Logging
import NIOCore
import NIOEmbedded
import OknoApp
import Synchronization
import Web

/// What a page answered.
package struct Answer: Sendable {
    package let status: Int
    package let headers: HTTPFields
    package let bytes: [UInt8]
    package var body: String { String(decoding: bytes, as: UTF8.self) }
    package var location: String? { headers[.location] ?? headers[HTTPField.Name("HX-Redirect")!] }
}

/// What a `check` did not find as it should be.
package struct Surprise: Error, CustomStringConvertible {
    package let description: String
}

extension Office {
    package func get(as who: Who?, _ path: String, headers: HTTPFields = [:]) async throws -> Answer {
        try await send(as: who, .get, path, headers: headers)
    }

    package func post(
        as who: Who?, _ path: String, form: [(String, String)] = [], headers: HTTPFields = [:]
    ) async throws -> Answer {
        try await send(as: who, .post, path, form: form, headers: headers)
    }

    /// One request through the router, with the person's cookie and, on a write, the token of their forms.
    package func send(
        as who: Who?, _ method: HTTPRequest.Method, _ path: String, form: [(String, String)]? = nil,
        body: [UInt8]? = nil,
        headers: HTTPFields = [:]
    ) async throws -> Answer {
        var headers = headers
        if let who {
            let session = try await session(of: who)
            headers[.cookie] = "\(Guarding.cookie)=\(session.token)"
            let token = HTTPField.Name("X-CSRF")!
            if method != .get, headers[token] == nil {
                headers[token] = installation.site.csrf(for: session.session.text)
            }
        }
        var bytes = body ?? []
        if let form {
            headers[.contentType] = "application/x-www-form-urlencoded"
            bytes = Array(form.map { "\(Self.escaped($0))=\(Self.escaped($1))" }.joined(separator: "&").utf8)
        }
        if method != .get { headers[.contentLength] = String(bytes.count) }
        if headers[.acceptLanguage] == nil { headers[.acceptLanguage] = "ru" }
        let head = HTTPRequest(
            method: method, scheme: "http", authority: "okno.test", path: path, headerFields: headers)
        return try await answer(Request(head: head, body: RequestBody(buffer: ByteBuffer(bytes: bytes))))
    }

    private static func escaped(_ text: String) -> String {
        text.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
    }

    private func answer(_ request: Request) async throws -> Answer {
        // The nodes take turns, so that nothing can live in one process's memory only.
        let desk = turn.withLock { turn in
            turn += 1
            return desks[turn % desks.count]
        }
        let channel = NIOAsyncTestingChannel()
        let context = WebContext(
            source: ApplicationRequestContextSource(channel: channel, logger: Logger(label: "test")))
        let response = try await desk.respond(to: request, context: context)
        let written = Mutex<[UInt8]>([])
        try await response.body.write(Collecting { part in written.withLock { $0 += part } })
        _ = try? await channel.finish()
        return Answer(status: response.status.code, headers: response.headers, bytes: written.withLock { $0 })
    }

    /// Does one thing and says everything that should be true of it.
    /// - Parameters:
    ///   - shows: words that must be in the answer.
    ///   - hides: words that must not.
    ///   - events: kinds of the events that must have been written meanwhile in the person's organisation, in this order.
    @discardableResult
    package func check(
        as who: Who?, _ method: HTTPRequest.Method, _ path: String, form: [(String, String)]? = nil,
        headers: HTTPFields = [:],
        status: Int, shows: [String] = [], hides: [String] = [], events: [EventKind]? = nil
    ) async throws -> Answer {
        let organisation = organisation(of: who ?? .anna)
        let before = try await newestEvent(in: organisation)
        let form = form ?? (method == .get ? nil : [])
        let answer = try await send(as: who, method, path, form: form, headers: headers)
        let done = "\(method.rawValue) \(path) as \(who?.rawValue ?? "nobody")"
        guard answer.status == status else {
            throw Surprise(description: "\(done): status \(answer.status), not \(status)\n\(answer.body.prefix(2000))")
        }
        for words in shows where !answer.body.contains(words) {
            throw Surprise(description: "\(done): does not show “\(words)”\n\(answer.body.prefix(6000))")
        }
        for words in hides where answer.body.contains(words) {
            throw Surprise(description: "\(done): shows “\(words)”, which it must not")
        }
        if let events {
            let written = try await self.events(after: before, in: organisation).map(\.kind)
            guard written == events else {
                throw Surprise(description: "\(done): wrote \(written.map(\.rawValue)), not \(events.map(\.rawValue))")
            }
        }
        return answer
    }
}

/// Collects a body that would go to a socket.
private struct Collecting: ResponseBodyWriter {
    let take: (ArraySlice<UInt8>) -> Void
    init(_ take: @escaping (ArraySlice<UInt8>) -> Void) { self.take = take }
    mutating func write(_ buffer: ByteBuffer) async throws { take(Array(buffer.readableBytesView)[...]) }
    consuming func finish(_ trailingHeaders: HTTPFields?) async throws {}
}
