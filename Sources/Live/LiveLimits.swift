package import NIOCore

/// Bounds of time and memory for one connection. Bodies of requests are bounded by their handlers.
package struct LiveLimits: Sendable {
    /// Connections of all kinds at once; also bounded by the open files that the system allows, less 256. More are closed.
    package var connections = 100_000
    /// From accept, and again from the start of TLS, to bytes that say what the connection is.
    package var firstBytes: TimeAmount = .seconds(10)
    /// From the first bytes of a request to the end of its head.
    package var head: TimeAmount = .seconds(10)
    /// From an answer to the first bytes of the next request.
    package var keepAlive: TimeAmount = .seconds(75)
    /// Between two parts of a request's body.
    package var body: TimeAmount = .seconds(60)
    /// How long a client may leave an answer unread.
    package var unreadAnswer: TimeAmount = .seconds(60)
    /// How long accepted requests may go on after shutdown began.
    package var shutdown: TimeAmount = .seconds(20)
    /// Bytes of all header fields of a request together.
    package var headBytes = 32 * 1024
    /// Header fields of a request.
    package var headFields = 100

    /// Between two pings; a peer silent for two of them is taken for dead.
    package var ping: TimeAmount = .seconds(30)
    /// The life of a socket; up to a tenth is taken off at random, so that sockets opened together do not return together.
    package var socketLife: TimeAmount = .hours(12)
    /// From the opening of a socket to its first message.
    package var firstMessage: TimeAmount = .seconds(30)
    /// How long a socket may stay full.
    package var unreadHints: TimeAmount = .seconds(30)
    /// Bytes that wait to be sent to a socket. More hints are not kept: once it reads again it is told to reload.
    package var outboxBytes = 16 * 1024
    /// Open sockets of one person on this node: many windows, but no end of them.
    package var socketsOfPerson = 100
    /// Bytes of one incoming frame.
    package var frameBytes = 4096
    /// Messages from a page in ten seconds.
    package var messages = 50
    /// Topics of one page.
    package var topics = 64
    /// How long somebody whose last socket has closed is still here: a page that is followed closes one and opens another.
    package var absence: Duration = .seconds(20)
    /// Between two typing signs of one socket that are relayed.
    package var typing: TimeAmount = .seconds(1)

    package init() {}
}
