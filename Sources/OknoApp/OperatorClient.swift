import Foundation

#if canImport(Glibc)
    import Glibc
#endif

/// Asks the server that runs on these data to do something. Plain HTTP over the loopback: the port takes that beside TLS.
package struct OperatorClient {
    package let port: UInt16
    private let host: String, token: String

    /// nil when no server runs on these data.
    package init?(_ settings: Settings) {
        guard let data = FileManager.default.contents(atPath: Operator.file(in: settings)) else { return nil }
        let lines = String(decoding: data, as: UTF8.self).split(separator: "\n").map(String.init)
        guard lines.count == 3, let port = UInt16(lines[1]) else { return nil }
        (host, self.port, token) = (lines[0], port, lines[2])
        // A server that was killed leaves its file behind.
        guard let socket = connect() else { return nil }
        close(socket)
    }

    /// - Returns: what the backup holds, in words.
    package func backup(to folder: String) throws -> String {
        let answer = try ask(
            "POST", "/operator/backup",
            "folder=" + (folder.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""))
        let fields = (try? JSONSerialization.jsonObject(with: answer)) as? [String: String] ?? [:]
        guard let summary = fields["summary"] else {
            throw InstallationFault(fields["error"] ?? "The running server did not make the backup; its log says why.")
        }
        return summary
    }

    func examination() throws -> [Doctor.Finding] {
        let answer = try ask("GET", "/operator/examination", "")
        guard let findings = try? JSONDecoder().decode([Doctor.Finding].self, from: answer) else {
            throw InstallationFault(String(decoding: answer.prefix(200), as: UTF8.self))
        }
        return findings
    }

    private func ask(_ method: String, _ path: String, _ form: String) throws -> Data {
        guard let socket = connect() else { throw InstallationFault("The server on port \(port) does not answer.") }
        defer { close(socket) }
        let request = """
            \(method) \(path) HTTP/1.1\r
            Host: \(host):\(port)\r
            \(Operator.header): \(token)\r
            Accept: application/json\r
            Content-Type: application/x-www-form-urlencoded\r
            Content-Length: \(form.utf8.count)\r
            Connection: close\r
            \r
            \(form)
            """
        var rest = Array(request.utf8)[...]
        while !rest.isEmpty {
            let sent = rest.withUnsafeBytes { send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard sent > 0 else { throw InstallationFault("The connection to the server broke.") }
            rest = rest.dropFirst(sent)
        }
        var answer = Data(), buffer = [UInt8](repeating: 0, count: 1 << 16)
        while case let count = recv(socket, &buffer, buffer.count, 0), count > 0 {
            answer.append(contentsOf: buffer[..<count])
        }
        guard let head = answer.firstRange(of: Data("\r\n\r\n".utf8)) else {
            throw InstallationFault("The server broke the connection; its log says why.")
        }
        return answer[head.upperBound...]
    }

    private func connect() -> Int32? {
        var hints = addrinfo(), found: UnsafeMutablePointer<addrinfo>?
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        guard getaddrinfo(host, String(port), &hints, &found) == 0, let address = found else { return nil }
        defer { freeaddrinfo(found) }
        let descriptor = socket(address.pointee.ai_family, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { return nil }
        guard Glibc.connect(descriptor, address.pointee.ai_addr, address.pointee.ai_addrlen) == 0 else {
            close(descriptor)
            return nil
        }
        return descriptor
    }
}
