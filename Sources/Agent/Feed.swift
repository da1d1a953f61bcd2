import Glibc

/// A back end that runs, and the socket of its RFB stream.
final class Feed {
    /// So long a back end may take until it listens.
    private static let patienceMilliseconds: UInt64 = 5_000

    /// -1 until it listens.
    private(set) var socket: Int32
    private let program: Program
    private var room: ListeningRoom?
    private let startedAt = Clock.milliseconds

    /// One that speaks on its input and output. nil when the program is not there.
    init?(pairWith command: [String], environment: [String]) {
        var pair: [Int32] = [-1, -1]
        guard socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0, &pair) == 0 else {
            return nil
        }
        let program = Program(command, environment: environment, stream: pair[1])
        close(pair[1])
        guard let program else {
            close(pair[0])
            return nil
        }
        (self.program, socket) = (program, pair[0])
        _ = fcntl(socket, F_SETFL, fcntl(socket, F_GETFL) | O_NONBLOCK)
    }

    /// One that listens in a room of its own.
    init?(_ command: [String], _ room: ListeningRoom, environment: [String]) {
        guard let program = Program(command, environment: environment) else { return nil }
        (self.program, self.room, socket) = (program, room, -1)
    }

    deinit { if socket >= 0 { close(socket) } }

    /// Takes the connection when it can be taken; false when the back end does not come.
    func connect() -> Bool {
        guard socket < 0, let room else { return socket >= 0 }
        let descriptor = Glibc.socket(
            AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: room.socket.utf8) }
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard result == 0 else {
            close(descriptor)
            return Clock.milliseconds - startedAt < Self.patienceMilliseconds
        }
        socket = descriptor
        // Nobody else finds it from now on.
        self.room = nil
        return true
    }
}
