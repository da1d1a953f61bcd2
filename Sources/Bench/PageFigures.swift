import Kernel

/// Reading: the queue, the page of a request, searches. One reader at a time, so that a figure is the time of a page.
struct PageFigures: Sendable {
    static let names = [
        "queue_page_p50_ms", "queue_page_p99_ms", "request_page_p50_ms", "request_page_p99_ms", "search_client_p99_ms",
        "search_specialist_p99_ms", "search_admin_p99_ms", "board_page_p50_ms", "board_page_p99_ms",
        "board_changes_p99_ms",
    ]

    let office: Office
    let client: Client

    func measure(_ figures: inout Figures) async throws {
        let staff = office.specialists.map { office.pass($0.person) }
        if figures.wantsAny(["queue_page_p50_ms", "queue_page_p99_ms"]) {
            let times = try await Load.single(1000) { turn in
                try await client.call(.get("/requests?view=all", as: staff[turn % staff.count]), expecting: 200)
            }
            figures["queue_page_p50_ms"] = times.percentile(50)
            figures["queue_page_p99_ms"] = times.percentile(99)
        }
        if figures.wantsAny(["board_page_p50_ms", "board_page_p99_ms"]) {
            // By turns in the columns that cost most and least.
            let boards = ["state", "assignee", "line", "priority", "topic"]
            let times = try await Load.single(500) { turn in
                let path = "/board?view=all&by=\(boards[turn % boards.count])"
                try await client.call(.get(path, as: staff[turn % staff.count]), expecting: 200)
            }
            figures["board_page_p50_ms"] = times.percentile(50)
            figures["board_page_p99_ms"] = times.percentile(99)
        }
        if figures.wants("board_changes_p99_ms") {
            figures["board_changes_p99_ms"] = try await Load.single(500) { turn in
                let path = "/board/changes?view=all&after=999999999"
                try await client.call(.get(path, as: staff[turn % staff.count]), expecting: 200)
            }.percentile(99)
        }
        if figures.wantsAny(["request_page_p50_ms", "request_page_p99_ms"]) {
            var dice = Dice(3)
            let times = try await Load.single(1000) { turn in
                let request = dice.pick(office.past)
                let pass = office.pass(turn % 2 == 0 ? request.client : office.specialist(of: request.line))
                let path = "/requests/\(request.number)" + (turn % 2 == 0 ? "" : "?view=mine")
                try await client.call(.get(path, as: pass), expecting: 200)
            }
            figures["request_page_p50_ms"] = times.percentile(50)
            figures["request_page_p99_ms"] = times.percentile(99)
        }
        for (name, person) in [
            ("search_client_p99_ms", office.rare), ("search_specialist_p99_ms", office.specialists[0].person),
            ("search_admin_p99_ms", office.administrator),
        ] where figures.wants(name) {
            let search = Call.get("/search?text=\(Call.escaped(Phrases.common))", as: office.pass(person))
            figures[name] = try await Load.single(300, warm: 5) { _ in
                let reply = try await client.call(search, expecting: 200)
                guard reply.text.contains("<mark>") else { throw BenchFault("A search found nothing.") }
            }.percentile(99)
        }
    }
}
