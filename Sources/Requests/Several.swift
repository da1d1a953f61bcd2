package import Kernel

/// One act over several requests: each is its own transaction with its own permission, so that one that cannot be changed stops no
/// other.
package enum SeveralAct: Sendable, Equatable {
    case take, giveBack, wait
    case transfer(PersonID)
    case line(LineID)
    case priority(Priority)
    case topic(TopicID?)
    case deadline(Instant)
    case cancel(reason: String?)
}

extension Requests {
    package static let severalLimit = 200

    /// - Returns: for each number in its order what became of it; nil for success.
    package func change(
        _ numbers: [Int64], _ act: SeveralAct, by viewer: Viewer
    ) async throws -> [(number: Int64, fault: (any RoomError)?)] {
        guard numbers.count <= Self.severalLimit else { throw RequestError.tooMany }
        var results: [(Int64, (any RoomError)?)] = []
        for number in numbers {
            do {
                try await change(number, act, by: viewer)
                results.append((number, nil))
            } catch let fault as any RoomError {
                results.append((number, fault))
            }
        }
        return results
    }

    private func change(_ number: Int64, _ act: SeveralAct, by viewer: Viewer) async throws {
        switch act {
        case .take: try await take(number, by: viewer)
        case .giveBack: try await giveBack(number, by: viewer)
        case .wait: try await wait(number, by: viewer)
        case .transfer(let person): try await transfer(number, to: person, line: nil, note: nil, by: viewer)
        case .line(let line): try await changeLine(number, to: line, by: viewer)
        case .priority(let priority): try await setPriority(number, to: priority, by: viewer)
        case .topic(let topic): try await setTopic(number, to: topic, by: viewer)
        case .deadline(let moment): try await setDeadline(number, to: moment, by: viewer)
        case .cancel(let reason): try await cancel(number, reason: reason, by: viewer)
        }
    }
}
