import Kernel
import NIOCore
import Synchronization

/// Open pages: what they cost, how soon they hear, how soon they show it.
struct LiveFigures: Sendable {
    static let names = [
        "bytes_per_idle_socket", "reply_to_visible_1000_p99_ms", "reply_to_visible_5000_p50_ms",
        "reply_to_visible_5000_p99_ms",
        "hint_to_5000_last_ms", "page_to_50_watchers_last_ms",
    ]

    let office: Office
    let client: Client
    let server: Server
    let sockets: Int
    let say: @Sendable (String) -> Void

    func measure(_ figures: inout Figures) async throws {
        let replies = ["bytes_per_idle_socket", "reply_to_visible_5000_p50_ms", "reply_to_visible_5000_p99_ms"]
        if figures.wantsAny(replies) {
            let pages = TalkingPages(office: office, client: client)
            let before = try server.memory().own
            try await pages.open(sockets)
            try await Task.sleep(for: .seconds(3))
            figures["bytes_per_idle_socket"] = (try server.memory().own - before) * 1_048_576 / Double(sockets)
            if figures.wantsAny(Array(replies.dropFirst())) {
                let times = try await pages.replyAndRead(perSecond: 200, for: 20)
                figures["reply_to_visible_5000_p50_ms"] = times.percentile(50)
                figures["reply_to_visible_5000_p99_ms"] = times.percentile(99)
            }
            try await pages.close()
        }
        if figures.wants("reply_to_visible_1000_p99_ms") {
            say("  1,000 pages")
            let pages = TalkingPages(office: office, client: client)
            try await pages.open(min(1000, sockets))
            figures["reply_to_visible_1000_p99_ms"] = try await pages.replyAndRead(perSecond: 200, for: 15).percentile(
                99)
            try await pages.close()
        }
        if figures.wants("hint_to_5000_last_ms") {
            say("  one hint for all")
            figures["hint_to_5000_last_ms"] = try await hintToAll()
        }
        if figures.wants("page_to_50_watchers_last_ms") {
            say("  fifty watchers")
            figures["page_to_50_watchers_last_ms"] = try await pageToWatchers(50)
        }
    }

    /// Pages of specialists that watch one line; a registration on it is heard by all. The middle of seven.
    private func hintToAll() async throws -> Double {
        let line = office.lines[0], topic = "line/\(line)", count = sockets
        let staff = office.observers.map(office.pass)
        let crowd = Crowd(count)
        let pages = try await PageSocket.openAll(count) { index in
            try await PageSocket.open(client, as: staff[index % staff.count], watching: [topic]) { text in
                if text.contains(topic) { crowd.heard() }
            }
        }
        try await Task.sleep(for: .seconds(2))
        var times = Times()
        for turn in 0..<7 {
            let last = crowd.gather()
            let sent = ContinuousClock.now
            try await WriteFigures.register(on: line, as: office.pass(office.clients[turn]), over: 0, client)
            times.add(try await last.get() - sent)
            try await Task.sleep(for: .seconds(1.5))
        }
        await PageSocket.closeAll(pages)
        return times.percentile(50)
    }

    /// So many specialists watch one conversation; each reads it again when it hears of a reply. The middle of twenty-one.
    private func pageToWatchers(_ count: Int) async throws -> Double {
        let talk = office.talks[0], topic = "request/\(talk.id)"
        let staff = office.specialists.filter { $0.lines.contains(talk.line) }.map { office.pass($0.person) }
        let pages = Mutex<[EventLoopPromise<Void>]>([])
        let opened = try await PageSocket.openAll(count) { index in
            try await PageSocket.open(client, as: staff[index % staff.count], watching: [topic]) { text in
                if text.contains(topic) { pages.withLock { $0.indices.contains(index) ? $0[index].succeed() : () } }
            }
        }
        try await Task.sleep(for: .seconds(1))
        var times = Times(), seen = talk.newest
        for _ in 0..<21 {
            let hints = (0..<count).map { _ in Client.loops.any().makePromise(of: Void.self) }
            pages.withLock { $0 = hints }
            let fields = WriteFigures.message, after = seen
            let sent = ContinuousClock.now
            let last = try await withThrowingTaskGroup(of: ContinuousClock.Instant.self) { group in
                group.addTask {
                    try await client.call(
                        .post("/requests/\(talk.number)/messages", fields, as: office.pass(talk.client)), over: 0,
                        expecting: 303)
                    return .now
                }
                for index in 0..<count {
                    group.addTask {
                        try await hints[index].futureResult.get()
                        let part = try await client.call(
                            .part("/requests/\(talk.number)/messages?after=\(after)", as: staff[index % staff.count]),
                            over: 1 + index, expecting: 200)
                        guard part.text.contains(fields[0].1) else {
                            throw BenchFault("A watcher read the page without the reply.")
                        }
                        return .now
                    }
                }
                return try await group.reduce(sent, max)
            }
            times.add(last - sent)
            seen = after
            try await Task.sleep(for: .milliseconds(300))
        }
        await PageSocket.closeAll(opened)
        return times.percentile(50)
    }
}

/// Counts who has heard, and tells when all have.
private final class Crowd: Sendable {
    private let size: Int
    private let state = Mutex<(left: Int, promise: EventLoopPromise<ContinuousClock.Instant>?)>((0, nil))

    init(_ size: Int) { self.size = size }

    /// The moment at which the last one will have heard.
    func gather() -> EventLoopFuture<ContinuousClock.Instant> {
        let loop = Client.loops.any()
        let promise = loop.makePromise(of: ContinuousClock.Instant.self)
        state.withLock { $0 = (size, promise) }
        loop.scheduleTask(in: .seconds(20)) { promise.fail(BenchFault("Not everybody heard of a change within 20 s.")) }
        return promise.futureResult
    }

    func heard() {
        let promise = state.withLock { state in
            state.left -= 1
            return state.left == 0 ? state.promise : nil
        }
        promise?.succeed(.now)
    }
}

extension PageSocket {
    /// Opens so many, 64 at a time, and gives them back in their order.
    static func openAll(_ count: Int, _ open: @escaping @Sendable (Int) async throws -> PageSocket) async throws
        -> [PageSocket]
    {
        try await withThrowingTaskGroup(of: (Int, PageSocket).self) { group in
            var pages: [PageSocket?] = Array(repeating: nil, count: count), next = 0
            func add() {
                guard next < count else { return }
                let index = next
                next += 1
                group.addTask { (index, try await open(index)) }
            }
            for _ in 0..<64 { add() }
            while let (index, page) = try await group.next() {
                pages[index] = page
                add()
            }
            return pages.map { $0! }
        }
    }

    static func closeAll(_ pages: [PageSocket]) async {
        for page in pages { page.close() }
        for page in pages { try? await page.channel.closeFuture.get() }
        try? await Task.sleep(for: .milliseconds(500))
    }
}
