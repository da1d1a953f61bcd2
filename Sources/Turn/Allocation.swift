import NIOCore

/// What one client holds: a relayed address, and who of the call may be spoken with.
struct Allocation {
    private struct Channel {
        let peer: Relayed
        var until: NIODeadline
    }

    let relayed: Relayed
    let user: TurnUser
    private(set) var until: NIODeadline
    private var permissions: [TransportAddress.Host: NIODeadline] = [:]
    private var channels: [UInt16: Channel] = [:]
    private var numbers: [TransportAddress: UInt16] = [:]

    init(_ relayed: Relayed, of user: TurnUser, until: NIODeadline) {
        (self.relayed, self.user, self.until) = (relayed, user, until)
    }

    mutating func prolong(until moment: NIODeadline) { until = moment }

    mutating func permit(_ hosts: [TransportAddress.Host], _ limits: TurnLimits, at now: NIODeadline) throws(Refusal) {
        var changed = permissions.filter { $0.value > now }
        for host in hosts { changed[host] = now + limits.permission }
        guard changed.count <= limits.peers else { throw .insufficientCapacity }
        permissions = changed
    }

    /// A number means one peer and a peer has one number, until both are forgotten.
    mutating func bind(
        _ number: UInt16, to peer: Relayed, _ limits: TurnLimits, at now: NIODeadline
    ) throws(Refusal) {
        for (number, channel) in channels where channel.until <= now {
            channels[number] = nil
            numbers[channel.peer.address] = nil
        }
        if let bound = channels[number], bound.peer.address != peer.address { throw .badRequest }
        if let bound = numbers[peer.address], bound != number { throw .badRequest }
        guard channels[number] != nil || channels.count < limits.peers else { throw .insufficientCapacity }
        try permit([peer.address.host], limits, at: now)
        channels[number] = Channel(peer: peer, until: now + limits.channel)
        numbers[peer.address] = number
    }

    func peer(of number: UInt16, at now: NIODeadline) -> Relayed? {
        channels[number].flatMap { $0.until > now ? $0.peer : nil }
    }

    func permits(_ host: TransportAddress.Host, at now: NIODeadline) -> Bool {
        permissions[host].map { $0 > now } ?? false
    }

    /// How a packet of this sender is told to the client; nil when the client has not permitted the sender.
    func shape(of sender: TransportAddress, at now: NIODeadline) -> Shape? {
        guard permits(sender.host, at: now) else { return nil }
        guard let number = numbers[sender], peer(of: number, at: now) != nil else { return .indication(from: sender) }
        return .channel(number)
    }
}
