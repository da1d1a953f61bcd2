/// The step of the ladder on which a chair stands. Whether two computers reach each other directly is known only in a call.
package enum Way: String, Sendable, CaseIterable {
    /// Media through the relay on the one port.
    case relay
    /// Media over a WebSocket of the page.
    case socket
    /// Pages and messages only.
    case pages

    static func of(_ results: [Step: Outcome]) -> Way {
        // A call is agreed upon over a WebSocket, whichever way its media take.
        if results[.socket] == .fails { return .pages }
        if results[.relay] == .works { return .relay }
        return results[.media] == .works || results[.media] == .slow ? .socket : .pages
    }
}

/// What is to be said of a walk.
struct Verdict: Equatable {
    let way: Way
    /// What somebody should look at, in the order of the walk. A server without a relay and a front server's certificate are nobody's fault.
    let troubles: [Step]
    /// What only waits for a press of the button.
    let untried: [Step]

    init(_ results: [Step: Outcome]) {
        way = Way.of(results)
        troubles = Step.allCases.filter { step in
            guard let outcome = results[step], outcome.isTrouble else { return false }
            return outcome != .absent || (step != .relay && step != .certificate)
        }
        untried = Step.allCases.filter { results[$0] == .untried }
    }
}
