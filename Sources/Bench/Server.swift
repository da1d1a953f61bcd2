import Foundation
import OknoApp
import Synchronization

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// An `okno serve` of ours, a child process.
final class Server: Sendable {
    let process: pid_t
    let port: Int
    let startSeconds: Double
    private let tidying: Tidying

    private init(process: pid_t, port: Int, startSeconds: Double, tidying: Tidying) {
        (self.process, self.port, self.startSeconds, self.tidying) = (process, port, startSeconds, tidying)
    }

    /// Starts the program that is running now, and waits until it is healthy.
    static func start(_ settings: Settings, tidying: Tidying) async throws -> Server {
        let port = try freePort()
        let arguments = [
            "okno", "serve", "--data", settings.data, "--database", settings.database, "--host", "127.0.0.1", "--port",
            String(port),
            "--share", settings.share, "--node", settings.node, "--log", "warning",
            // How fast it can be is asked, not how fast it may.
            "--relay-session", "1000000", "--relay-all", "10000000",
        ]
        let began = ContinuousClock.now
        let process = try spawn(program, arguments)
        tidying.add(process)
        while ContinuousClock.now - began < .seconds(60) {
            let client = Client(port: port)
            let status = try? await client.call(.get("/health")).status
            await client.close()
            if status == 200 {
                return Server(
                    process: process, port: port, startSeconds: (ContinuousClock.now - began) / .seconds(1),
                    tidying: tidying)
            }
            guard kill(process, 0) == 0, waitpid(process, nil, WNOHANG) == 0 else { break }
            try await Task.sleep(for: .milliseconds(2))
        }
        tidying.end(process)
        throw BenchFault("The server did not start.")
    }

    func stop() async { tidying.end(process) }

    struct Memory {
        /// Megabytes: all that is resident, and of that what is not a file.
        let total: Double, own: Double
    }

    func memory() throws -> Memory {
        let text = try String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8)
        func megabytes(_ name: String) -> Double {
            let line = text.split(separator: "\n").first { $0.hasPrefix(name + ":") } ?? ""
            return (Double(line.filter(\.isNumber)) ?? .nan) / 1024
        }
        return Memory(total: megabytes("VmRSS"), own: megabytes("RssAnon"))
    }

    private static var program: String {
        (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments[0]
    }

    func processorSeconds() throws -> Double { Processes.processorSeconds(process) }

    static func spawn(_ program: String, _ arguments: [String]) throws -> pid_t {
        var process = pid_t()
        let strings: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
        defer { for string in strings { free(string) } }
        let code = posix_spawn(&process, program, nil, nil, strings, environ)
        guard code == 0 else { throw BenchFault("\(program) cannot be started: \(String(cString: strerror(code)))") }
        return process
    }

    /// A port that was free a moment ago.
    static func freePort() throws -> Int {
        let door = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(door) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                bind(door, address, length) == 0 && getsockname(door, address, &length) == 0
            }
        }
        guard isBound else { throw BenchFault("No free port on the loopback.") }
        return Int(UInt16(bigEndian: address.sin_port))
    }
}

/// Ends the children and removes the folder, when the bench is done and when it is told to stop.
final class Tidying: Sendable {
    private let children = Mutex<Set<pid_t>>([])
    private let remove: @Sendable () -> Void

    init(_ remove: @escaping @Sendable () -> Void) {
        self.remove = remove
        for number in [SIGINT, SIGTERM] {
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number)
            // The source lives in its own handler, as long as the process.
            source.setEventHandler { [self] in
                finish()
                withExtendedLifetime(source) { exit(130) }
            }
            source.resume()
        }
    }

    func add(_ process: pid_t) { _ = children.withLock { $0.insert(process) } }

    /// Asks a child to end, waits, and insists after ten seconds.
    func end(_ process: pid_t) {
        guard children.withLock({ $0.remove(process) }) != nil else { return }
        kill(process, SIGTERM)
        for _ in 0..<1000 {
            if waitpid(process, nil, WNOHANG) != 0 { return }
            usleep(10_000)
        }
        kill(process, SIGKILL)
        waitpid(process, nil, 0)
    }

    func finish() {
        for process in children.withLock({ $0 }) { end(process) }
        remove()
    }
}

enum OpenFiles {
    /// Raises this process's limit of open files to what the system allows.
    static func raise() {
        #if canImport(Glibc)
            let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        #else
            let resource = RLIMIT_NOFILE
        #endif
        var limit = rlimit()
        guard getrlimit(resource, &limit) == 0 else { return }
        limit.rlim_cur = min(limit.rlim_max, 1_000_000)
        setrlimit(resource, &limit)
    }
}
