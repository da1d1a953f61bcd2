import Agent
import AgentProtocol
import Foundation
import Testing

struct Timeout: Error { let what: String }

/// The server's end of the wire, on a socket of the test: one agent at a time, everything with a deadline.
final class Desk {
    let port: UInt16
    private let door: Int32
    private var socket: Int32 = -1
    private var buffer: [UInt8] = []
    private(set) var heard: [AgentMessage] = []

    init() throws {
        let door = Foundation.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(door, $0, length) == 0 && listen(door, 4) == 0 && getsockname(door, $0, &length) == 0
            }
        }
        guard bound else { throw Timeout(what: "no port") }
        (self.door, port) = (door, UInt16(bigEndian: address.sin_port))
        _ = fcntl(door, F_SETFD, FD_CLOEXEC)
    }

    deinit {
        cut()
        close(door)
    }

    func cut() {
        if socket >= 0 { close(socket) }
        socket = -1
        buffer = []
    }

    /// Takes the next agent as far as its hello.
    func accept() throws -> Hello {
        try ready(door, 10, "an agent")
        socket = Foundation.accept(door, nil, nil)
        _ = fcntl(socket, F_SETFD, FD_CLOEXEC)
        while buffer.range(of: [13, 10, 13, 10]) == nil { try read(10, "the upgrade") }
        let end = try #require(buffer.range(of: [13, 10, 13, 10])).upperBound
        let request = String(decoding: buffer[..<end], as: UTF8.self)
        #expect(request.hasPrefix("GET /agent/wire HTTP/1.1\r\n"))
        buffer.removeFirst(end)
        let key = try #require(request.components(separatedBy: "Sec-WebSocket-Key: ").last?.prefix(24))
        write(
            Array(
                ("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                    + "Sec-WebSocket-Accept: \(SocketFrames.accept(String(key)))\r\n\r\n").utf8))
        guard case .hello(let hello) = try next(10, "hello") else { throw Timeout(what: "hello") }
        return hello
    }

    func send(_ message: AgentMessage) {
        let payload = message.encoded()
        var frame: [UInt8] = [0x82]
        if payload.count < 126 {
            frame.append(UInt8(payload.count))
        } else if payload.count < 65_536 {
            frame += [126, UInt8(payload.count >> 8), UInt8(payload.count & 0xFF)]
        } else {
            frame.append(127)
            frame += (0..<8).reversed().map { UInt8(payload.count >> (8 * $0) & 0xFF) }
        }
        write(frame + payload)
    }

    /// The next message that this finds something in.
    func wait<Found>(_ seconds: Double = 10, for what: String, _ find: (AgentMessage) -> Found?) throws -> Found {
        let end = Date().addingTimeInterval(seconds)
        while Date() < end {
            if let found = find(try next(max(end.timeIntervalSinceNow, 0.01), what)) { return found }
        }
        throw Timeout(what: what)
    }

    /// Bytes of a channel until there are so many.
    func bytes(_ channel: UInt32, _ count: Int) throws -> [UInt8] {
        var all: [UInt8] = []
        while all.count < count {
            all += try wait(for: "\(count) bytes on \(channel), have \(all.count)") {
                if case .data(channel, let bytes) = $0 { bytes } else { nil }
            }
        }
        return all
    }

    /// Nothing that this finds comes for a while.
    func none<Found>(_ seconds: Double, _ find: (AgentMessage) -> Found?) -> Bool {
        (try? wait(seconds, for: "nothing", find)) == nil
    }

    private func next(_ seconds: Double, _ what: String) throws -> AgentMessage {
        while true {
            if let message = try parse() {
                heard.append(message)
                return message
            }
            try read(seconds, what)
        }
    }

    private func parse() throws -> AgentMessage? {
        guard buffer.count >= 2 else { return nil }
        #expect(buffer[1] & 0x80 != 0, "an agent masks")
        var (head, count) = (2, Int(buffer[1] & 0x7F))
        if count >= 126 {
            let width = count == 126 ? 2 : 8
            guard buffer.count >= 2 + width else { return nil }
            count = buffer[2..<2 + width].reduce(0) { $0 << 8 | Int($1) }
            head += width
        }
        guard buffer.count >= head + 4 + count else { return nil }
        let (code, key) = (buffer[0], Array(buffer[head..<head + 4]))
        let payload = buffer[(head + 4)..<(head + 4 + count)].enumerated().map { $1 ^ key[$0 & 3] }
        buffer.removeFirst(head + 4 + count)
        if code == 0x88 { throw Timeout(what: "the agent closed \(payload)") }
        return try AgentMessage(decoding: payload)
    }

    private func ready(_ descriptor: Int32, _ seconds: Double, _ what: String) throws {
        var watched = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        guard poll(&watched, 1, Int32(seconds * 1_000)) > 0 else { throw Timeout(what: what) }
    }

    private func read(_ seconds: Double, _ what: String) throws {
        try ready(socket, seconds, what)
        var piece = [UInt8](repeating: 0, count: 65_536)
        let count = recv(socket, &piece, piece.count, 0)
        guard count > 0 else { throw Timeout(what: "\(what): the agent is gone") }
        buffer += piece[..<count]
    }

    private func write(_ bytes: [UInt8]) {
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes {
                Foundation.send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return }
            sent += count
        }
    }
}

extension [UInt8] {
    fileprivate func range(of part: [UInt8]) -> Range<Int>? {
        guard count >= part.count else { return nil }
        return (0...(count - part.count)).first { self[$0..<$0 + part.count].elementsEqual(part) }
            .map { $0..<$0 + part.count }
    }
}
