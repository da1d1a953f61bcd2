import Connection
import Foundation
import NIOCore

/// What the doctor measures for somebody who gave it a pass: the page of the check measures the same.
extension FromHere {
    private struct Relays: Decodable {
        struct Server: Decodable { let urls: [String], username: String, credential: String }
        let servers: [Server]
    }

    /// Tells of each way of media as soon as it is known.
    /// - Returns: which of them work.
    func measure(_ pass: String, _ tell: (Doctor.Finding) -> Void) async -> (relay: Bool, socket: Bool) {
        let header = "\(CheckPass.header): \(pass)\r\n", relays: [Relays.Server]
        do {
            let answer = try await use { try await $0.ask(request("/connection/ice", header), within: patience) }
            guard answer.status == 200 else {
                tell(
                    .init(
                        .failure, "the pass is not accepted: answered with status \(answer.status)",
                        "Open “Connection check” in Okno again and take the command from there."))
                return (false, false)
            }
            relays = try JSONDecoder().decode(Relays.self, from: Data(answer.body.utf8)).servers
        } catch {
            tell(.init(.failure, "nothing could be measured: \(Self.plain(error))", "Try again."))
            return (false, false)
        }
        if relays.isEmpty { tell(.init(.warning, "this server offers no relay")) }
        var hasRelay = false
        for server in relays {
            for url in server.urls {
                let (works, finding) = await carried(url, server.username, server.credential)
                hasRelay = hasRelay || works
                tell(finding)
            }
        }
        let media = await media(header)
        tell(media)
        tell(await throughput(header))
        return (hasRelay, media.level != .failure)
    }

    // MARK: the relay

    private func carried(_ url: String, _ user: String, _ password: String) async -> (Bool, Doctor.Finding) {
        guard let road = road.toRelay(url) else {
            return (false, .init(.ok, "the relay \(url) is reached over UDP alone, which only the page tries"))
        }
        let way = "\(road.host):\(road.port) over \(road.isSecure ? "TLS" : "TCP")"
        do {
            let (one, other) = (try await line(to: road), try await line(to: road))
            defer { for line in [one, other] { line.close() } }
            let times = try await RelayTrial(user: user, password: password, patience: patience).run(one, other)
                .sorted()
            guard !times.isEmpty else { throw ClientLine.Fault("nothing came through") }
            let lost = RelayTrial.packets - times.count
            return (
                true,
                .init(
                    lost == 0 ? .ok : .warning,
                    "the relay at \(way) carries: \(times.count) of \(RelayTrial.packets) packets came, "
                        + "\(Self.milliseconds(times[times.count / 2])) at the median",
                    lost == 0 ? "" : "Speech will break off. Ask the network administrator about the line.")
            )
        } catch {
            return (
                false,
                .init(
                    .warning, "the relay at \(way) carries nothing: \(Self.plain(error))",
                    "If a proxy on the way passes only HTTP, ask for an exception for \(road.host); otherwise tell the administrator of "
                        + "Okno. Calls go over WebSocket meanwhile.")
            )
        }
    }

    private func line(to road: Road) async throws -> ClientLine {
        let line = try await road.open(within: patience)
        if road.isSecure { try await line.secure(for: road.host, .anything) }
        return line
    }

    // MARK: media over a WebSocket

    private func media(_ header: String) async -> Doctor.Finding {
        do {
            let (delay, up, down) = try await use { (line) -> (Duration, Int, Int) in
                var socket = try await line.socket(request("/connection/wire", wish + header), within: patience)
                let delay = try await self.delay(&socket)
                return (delay, try await pushed(&socket), try await pulled(&socket))
            }
            let isSlow = delay > .milliseconds(400) || min(up, down) < 500
            return .init(
                isSlow ? .warning : .ok,
                "media over WebSocket: \(Self.milliseconds(delay)), \(Self.speeds(down: down, up: up))",
                isSlow ? "Pictures will come slowly. Ask the network administrator about the line." : "")
        } catch {
            return .init(
                .failure, "media over WebSocket do not pass: \(Self.plain(error))",
                "Ask for WebSocket connections to \(road.host):\(road.port) to be left alone, also long ones with much in them."
            )
        }
    }

    private func delay(_ socket: inout ClientSocket) async throws -> Duration {
        var times: [Duration] = []
        for number in 0..<10 {
            let start = ContinuousClock.now
            try await socket.send("echo \(number)")
            _ = try await socket.next(within: patience)
            times.append(ContinuousClock.now - start)
        }
        return times.sorted()[times.count / 2]
    }

    /// Kbit/s that the server has counted.
    private func pushed(_ socket: inout ClientSocket) async throws -> Int {
        let portion = Self.portion(32 << 10), start = ContinuousClock.now
        var sent = 0
        while ContinuousClock.now - start < .seconds(2), sent < 8 << 20 {
            try await socket.send(portion)
            sent += portion.readableBytes
        }
        try await socket.send("count")
        guard case .text(let words) = try await socket.next(within: .seconds(10)), let bytes = Int(words) else {
            throw ClientLine.Fault("something else answers")
        }
        return Self.kilobits(bytes, since: start)
    }

    /// More and more at once, until it takes long enough to be measured.
    private func pulled(_ socket: inout ClientSocket) async throws -> Int {
        let start = ContinuousClock.now
        var kilobytes = 128, bytes = 0
        while ContinuousClock.now - start < .seconds(1), kilobytes <= 4096 {
            try await socket.send("send \(kilobytes)")
            while case .bytes(let count) = try await socket.next(within: .seconds(10)) { bytes += count }
            kilobytes *= 2
        }
        return Self.kilobits(bytes, since: start)
    }

    // MARK: throughput

    private func throughput(_ header: String) async -> Doctor.Finding {
        do {
            let down = try await use { line in
                try await grown { bytes in
                    let path = "/connection/body?kb=\(bytes >> 10)"
                    guard try await line.ask(request(path, header), within: .seconds(20)).status == 200 else {
                        return false
                    }
                    return true
                }
            }
            let up = try await use { line in
                try await grown { bytes in
                    let head =
                        "POST /connection/sink HTTP/1.1\r\nHost: \(road.authority)\r\n\(header)Content-Length: \(bytes)\r\n\r\n"
                    let body = Self.portion(bytes)
                    let answer = try await line.ask(Array(head.utf8) + body.readableBytesView, within: .seconds(20)) {
                        HTTPWords($0) != nil
                    }
                    return HTTPWords(answer)?.status == 200
                }
            }
            let isSlow = min(up, down) < 1000
            return .init(
                isSlow ? .warning : .ok, "throughput: \(Self.speeds(down: down, up: up))",
                isSlow ? "Video and screens will be poor. Ask the network administrator about the line." : "")
        } catch {
            return .init(
                .failure, "throughput could not be measured: \(Self.plain(error))",
                "Something cuts large answers or bodies of \(road.host):\(road.port); ask the network administrator.")
        }
    }

    /// Kbit/s of bodies of which each is twice the last, for some two seconds.
    private func grown(_ carry: (Int) async throws -> Bool) async throws -> Int {
        let start = ContinuousClock.now
        var size = 128 << 10, bytes = 0
        while ContinuousClock.now - start < .milliseconds(1500), size <= 8 << 20 {
            guard try await carry(size) else { throw ClientLine.Fault("something else answers") }
            bytes += size
            size *= 2
        }
        return Self.kilobits(bytes, since: start)
    }

    // MARK: words

    /// Bytes that no proxy can make smaller.
    private static func portion(_ count: Int) -> ByteBuffer {
        var bytes = ByteBuffer(), dice = SystemRandomNumberGenerator()
        bytes.reserveCapacity(count)
        for _ in 0..<(count / 8) { bytes.writeInteger(dice.next()) }
        return bytes
    }

    private static func kilobits(_ bytes: Int, since start: ContinuousClock.Instant) -> Int {
        Int(Double(bytes) * 8 / max((ContinuousClock.now - start) / .milliseconds(1), 1))
    }

    static func milliseconds(_ time: Duration) -> String { "\(Int((time / .milliseconds(1)).rounded())) ms" }

    private static func speeds(down: Int, up: Int) -> String {
        func megabits(_ kilobits: Int) -> String {
            String(format: kilobits < 10_000 ? "%.1f" : "%.0f", Double(kilobits) / 1000)
        }
        return "\(megabits(down)) Mbit/s here and \(megabits(up)) Mbit/s out"
    }
}
