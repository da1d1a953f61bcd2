import EventLog
import Kernel
import Lines
import People
import Requests
import Storage
import TestOffice

@testable import Monitor
@testable import OknoApp

extension Office {
    func settle() async throws {
        for reader in installation.readers { try await LogReading.advance(reader, on: database) }
    }

    func sight(_ who: Who) async throws -> Sight? { Sight.of(try await viewer(who)) }

    /// The board of this very moment, or of a past one, as a person sees it.
    func board(_ who: Who = .gleb, at past: Instant? = nil) async throws -> Board {
        let viewer = try await viewer(who), now = clock.now
        let sight = try found(Sight.of(viewer))
        return try await database.read { tx in
            try Board.read(
                past.map(Moment.past) ?? .present(now), sight, in: viewer.organisation, zone: viewer.zone, tx)
        }
    }

    func register(_ text: String, on line: LineID? = nil) async throws -> Int64 {
        try await requests.register(
            Registration(id: .new(at: clock.now), line: line ?? self.line, text: text), by: try await viewer(.anna))
    }

    func stand(_ who: Who, _ state: String) async throws {
        _ = try await post(as: who, "/duty/state", form: [("state", state)])
    }

    /// One more line, on which nobody of the first works.
    func secondLine() async throws -> LineID {
        try await installation.lines.createLine(
            LineDetails(clientName: "Бухгалтерия", staffName: "1С и отчётность", description: "1С"),
            hours: WorkingHours(Dictionary(uniqueKeysWithValues: (1...5).map { ($0, [.init(480, 1200)]) })),
            by: try await viewer(.dina))
    }
}

struct Missing: Error {}
func found<Value>(_ value: Value?) throws -> Value { guard let value else { throw Missing() }; return value }
