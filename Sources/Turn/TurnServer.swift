// Turn: relayed connections for calls, on the port of everything else.
//
// Everybody in a call is connected to the same server, so a relayed address is a number in a table and a packet is handed over in memory:
// this target opens no socket, and an address outside of the call leads nowhere. `Dialogue` holds the rules of the protocol,
// `TurnTable` what connections share, `TurnHandler` is a connection.

package import Kernel
package import NIOCore

/// The TURN of one process.
package final class TurnServer: Sendable {
    private let secret: TurnSecret
    private let table: TurnTable
    private let now: @Sendable () -> Instant
    private var limits: TurnLimits { table.limits }

    /// - Parameters:
    ///   - secret: that of the passwords. A random one is enough as long as a call lives on one node.
    ///   - rate: what connections may bring. More is dropped.
    package init(
        secret: TurnSecret = .random(), limits: TurnLimits = TurnLimits(),
        rate: RelayRate = RelayRate(),
        now: @escaping @Sendable () -> Instant = { .now() }
    ) {
        (self.secret, self.now) = (secret, now)
        table = TurnTable(limits, rate)
    }

    /// What a person signs in with, for one call. It lives until the moment given, and an hour at most.
    package func credentials(
        for person: String, call: String, until: Instant
    ) -> (user: String, password: String) {
        table.welcome(person, to: call)
        let longest = Instant(milliseconds: now().milliseconds + limits.credentials * 1000)
        return secret.credentials(for: person, call: call, until: min(until, longest))
    }

    /// The call is over, or this person is out of it: what is relayed for it ends at once. Into a call that is over nobody
    /// comes again, and who has left one does so with new credentials only.
    package func end(call: String, person: String? = nil) { table.end(call, person: person, at: now()) }

    package var counters: TurnCounters { table.counters.now }

    /// Adds the handlers of TURN to a new connection; called on its event loop.
    package func accept(_ channel: any Channel, client: SocketAddress?) throws {
        // Packets leave when they come, and wait here, where they can be dropped, and not in the system.
        if let options = channel.syncOptions {
            try? options.setOption(
                .writeBufferWaterMark, value: .init(low: limits.outboxBytes / 2, high: limits.outboxBytes))
            try? options.setOption(.tcpOption(.tcp_nodelay), value: 1)
            #if os(Linux)
                // TCP_NOTSENT_LOWAT, and TCP_USER_TIMEOUT: a path that is cut ends the connection in half a minute.
                try? options.setOption(.tcpOption(.init(rawValue: 25)), value: limits.outboxBytes)
                try? options.setOption(.tcpOption(.init(rawValue: 18)), value: 30_000)
            #endif
        }
        try channel.pipeline.syncOperations.addHandler(
            TurnHandler(table, secret, client: TransportAddress(client), on: channel.eventLoop, now: now))
    }
}
