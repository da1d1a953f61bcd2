import Foundation
import Kernel
package import Live
import NIOCore
import Synchronization
import Turn

/// One member's end of the wire of a call.
package final class Seat: WireListener {
    static let longestSignal = 64 << 10

    let call: CallID, person: PersonID, place: UInt8
    let organisation: OrganisationID
    /// In which the ticket was given: the wire is open no longer than it.
    let session: SessionID
    let ice: [IceServer]
    private let calls: Calls
    /// The page has said that it goes.
    private let isAway = Mutex(false)

    init(
        call: CallID, person: PersonID, place: UInt8, organisation: OrganisationID, session: SessionID,
        ice: [IceServer],
        calls: Calls
    ) {
        (self.call, self.person, self.place, self.organisation) = (call, person, place, organisation)
        (self.session, self.ice, self.calls) = (session, ice, calls)
    }

    package func opened(_ wire: Wire) {
        calls.switchboard.sit(self, wire)
        Task { [self] in
            // Without an answer of the database the page comes again.
            do { try await calls.confirm(self) } catch { wire.close(1013) }
        }
    }

    package func heard(_ message: WireMessage, on wire: Wire) {
        switch message {
        case .text(let text):
            if text == WireWords.ping {
                // A wire that is full is alive, and shows it by what waits in it.
                if !wire.isFull { wire.send(WireWords.pong) }
                return
            }
            if text == WireWords.away { return isAway.withLock { $0 = true } }
            guard text.utf8.count <= Self.longestSignal else { return wire.close(1009) }
            guard calls.switchboard.hears(text.utf8.count, from: self) else { return wire.close(1008) }
            guard let (to, signal) = WireWords.signal(text, from: person) else { return wire.close(1003) }
            calls.switchboard.pass(signal, to: to, from: self)
        case .bytes(let bytes): calls.switchboard.relay(bytes, from: self)
        }
    }

    package func drained(_ wire: Wire) { calls.switchboard.drained(self) }

    package func closed(_ wire: Wire) {
        guard calls.switchboard.stand(self) else { return }
        // A timer that is not set for want of a database is set by the next beat of the node.
        let isAway = isAway.withLock { $0 }
        Task { [calls, person, call, organisation] in
            try? await calls.watch(person, in: call, of: organisation, isAway: isAway)
        }
    }
}

/// What stands in the text messages of a wire.
enum WireWords {
    /// A page asks for a sign of life.
    static let ping = #"{"ping":true}"#, pong = #"{"pong":true}"#

    /// A page is closed, or goes to another one.
    static let away = #"{"away":true}"#

    private struct Place: Encodable {
        let person: String, index: UInt8
    }
    private struct Welcome: Encodable {
        let call: String, me: String, index: UInt8, members: [Place], ice: [IceServer]
    }
    private struct Joined: Encodable {
        let joined: String, index: UInt8
    }

    static func welcome(_ seat: Seat, _ others: [(PersonID, UInt8)]) -> String {
        json([
            "welcome": Welcome(
                call: seat.call.text, me: seat.person.text, index: seat.place,
                members: others.sorted { $0.1 < $1.1 }.map { Place(person: $0.0.text, index: $0.1) }, ice: seat.ice)
        ])
    }

    static func joined(_ seat: Seat) -> String { json(Joined(joined: seat.person.text, index: seat.place)) }
    static func left(_ person: PersonID) -> String { json(["left": person.text]) }
    static func ended(_ why: Call.End) -> String { json(["ended": why.rawValue]) }

    private static func json(_ value: some Encodable) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return (try? encoder.encode(value)).map { String(decoding: $0, as: UTF8.self) } ?? "{}"
    }

    /// What one page says to another, as the other hears it; nil: not of this shape.
    static func signal(_ text: String, from person: PersonID) -> (to: PersonID, words: String)? {
        guard let message = try? JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any],
            let to = (message["to"] as? String).flatMap({ PersonID(parsing: $0) }),
            let signal = message["signal"] as? [String: Any],
            let data = try? JSONSerialization.data(
                withJSONObject: ["from": person.text, "signal": signal],
                options: [.sortedKeys, .withoutEscapingSlashes])
        else { return nil }
        return (to, String(decoding: data, as: UTF8.self))
    }
}
