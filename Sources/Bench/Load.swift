/// Clients that call again and again, each after the answer to its last call.
enum Load {
    /// - Parameters:
    ///   - warm: calls in this time are not counted.
    ///   - body: one call; told which client it is for and how many calls that client made before.
    static func run(
        clients: Int, for length: Duration, warm: Duration = .seconds(1),
        _ body: @escaping @Sendable (_ client: Int, _ turn: Int) async throws -> Void
    ) async throws -> (perSecond: Double, times: Times) {
        let start = ContinuousClock.now + warm, end = start + length
        let times = try await withThrowingTaskGroup(of: Times.self) { group in
            for client in 0..<clients {
                group.addTask {
                    var times = Times(), turn = 0
                    while true {
                        let sent = ContinuousClock.now
                        guard sent < end else { return times }
                        try await body(client, turn)
                        let answered = ContinuousClock.now
                        if sent >= start, answered <= end { times.add(answered - sent) }
                        turn += 1
                    }
                }
            }
            return try await group.reduce(into: Times()) { $0.add($1) }
        }
        return (Double(times.all.count) / (length / .seconds(1)), times)
    }

    /// One client's calls, at most so many and for so long.
    static func single(
        _ count: Int, warm: Int = 20, within limit: Duration = .seconds(15),
        _ body: (_ turn: Int) async throws -> Void
    ) async throws -> Times {
        for turn in 0..<warm { try await body(turn) }
        var times = Times()
        let end = ContinuousClock.now + limit
        for turn in 0..<count where ContinuousClock.now < end {
            let sent = ContinuousClock.now
            try await body(warm + turn)
            times.add(ContinuousClock.now - sent)
        }
        return times
    }
}
