import Foundation
import NIOCore
import NIOPosix

/// What others need for the same bytes: websockify, which makes a WebSocket of a connection, and socat, which copies one connection into
/// another and does nothing else. A reference, where they are installed.
struct OtherRelays: Sendable {
    static let names = [
        "websockify_relay_cpu_s_per_gb", "websockify_relay_kb_per_session", "socat_relay_cpu_s_per_gb",
        "socat_relay_added_p50_ms",
    ]
    private static let sessions = 8

    let tidying: Tidying
    let say: @Sendable (String) -> Void

    func measure(_ figures: inout Figures) async throws {
        let source = try await ServerBootstrap(group: Client.loops)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(Source()) }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let target = source.localAddress?.port ?? 0
        if figures.wantsAny(Array(Self.names.prefix(2))), let program = find("websockify") {
            say("websockify")
            let port = try Server.freePort()
            let cost = try await run([program, "127.0.0.1:\(port)", "127.0.0.1:\(target)"], port) { seen in
                try await RelaySocket.open(
                    port, "/", on: Client.loops, RelayTalk(skipped: { seen.came($0) }))
            }
            figures["websockify_relay_cpu_s_per_gb"] = cost.perGigabyte
            figures["websockify_relay_kb_per_session"] = cost.memory
        }
        if figures.wantsAny(Array(Self.names.suffix(2))), let program = find("socat") {
            say("socat")
            figures["socat_relay_added_p50_ms"] = try await added(through: program)
            let port = try Server.freePort()
            let arguments = Self.pipe(program, from: port, to: target)
            figures["socat_relay_cpu_s_per_gb"] = try await run(arguments, port) { seen in
                try await ClientBootstrap(group: Client.loops)
                    .channelInitializer { channel in
                        channel.eventLoop.makeCompletedFuture {
                            try channel.pipeline.syncOperations.addHandler(Counting(seen))
                        }
                    }
                    .connect(host: "127.0.0.1", port: port).get()
            }.perGigabyte
        }
        try await source.close()
    }

    private static func pipe(_ program: String, from port: Int, to target: Int) -> [String] {
        [program, "TCP-LISTEN:\(port),bind=127.0.0.1,reuseaddr,fork,nodelay", "TCP:127.0.0.1:\(target),nodelay"]
    }

    /// What the least that can stand between two ends adds to a small message.
    private func added(through program: String) async throws -> Double {
        let sides = ProbeSides(), port = try Server.freePort(), seen = RelaySeen()
        defer { sides.end() }
        let door = try await DirectWay.door(sides, seen)
        let process = try Server.spawn(program, Self.pipe(program, from: port, to: door.localAddress?.port ?? 0))
        tidying.add(process)
        defer { tidying.end(process) }
        try await Task.sleep(for: .seconds(1))
        async let direct = DirectWay.times(sides, for: .seconds(8))
        try await DirectWay.send(sides, to: port, for: .seconds(8))
        try await door.close()
        return seen.times.percentile(50) - (try await direct.percentile(50))
    }

    private func find(_ name: String) -> String? {
        let path = ["/usr/bin/", "/usr/local/bin/"].map { $0 + name }
            .first { FileManager.default.isExecutableFile(atPath: $0) }
        if path == nil { say("\(name): not installed") }
        return path
    }

    private func run(
        _ arguments: [String], _ port: Int, _ connect: @Sendable (RelaySeen) async throws -> any Channel
    ) async throws -> (perGigabyte: Double, memory: Double) {
        let process = try Server.spawn(arguments[0], arguments)
        tidying.add(process)
        defer { tidying.end(process) }
        try await Task.sleep(for: .seconds(1))
        var channels: [any Channel] = []
        let seen = RelaySeen()
        for _ in 0..<Self.sessions { channels.append(try await connect(seen)) }
        defer { for channel in channels { channel.close(promise: nil) } }
        try await Task.sleep(for: .seconds(1))
        seen.begin()
        let began = Processes.family(of: process).reduce(0) { $0 + Processes.processorSeconds($1) }
        try await Task.sleep(for: .seconds(6))
        let family = Processes.family(of: process), bytes = seen.bytes
        let processor = family.reduce(0) { $0 + Processes.processorSeconds($1) } - began
        let memory = family.filter { $0 != process }.reduce(0) { $0 + Processes.ownKilobytes($1) }
        return (processor / (Double(bytes) / 1e9), memory / Double(Self.sessions))
    }

    /// Writes for as long as somebody reads.
    private final class Source: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer
        private static let piece = ByteBuffer(bytes: (0..<(32 << 10)).map { _ in UInt8.random(in: 0...255) })

        func channelActive(context: ChannelHandlerContext) { pour(context) }
        func channelWritabilityChanged(context: ChannelHandlerContext) { pour(context) }

        private func pour(_ context: ChannelHandlerContext) {
            while context.channel.isActive, context.channel.isWritable {
                context.writeAndFlush(wrapOutboundOut(Self.piece), promise: nil)
            }
        }
        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    }

    private final class Counting: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        private let seen: RelaySeen
        init(_ seen: RelaySeen) { self.seen = seen }
        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            seen.came(unwrapInboundIn(data).readableBytes)
        }
        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    }
}

/// What the system counts for a process.
enum Processes {
    static func processorSeconds(_ process: pid_t) -> Double {
        // The name of the program, which may hold anything, ends at the last parenthesis.
        guard let text = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8),
            let end = text.lastIndex(of: ")")
        else { return 0 }
        let fields = text[end...].split(separator: " ")
        guard fields.count > 13, let user = Double(fields[12]), let system = Double(fields[13]) else { return 0 }
        return (user + system) / Double(sysconf(Int32(_SC_CLK_TCK)))
    }

    /// A process and its children.
    static func family(of process: pid_t) -> [pid_t] {
        let children = try? String(contentsOfFile: "/proc/\(process)/task/\(process)/children", encoding: .utf8)
        return [process] + (children ?? "").split(separator: " ").compactMap { pid_t($0) }
    }

    /// Memory that it shares with nobody.
    static func ownKilobytes(_ process: pid_t) -> Double {
        let text = (try? String(contentsOfFile: "/proc/\(process)/smaps_rollup", encoding: .utf8)) ?? ""
        let line = text.split(separator: "\n").first { $0.hasPrefix("Private_Dirty:") } ?? ""
        return Double(line.filter(\.isNumber)) ?? .nan
    }
}
