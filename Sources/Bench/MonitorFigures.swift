import Kernel

/// The monitor over the whole history: the board of now, of moments spread over two years, and the feed.
struct MonitorFigures: Sendable {
    static let names = ["monitor_page_ms", "monitor_past_ms", "monitor_feed_ms"]

    let office: Office
    let client: Client
    let now: Instant

    func measure(_ figures: inout Figures) async throws {
        let pass = office.pass(office.administrator)
        func time(_ name: String, _ turns: Int, _ path: @Sendable (Int) -> String) async throws {
            guard figures.wants(name) else { return }
            figures[name] = try await Load.single(turns, warm: 3) { turn in
                try await client.call(.get(path(turn), as: pass), expecting: 200)
            }.percentile(50)
        }
        let specialist = office.specialists[0].person, line = office.lines[0]
        try await time("monitor_page_ms", 40) { _ in "/monitor" }
        try await time("monitor_past_ms", 40) { [now] turn in
            let (date, minute) = Zone.moscow.local(now - .hours(2 + turn * turn * 10))
            return
                "/monitor?at=\(date)T\(minute < 600 ? "0" : "")\(minute / 60):\(minute % 60 < 10 ? "0" : "")\(minute % 60)"
        }
        try await time("monitor_feed_ms", 39) { turn in
            ["/monitor/feed", "/monitor/feed?line=\(line)", "/monitor/feed?person=\(specialist)"][turn % 3]
        }
    }
}
