package import Kernel
package import NIOCore
import Synchronization

/// Takes packets for a relayed address; called from any thread.
package protocol Mailbox: AnyObject, Sendable {
    func take(_ packets: [ByteBuffer], from sender: TransportAddress)
    /// The allocation has been ended from above.
    func end()
}

/// A relayed address: a number in the table, which no machine has.
package final class Relayed: Sendable {
    package let address: TransportAddress
    package let call: String
    package let person: String
    let mailbox: any Mailbox
    private let open = Atomic(true)

    init(_ address: TransportAddress, of user: TurnUser, _ mailbox: any Mailbox) {
        (self.address, call, person, self.mailbox) = (address, user.call, user.person, mailbox)
    }

    var isOpen: Bool { open.load(ordering: .relaxed) }
    fileprivate func close() { open.store(false, ordering: .relaxed) }
}

/// All relayed addresses of this process, and what has gone through them.
package final class TurnTable: Sendable {
    private struct Seat: Hashable {
        let call: String, person: String
    }

    private struct State {
        var relayed: [TransportAddress: Relayed] = [:]
        var ofCall: [String: [Relayed]] = [:]
        /// By person, in all calls.
        var ofPerson: [String: Int] = [:]
        /// Calls that are over, until the last credentials given for them are.
        var ended: [String: Instant] = [:]
        /// The same for one person who has left a call, by both: until then, or until the person is given new ones.
        var left: [Seat: Instant] = [:]
        var next: UInt32 = 0
    }

    /// 198.51.100.0/24 is kept for examples (RFC 5737): nobody has an address of it.
    private static let network: UInt32 = 198 << 24 | 51 << 16 | 100 << 8
    private static let hosts: UInt32 = 254, ports: UInt32 = 8192

    let limits: TurnLimits
    let counters = TurnCounters.Live()
    private let rate: RelayRate
    private let state = Mutex(State())

    package init(_ limits: TurnLimits, _ rate: RelayRate) { (self.limits, self.rate) = (limits, rate) }

    func allocate(for user: TurnUser, _ mailbox: any Mailbox) throws(Refusal) -> Relayed {
        let result: Result<Relayed, Refusal> = state.withLock { state in
            guard state.ended[user.call] == nil, state.left[Seat(call: user.call, person: user.person)] == nil else {
                return .failure(.forbidden)
            }
            guard state.relayed.count < limits.allocations else { return .failure(.insufficientCapacity) }
            guard state.ofPerson[user.person, default: 0] < limits.allocationsOfPerson,
                state.ofCall[user.call, default: []].count < limits.allocationsOfCall
            else { return .failure(.quotaReached) }
            var address: TransportAddress
            repeat {
                address = Self.address(state.next)
                state.next = (state.next + 1) % (Self.hosts * Self.ports)
            } while state.relayed[address] != nil
            let relayed = Relayed(address, of: user, mailbox)
            state.relayed[address] = relayed
            state.ofCall[user.call, default: []].append(relayed)
            state.ofPerson[user.person, default: 0] += 1
            return .success(relayed)
        }
        let relayed = try result.get()
        counters.allocations.add(1, ordering: .relaxed)
        return relayed
    }

    /// Whoever is given credentials is in the call, again or still.
    func welcome(_ person: String, to call: String) {
        state.withLock { _ = $0.left.removeValue(forKey: Seat(call: call, person: person)) }
    }

    /// Even ports: some clients ask for one (EVEN-PORT).
    private static func address(_ number: UInt32) -> TransportAddress {
        TransportAddress(.four(network + 1 + number / ports), port: UInt16(49_152 + number % ports * 2))
    }

    func release(_ relayed: Relayed) {
        relayed.close()
        let wasThere = state.withLock { state in
            guard state.relayed[relayed.address] === relayed else { return false }
            state.relayed[relayed.address] = nil
            state.ofCall[relayed.call]?.removeAll { $0 === relayed }
            if state.ofCall[relayed.call]?.isEmpty == true { state.ofCall[relayed.call] = nil }
            let left = state.ofPerson[relayed.person, default: 1] - 1
            state.ofPerson[relayed.person] = left == 0 ? nil : left
            return true
        }
        if wasThere { counters.allocations.subtract(1, ordering: .relaxed) }
    }

    /// A relayed address of the same call; nil for every other address of the world.
    func find(_ address: TransportAddress, in call: String) -> Relayed? {
        state.withLock { $0.relayed[address] }.flatMap { $0.call == call ? $0 : nil }
    }

    /// A permission is for a host, whatever the port.
    func has(_ host: TransportAddress.Host, in call: String) -> Bool {
        state.withLock { $0.ofCall[call]?.contains { $0.address.host == host } == true }
    }

    var bytesOfSession: Int { rate.ofSession }

    func allows(_ bytes: Int, at now: NIODeadline) -> Bool {
        rate.take(bytes, at: now.uptimeNanoseconds)
    }

    func end(_ call: String, person: String?, at now: Instant) {
        let relayed = state.withLock { state in
            let until = Instant(milliseconds: now.milliseconds + limits.credentials * 1000)
            if let person {
                state.left = state.left.filter { $0.value > now }
                state.left[Seat(call: call, person: person)] = until
            } else {
                state.ended = state.ended.filter { $0.value > now }
                state.ended[call] = until
            }
            return state.ofCall[call, default: []].filter { person == nil || $0.person == person }
        }
        for relayed in relayed {
            relayed.close()
            relayed.mailbox.end()
        }
    }
}

/// What a server of TURN has done since it was started, and what it holds now.
package struct TurnCounters: Sendable, Equatable {
    package var sessions = 0
    package var allocations = 0
    package var packets = 0
    package var bytes = 0
    package var dropped = 0
    package var refused = 0

    final class Live: Sendable {
        let sessions = Atomic(0), allocations = Atomic(0)
        let packets = Atomic(0), bytes = Atomic(0), dropped = Atomic(0), refused = Atomic(0)

        func relayed(_ packets: Int, bytes: Int) {
            self.packets.add(packets, ordering: .relaxed)
            self.bytes.add(bytes, ordering: .relaxed)
        }
        func drop(_ packets: Int = 1) { dropped.add(packets, ordering: .relaxed) }

        var now: TurnCounters {
            TurnCounters(
                sessions: sessions.load(ordering: .relaxed), allocations: allocations.load(ordering: .relaxed),
                packets: packets.load(ordering: .relaxed), bytes: bytes.load(ordering: .relaxed),
                dropped: dropped.load(ordering: .relaxed), refused: refused.load(ordering: .relaxed))
        }
    }
}
