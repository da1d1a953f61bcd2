package import NIOCore

/// Bounds of time, memory and traffic.
package struct TurnLimits: Sendable {
    /// Relayed addresses of one person: pages try again while old connections are not yet known to be dead.
    package var allocationsOfPerson = 24
    package var allocationsOfCall = 64
    package var allocations = 20_000
    /// How many peers one allocation may have permissions for, and channels to.
    package var peers = 64
    /// Bytes of one frame's body.
    package var frameBytes = 16 * 1024
    /// Bytes that wait to be read by a slow connection. More packets are dropped: old sound is worse than none.
    package var outboxBytes = 32 * 1024
    /// Answers that wait behind a full outbox; then the connection is closed.
    package var unreadAnswers = 64
    /// How long a connection may go without an allocation.
    package var idle: TimeAmount = .seconds(10)
    /// Refusals of one connection before it is closed.
    package var refusals = 64
    /// An allocation lives so long without a refresh, whatever was asked for: that bounds the life of a dead connection.
    package var lifetime: TimeAmount = .seconds(600)
    package var permission: TimeAmount = .seconds(300)
    package var channel: TimeAmount = .seconds(600)
    package var nonce: TimeAmount = .seconds(3600)
    /// The longest life of credentials, in seconds.
    package var credentials: Int64 = 3600

    package init() {}
}
