import Calls
import EventLog
import HTTPTypes
import Kernel
import People
import Storage
import TestOffice
import Testing

@testable import OknoApp

extension Office {
    /// What is due now is done, as a server does within a second.
    func settle() async throws {
        let handlers = installation.timerHandlers
        for timer in try await database.read({ [now = clock.now] tx in try Timers.due(at: now, atMost: 1000, tx) }) {
            try await handlers[timer.kind]?(timer)
        }
    }

    func goOnLine(_ who: Who...) async throws {
        for who in who { try await check(as: who, .post, "/duty/state", form: [("state", "on")], status: 303) }
    }

    /// Whether somebody has a page open.
    func isHere(_ who: Who, _ isHere: Bool = true) async throws {
        try await database.write(in: .installation) { [now = clock.now, id = id(who)] tx in
            try Node.beat("test", address: "test", at: now, in: tx)
            if isHere {
                try Presence.came(id, to: "test", at: now, in: tx)
            } else {
                try Presence.left(id, "test", in: tx)
            }
        }
    }

    var callsOfRequest: String { "/requests/\(number)/calls" }

    /// Presses the button.
    @discardableResult
    func call(
        as who: Who, _ id: CallID? = nil, kind: String = "call", status: Int = 200, shows: [String] = [],
        events: [EventKind]? = nil
    ) async throws -> CallID {
        let id = id ?? .new(at: clock.now)
        try await check(
            as: who, .post, callsOfRequest, form: [("id", id.text), ("kind", kind)], status: status, shows: shows,
            events: events)
        return id
    }

    /// Anna and Boris talk.
    func talk() async throws -> CallID {
        try await goOnLine(.boris)
        let id = try await call(as: .anna)
        try await check(as: .boris, .post, "/calls/\(id)/answer", status: 200)
        return id
    }

    func rings(for who: Who) async throws -> Bool {
        try await check(as: who, .get, "/calls/ringing", status: 200).body.contains("data-ringing")
    }

    /// The ticket for the wire that a panel shows.
    func ticket(as who: Who, _ id: CallID) async throws -> String {
        let body = try await check(as: who, .get, "/calls/\(id)/panel?wire=1", status: 200).body
        return try String(#require(body.firstMatch(of: /token=([0-9a-f]+)/)).1)
    }
}
