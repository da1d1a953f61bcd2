import Synchronization

/// The waiting acts of every lane. A lane with acts has one task that drains it batch after batch; lanes share nothing.
final class Lanes: Sendable {
    /// Beyond this a batch gains nothing and only makes its first act wait.
    static let largestBatch = 64

    private let engine: any StorageEngine
    private let waiting = Mutex<[Lane: [Act]]>([:])

    init(_ engine: any StorageEngine) { self.engine = engine }

    func enqueue(_ act: Act, in lane: Lane) {
        let isFirst = waiting.withLock { lanes in
            defer { lanes[lane, default: []].append(act) }
            return lanes[lane] == nil
        }
        if isFirst { Task { await drain(lane) } }
    }

    private func drain(_ lane: Lane) async {
        while let batch = take(from: lane) { await engine.run(batch, in: lane) }
    }

    private func take(from lane: Lane) -> [Act]? {
        waiting.withLock { lanes in
            guard let acts = lanes[lane], !acts.isEmpty else {
                lanes[lane] = nil
                return nil
            }
            let batch = Array(acts.prefix(Self.largestBatch))
            lanes[lane] = Array(acts.dropFirst(batch.count))
            return batch
        }
    }
}
