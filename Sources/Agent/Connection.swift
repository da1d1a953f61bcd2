import AgentProtocol
import CCurl
import Glibc

/// The one outgoing connection: libcurl makes the way (proxies with their logins, TLS), the WebSocket on it is ours.
/// Never blocks; `step` is called when its socket is ready, and often while it connects.
final class Connection {
    enum State { case connecting, shaking, open, closed }
    /// Above this nothing is read from back ends until the socket took more.
    static let fullBytes = 512 * 1024

    private(set) var state = State.connecting
    /// In words for the log, once closed.
    private(set) var fault = ConnectionFault.other("")
    /// The server answered with something that is no WebSocket.
    private(set) var status = 0
    /// -1 until it is known.
    private(set) var socket: Int32 = -1
    private let multi: OpaquePointer?
    private let easy: OpaquePointer?
    private let host: String
    private let key = SocketFrames.base64((0..<16).map { _ in .random(in: 0...255) })
    private var outbox: [UInt8] = []
    private var sent = 0
    private var head: [UInt8] = []
    private var reader = SocketReader(limit: AgentMessage.frameBytes)

    /// Without a ticket of Kerberos libcurl gives up where the proxy offers Negotiate, whatever else it offers: the other logins are
    /// tried once more without it.
    private var asksForTicket = true

    /// What the desktop is set to, when it was asked and has answered.
    private(set) var desktopProxy = DesktopProxy.none
    private var question: DesktopProxyQuestion?

    /// Milliseconds from the first step on the way to the open WebSocket, and when they are over.
    private let patience: UInt64
    private var deadline: UInt64?

    /// Bytes that the system was given, TLS not counted.
    private var given = 0
    /// Bytes of them that the next machine has taken, about.
    var delivered: Int {
        var waiting: Int32 = 0
        guard socket >= 0, ioctl(socket, UInt(TIOCOUTQ), &waiting) == 0 else { return 0 }
        return given - Int(waiting)
    }

    /// - Parameter patience: milliseconds until the WebSocket is to be open.
    /// - Parameter proxy: what the desktop is set to, when that is known already. What is named for the server or for the session comes first.
    init(_ invocation: Invocation, _ surroundings: Surroundings, patience: UInt64, _ proxy: DesktopProxy? = nil) {
        host = invocation.host
        self.patience = patience
        multi = curl_multi_init().map { OpaquePointer($0) }
        easy = curl_easy_init().map { OpaquePointer($0) }
        guard let easy = easyHandle else {
            end("out of memory")
            return
        }
        _ = okno_curl_set_text(easy, CURLOPT_URL, invocation.server + "/agent/wire")
        _ = okno_curl_set_text(easy, CURLOPT_PROTOCOLS_STR, "http,https")
        _ = okno_curl_set_long(easy, CURLOPT_CONNECT_ONLY, 1)
        _ = okno_curl_set_long(easy, CURLOPT_HTTPPROXYTUNNEL, 1)
        _ = okno_curl_set_long(easy, CURLOPT_HTTP_VERSION, okno_curl_http_1_1)
        _ = okno_curl_set_long(easy, CURLOPT_PROXYAUTH, okno_curl_auth_any)
        _ = okno_curl_set_long(easy, CURLOPT_CONNECTTIMEOUT_MS, Int(patience))
        _ = okno_curl_set_long(easy, CURLOPT_NOSIGNAL, 1)
        _ = okno_curl_set_long(easy, CURLOPT_TCP_NODELAY, 1)
        // The login of the session, by Kerberos or NTLM, where the address of the proxy names none.
        if invocation.proxy?.contains("@") != true { _ = okno_curl_set_text(easy, CURLOPT_PROXYUSERPWD, ":") }
        if let file = invocation.authorities {
            _ = okno_curl_set_text(easy, CURLOPT_CAINFO, file)
            _ = okno_curl_set_text(easy, CURLOPT_PROXY_CAINFO, file)
        }
        if let proxy = invocation.proxy {
            _ = okno_curl_set_text(easy, CURLOPT_PROXY, proxy)
            // Named for this server: no_proxy of the environment does not undo it.
            _ = okno_curl_set_text(easy, CURLOPT_NOPROXY, "")
            begin(.none)
        } else if surroundings.namesProxy {
            begin(.none)
        } else if let proxy {
            begin(proxy)
        } else {
            question = DesktopProxyQuestion(surroundings, server: invocation.server)
        }
    }

    deinit {
        if let easy = easyHandle {
            curl_multi_remove_handle(multiHandle, easy)
            curl_easy_cleanup(easy)
        }
        if let multi = multiHandle { curl_multi_cleanup(multi) }
    }

    private var multiHandle: UnsafeMutableRawPointer? { multi.map { UnsafeMutableRawPointer($0) } }
    private var easyHandle: UnsafeMutableRawPointer? { easy.map { UnsafeMutableRawPointer($0) } }

    var isFull: Bool { outbox.count - sent > Self.fullBytes }
    var wantsToWrite: Bool { sent < outbox.count }

    func send(_ message: AgentMessage) { if state == .open { put(.binary, message.encoded()) } }

    /// Does what can be done now; gives the messages that came.
    func step() -> [AgentMessage] {
        if state == .connecting { connect() }
        var messages: [AgentMessage] = []
        if state == .shaking || state == .open {
            flush()
            messages = receive()
            flush()
        }
        // A proxy may take everything and answer nothing.
        if state == .connecting || state == .shaking, let deadline, Clock.milliseconds > deadline {
            end(ConnectionFault(CURLE_OPERATION_TIMEDOUT, proxyAnswer: 0))
        }
        return messages
    }

    func close(_ code: UInt16 = 1000) {
        guard state == .open else { return }
        put(.close, [UInt8(code >> 8), UInt8(code & 0xFF)])
        flush()
        end("closed")
    }

    // MARK: - Steps

    private func begin(_ proxy: DesktopProxy) {
        desktopProxy = proxy
        if case .manual(let address, let except) = proxy {
            _ = okno_curl_set_text(easyHandle, CURLOPT_PROXY, address)
            _ = okno_curl_set_text(easyHandle, CURLOPT_NOPROXY, except)
        }
        deadline = Clock.milliseconds + patience
        curl_multi_add_handle(multiHandle, easyHandle)
    }

    private func connect() {
        if let question {
            guard let proxy = question.answer() else { return }
            self.question = nil
            begin(proxy)
        }
        var running: Int32 = 0
        curl_multi_perform(multiHandle, &running)
        var left: Int32 = 0
        guard let note = curl_multi_info_read(multiHandle, &left), note.pointee.msg == CURLMSG_DONE else { return }
        let result = note.pointee.data.result
        guard result == CURLE_OK else {
            var code = 0
            _ = okno_curl_connect_code(easyHandle, &code)
            if code == 407, asksForTicket {
                asksForTicket = false
                _ = okno_curl_set_long(easyHandle, CURLOPT_PROXYAUTH, okno_curl_auth_without_ticket)
                curl_multi_remove_handle(multiHandle, easyHandle)
                curl_multi_add_handle(multiHandle, easyHandle)
                return
            }
            return end(ConnectionFault(result, proxyAnswer: code))
        }
        _ = okno_curl_socket(easyHandle, &socket)
        // A back end that is started must not hold it.
        _ = fcntl(socket, F_SETFD, FD_CLOEXEC)
        let request =
            "GET /agent/wire HTTP/1.1\r\nHost: \(host)\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            + "Sec-WebSocket-Key: \(key)\r\nSec-WebSocket-Version: 13\r\nUser-Agent: okno-agent/1\r\n\r\n"
        outbox = Array(request.utf8)
        state = .shaking
    }

    private func flush() {
        while sent < outbox.count, state != .closed {
            var count = 0
            let result = outbox.withUnsafeBytes { bytes in
                curl_easy_send(easyHandle, bytes.baseAddress! + sent, min(bytes.count - sent, 64 * 1024), &count)
            }
            if result == CURLE_AGAIN { break }
            guard result == CURLE_OK else { return end(String(cString: curl_easy_strerror(result))) }
            sent += count
            given += count
        }
        if sent == outbox.count {
            outbox.removeAll(keepingCapacity: true)
            sent = 0
        } else if sent > Self.fullBytes {
            outbox.removeFirst(sent)
            sent = 0
        }
    }

    private func receive() -> [AgentMessage] {
        var messages: [AgentMessage] = []
        var piece = [UInt8](repeating: 0, count: 64 * 1024)
        while state == .shaking || state == .open {
            var count = 0
            let result = piece.withUnsafeMutableBytes { curl_easy_recv(easyHandle, $0.baseAddress, $0.count, &count) }
            if result == CURLE_AGAIN { break }
            guard result == CURLE_OK, count > 0 else {
                end(result == CURLE_OK ? "the server closed" : String(cString: curl_easy_strerror(result)))
                break
            }
            if state == .shaking { shake(piece[..<count]) } else { reader.add(piece[..<count]) }
            if state == .open { read(into: &messages) }
        }
        return messages
    }

    /// The answer to the upgrade.
    private func shake(_ bytes: ArraySlice<UInt8>) {
        head += bytes
        guard let end = head.indices.dropLast(3).first(where: { head[$0..<$0 + 4].elementsEqual([13, 10, 13, 10]) })
        else {
            if head.count > 16 * 1024 { self.end("no answer of a WebSocket") }
            return
        }
        let lines = String(decoding: head[..<end], as: UTF8.self).split(whereSeparator: \.isNewline)
        status = lines.first.flatMap { $0.split(separator: " ").dropFirst().first }.flatMap { Int($0) } ?? 0
        let accepts = lines.contains { line in
            let parts = line.split(separator: ":", maxSplits: 1).map { $0.trimmed }
            return parts.count == 2 && parts[0].lowercased() == "sec-websocket-accept"
                && parts[1] == SocketFrames.accept(key)
        }
        guard status == 101, accepts else { return self.end("the server answered \(status)") }
        state = .open
        reader.add(head[(end + 4)...])
        head = []
    }

    private func read(into messages: inout [AgentMessage]) {
        do {
            while let frame = try reader.next() {
                switch frame {
                case .binary(let bytes): messages.append(try AgentMessage(decoding: bytes))
                case .ping(let payload): put(.pong, payload)
                case .pong: break
                case .text: return end("a text frame")
                case .close(let code): return end("the server closed (\(code.map { String($0) } ?? "no code"))")
                }
            }
        } catch { end("not our protocol: \(error)") }
    }

    private func put(_ kind: SocketFrames.Kind, _ payload: [UInt8]) {
        let mask = UInt32.random(in: 0...UInt32.max)
        outbox += SocketFrames.frame(
            kind, payload,
            mask: (UInt8(mask >> 24), UInt8(mask >> 16 & 0xFF), UInt8(mask >> 8 & 0xFF), UInt8(mask & 0xFF)))
    }

    private func end(_ why: String) { end(.other(why)) }

    private func end(_ why: ConnectionFault) {
        if state != .closed { (state, fault) = (.closed, why) }
    }
}

extension Substring {
    var trimmed: String {
        var text = self
        while text.first?.isWhitespace == true { text = text.dropFirst() }
        while text.last?.isWhitespace == true { text = text.dropLast() }
        return String(text)
    }
}
