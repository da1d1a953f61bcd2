import Glibc

/// A program that the agent has started; it ends with this value.
final class Program {
    private let process: pid_t

    /// nil when the program is not there.
    /// - Parameter stream: its input and output; without one it has none.
    init?(_ command: [String], environment: [String], stream: Int32? = nil) {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        for number: Int32 in [0, 1] {
            if let stream {
                posix_spawn_file_actions_adddup2(&actions, stream, number)
            } else {
                posix_spawn_file_actions_addopen(&actions, number, "/dev/null", O_RDWR, 0)
            }
        }
        posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
        // Signals that whoever started the agent has blocked or ignored must reach it.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var (none, standard) = (sigset_t(), sigset_t())
        sigemptyset(&none)
        sigemptyset(&standard)
        for signal in [SIGPIPE, SIGTERM] { sigaddset(&standard, signal) }
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &standard)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
        var arguments: [UnsafeMutablePointer<CChar>?] = command.map { strdup($0) } + [nil]
        var variables: [UnsafeMutablePointer<CChar>?] = environment.map { strdup($0) } + [nil]
        defer { for text in arguments + variables { free(text) } }
        var child: pid_t = 0
        guard posix_spawnp(&child, command[0], &actions, &attributes, &arguments, &variables) == 0 else { return nil }
        process = child
    }

    deinit {
        kill(process, SIGTERM)
        // It has ended in a moment; one that does not hear is not waited for.
        for _ in 0..<50 where waitpid(process, nil, WNOHANG) == 0 { usleep(10_000) }
        kill(process, SIGKILL)
        waitpid(process, nil, 0)
    }

    /// What a short program says, waited for; nil when it is not there.
    static func said(_ command: [String], environment: [String]) -> String? {
        Hearing(command, environment: environment, seconds: 2)?.said(waiting: 2_000)
    }
}

/// A short program that is listened to, while other things go on.
final class Hearing {
    private static let most = 1 << 16

    private let program: Program
    private let stream: Int32
    private let end: UInt64
    private var heard: [UInt8] = []

    /// nil when the program is not there.
    init?(_ command: [String], environment: [String], seconds: UInt64) {
        var pair: [Int32] = [-1, -1]
        guard socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0, &pair) == 0 else {
            return nil
        }
        defer { close(pair[1]) }
        guard let program = Program(command, environment: environment, stream: pair[1]) else {
            close(pair[0])
            return nil
        }
        (self.program, stream) = (program, pair[0])
        end = Clock.milliseconds + seconds * 1_000
    }

    deinit { close(stream) }

    /// All that it says, at most 64 KiB; nil while it may say more.
    func said(waiting milliseconds: UInt64 = 0) -> String? {
        var piece = [UInt8](repeating: 0, count: 4_096)
        while heard.count < Self.most, case let now = Clock.milliseconds, now < end {
            var watched = pollfd(fd: stream, events: Int16(POLLIN), revents: 0)
            guard poll(&watched, 1, Int32(min(milliseconds, end - now))) > 0 else {
                if now + milliseconds < end { return nil }
                break
            }
            let count = read(stream, &piece, piece.count)
            guard count > 0 else { break }
            heard += piece[..<count]
        }
        return String(decoding: heard, as: UTF8.self)
    }
}
