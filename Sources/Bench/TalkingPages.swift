import Kernel
import NIOCore
import Synchronization

/// Pages of clients and specialists who talk in open requests, and beside them pages of people who only have Okno open.
final class TalkingPages: Sendable {
    private let office: Office
    private let client: Client
    private let waiting = Mutex<[String: EventLoopPromise<Void>]>([:])
    private let pages = Mutex<[PageSocket]>([])
    private let talks = Mutex<[Office.Talk]>([])

    init(office: Office, client: Client) { (self.office, self.client) = (office, client) }

    /// Two pages for each conversation (at most 500), a queue for each specialist, and home pages for the rest.
    func open(_ count: Int) async throws {
        let specialists = office.specialists
        let talks = Array(office.talks.prefix(min(500, max(1, (count - specialists.count) / 2))))
        self.talks.withLock { $0 = talks }
        let opened = try await PageSocket.openAll(count) { [self] index in
            if index < talks.count * 2 {
                let talk = talks[index / 2], person = index % 2 == 0 ? talk.client : talk.assignee
                let topic = "request/\(talk.id)", key = Self.key(talk, person)
                return try await PageSocket.open(client, as: office.pass(person), watching: [topic]) { [self] text in
                    if text.contains(topic) { waiting.withLock { $0.removeValue(forKey: key) }?.succeed() }
                }
            }
            let rest = index - talks.count * 2
            if rest < specialists.count {
                let topics = specialists[rest].lines.map { "line/\($0)" } + ["person/\(specialists[rest].person)"]
                return try await PageSocket.open(client, as: office.pass(specialists[rest].person), watching: topics) {
                    _ in
                }
            }
            let person = office.clients[rest % office.clients.count]
            return try await PageSocket.open(client, as: office.pass(person), watching: ["person/\(person)"]) { _ in }
        }
        pages.withLock { $0 = opened }
    }

    private static func key(_ talk: Office.Talk, _ person: PersonID) -> String { "\(talk.number) \(person)" }

    /// Replies at a steady pace, by the client and the specialist in turn; each time the other side's page hears of it and reads
    /// what is new. The first second is not counted.
    func replyAndRead(perSecond: Int, for seconds: Int) async throws -> Times {
        let talks = talks.withLock { $0 }
        try await Task.sleep(for: .seconds(1))
        let start = ContinuousClock.now
        return try await withThrowingTaskGroup(of: Duration?.self) { group in
            for turn in 0..<(seconds * perSecond) {
                try await Task.sleep(until: start + .seconds(1) * turn / perSecond, tolerance: .zero)
                let talk = talks[turn % talks.count], byClient = turn / talks.count % 2 == 0
                group.addTask { [self] in
                    let duration = try await reply(in: talk, byClient: byClient, turn)
                    return turn < perSecond ? nil : duration
                }
            }
            return try await group.reduce(into: Times()) { times, duration in if let duration { times.add(duration) } }
        }
    }

    private func reply(in talk: Office.Talk, byClient: Bool, _ turn: Int) async throws -> Duration {
        let writer = byClient ? talk.client : talk.assignee, reader = byClient ? talk.assignee : talk.client
        let fields = WriteFigures.message, path = "/requests/\(talk.number)/messages"
        var hint = listen(talk, reader)
        let sent = ContinuousClock.now
        // Connections of their own for writing and reading, many enough that no call waits for another.
        async let answer = client.call(
            .post(path, fields, as: office.pass(writer)), over: 100 + turn % 64, expecting: 303)
        while true {
            try await hint.get()
            hint = listen(talk, reader)
            let part = try await client.call(
                .part("\(path)?after=\(talk.newest)", as: office.pass(reader)), over: 200 + turn % 64, expecting: 200)
            // A late hint of an earlier reply is no news; the page reads again at the next.
            guard part.text.contains(fields[0].1) else { continue }
            let visible = ContinuousClock.now
            _ = try await answer
            return visible - sent
        }
    }

    /// The next hint on the reader's page of this conversation.
    private func listen(_ talk: Office.Talk, _ reader: PersonID) -> EventLoopFuture<Void> {
        let loop = Client.loops.any()
        let hint = loop.makePromise(of: Void.self)
        let old = waiting.withLock { $0.updateValue(hint, forKey: Self.key(talk, reader)) }
        old?.succeed()
        let alarm = loop.scheduleTask(in: .seconds(10)) {
            hint.fail(BenchFault("A page did not hear of a reply within 10 s."))
        }
        hint.futureResult.whenComplete { _ in alarm.cancel() }
        return hint.futureResult
    }

    func close() async throws { await PageSocket.closeAll(pages.withLock { $0 }) }
}
