import Kernel
import Live
import NIOCore
import Synchronization

/// The open wires of this node by call. A call's members hear each other and nobody else.
final class Switchboard: Sendable {
    /// The first byte of what a page sends.
    enum Kind: UInt8 {
        case audio = 1, keyFrame, delta, configuration, keyFrameWanted, arrived
    }

    /// One member's end. Touched under the lock only.
    private final class Line {
        let seat: Seat, wire: Wire
        /// Senders whose picture this member has missed a part of: nothing of it is of use until their next key frame.
        var behind: Set<PersonID> = []
        /// Bytes of words that were sent while the wire was full.
        var owed = 0
        /// What this member may still send, and whether something of it was thrown away.
        var allowance: Allowance
        var isOver = false
        /// The same for words.
        var words: Allowance

        init(_ seat: Seat, _ wire: Wire, bytes: Int) {
            let now = NIODeadline.now().uptimeNanoseconds
            (self.seat, self.wire) = (seat, wire)
            (allowance, words) = (Allowance(rate: bytes, at: now), Allowance(rate: Switchboard.words, at: now))
        }
    }

    /// Of words to one member whose wire is full.
    static let mostOwed = 256 << 10
    /// Bytes of words in a second: connections that come about, and a pen.
    static let words = 1 << 20

    private let rate: RelayRate
    private let calls = Mutex<[CallID: [PersonID: Line]]>([:])

    init(_ rate: RelayRate) { self.rate = rate }

    /// A newer wire of the same person takes the place of an older one.
    func sit(_ seat: Seat, _ wire: Wire) {
        let old = calls.withLock { calls -> Wire? in
            let old = calls[seat.call]?[seat.person]?.wire
            calls[seat.call, default: [:]][seat.person] = Line(seat, wire, bytes: rate.ofSession)
            let lines = calls[seat.call] ?? [:]
            wire.send(
                WireWords.welcome(
                    seat, lines.values.map { ($0.seat.person, $0.seat.place) }.filter { $0.0 != seat.person }))
            for (person, line) in lines where person != seat.person { line.wire.send(WireWords.joined(seat)) }
            return old
        }
        old?.close(4000)
    }

    /// - Returns: whether it was the wire of now.
    func stand(_ seat: Seat) -> Bool {
        calls.withLock { calls in
            guard calls[seat.call]?[seat.person]?.seat === seat else { return false }
            calls[seat.call]?[seat.person] = nil
            if calls[seat.call]?.isEmpty == true { calls[seat.call] = nil }
            return true
        }
    }

    func isSeated(_ person: PersonID, _ call: CallID) -> Bool {
        calls.withLock { $0[call]?[person] != nil }
    }

    func leave(_ person: PersonID, _ call: CallID) {
        let gone = calls.withLock { calls -> Wire? in
            let gone = calls[call]?.removeValue(forKey: person)
            for line in (calls[call] ?? [:]).values { line.wire.send(WireWords.left(person)) }
            if calls[call]?.isEmpty == true { calls[call] = nil }
            return gone?.wire
        }
        gone?.close(1000)
    }

    func end(_ call: CallID, _ why: Call.End) {
        let wires = calls.withLock { calls in (calls.removeValue(forKey: call) ?? [:]).values.map(\.wire) }
        for wire in wires {
            wire.send(WireWords.ended(why))
            wire.close(1000)
        }
    }

    /// Nothing more passes. The member is in the call as long as after any other end of a wire.
    func expel(_ seat: Seat, _ code: UInt16) {
        let wire = calls.withLock { calls -> Wire? in
            guard let line = calls[seat.call]?[seat.person], line.seat === seat else { return nil }
            return line.wire
        }
        wire?.close(code)
    }

    /// Those who sit here and are meant.
    func seats(_ areMeant: (Seat) -> Bool = { _ in true }) -> [Seat] {
        calls.withLock { calls in calls.values.flatMap { $0.values.map(\.seat) } }.filter(areMeant)
    }

    /// Whether so many bytes of words may be read: more a second than any page says are not.
    func hears(_ bytes: Int, from seat: Seat) -> Bool {
        calls.withLock { calls in
            guard let mine = calls[seat.call]?[seat.person], mine.seat === seat else { return true }
            return mine.words.take(bytes, at: NIODeadline.now().uptimeNanoseconds)
        }
    }

    /// Words wait for a full wire, since a connection does not come about without one of them. Whose wire takes none for long is sent
    /// away, and comes again with a new one.
    func pass(_ signal: String, to person: PersonID, from seat: Seat) {
        let stuck = calls.withLock { calls -> Wire? in
            guard calls[seat.call]?[seat.person]?.seat === seat, person != seat.person,
                let line = calls[seat.call]?[person]
            else { return nil }
            if line.wire.isFull {
                line.owed += signal.utf8.count
                guard line.owed <= Self.mostOwed else { return line.wire }
            }
            line.wire.send(signal)
            return nil
        }
        stuck?.close(1013)
    }

    /// To a full wire nothing is sent, nor is anything of a member who sends more than the limits allow: sound would come late, and a picture
    /// goes on with the next key frame.
    func relay(_ bytes: ByteBuffer, from seat: Seat) {
        guard let first = bytes.getInteger(at: bytes.readerIndex, as: UInt8.self), let kind = Kind(rawValue: first)
        else {
            return
        }
        var message = ByteBuffer()
        message.reserveCapacity(bytes.readableBytes + 1)
        message.writeInteger(seat.place)
        message.writeImmutableBuffer(bytes)
        calls.withLock { calls in
            guard let lines = calls[seat.call], let mine = lines[seat.person], mine.seat === seat else { return }
            let now = NIODeadline.now().uptimeNanoseconds, count = bytes.readableBytes
            let isWithin = mine.allowance.take(count, at: now) && rate.take(count, at: now)
            if isWithin, mine.isOver { Self.want(from: mine, by: lines) }
            mine.isOver = !isWithin
            // What has arrived concerns whoever sent it alone.
            let meant = bytes.getInteger(at: bytes.readerIndex + 1, as: UInt8.self)
            for line in lines.values where line !== mine && (kind != .arrived || meant == line.seat.place) {
                let isFull = line.wire.isFull || !isWithin
                switch kind {
                case .keyFrame where !isFull: line.behind.remove(seat.person)
                case .delta where line.behind.contains(seat.person): continue
                case .keyFrame, .delta, .configuration: if isFull { line.behind.insert(seat.person) }
                default: break
                }
                if !isFull { line.wire.send(message) }
            }
        }
    }

    /// A sender is within the limits again: those who have missed a part of the picture want a key frame.
    private static func want(from sender: Line, by lines: [PersonID: Line]) {
        for line in lines.values where line.behind.contains(sender.seat.person) {
            sender.wire.send(ByteBuffer(bytes: [line.seat.place, Kind.keyFrameWanted.rawValue]))
        }
    }

    /// A wire that was full takes more again: those whose picture it has missed are asked for a key frame.
    func drained(_ seat: Seat) {
        var wanted = ByteBuffer()
        wanted.writeBytes([seat.place, Kind.keyFrameWanted.rawValue])
        calls.withLock { calls in
            guard let lines = calls[seat.call], let mine = lines[seat.person], mine.seat === seat else { return }
            mine.owed = 0
            for sender in mine.behind where lines[sender]?.wire.isFull == false { lines[sender]?.wire.send(wanted) }
        }
    }
}
