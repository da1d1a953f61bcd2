import CLibPQ
import Storage

/// Opening of connections and commands outside of pipelines; for the pool and for the listener.
enum Link {
    /// - Throws: `StorageError.unavailable` with libpq's reason (it names host and user, never a password).
    static func open(_ url: String) throws -> OpaquePointer {
        // The first five may be overridden by the address, the last may not.
        let options = [
            ("connect_timeout", "3"), ("keepalives_idle", "10"), ("keepalives_interval", "5"),
            ("keepalives_count", "3"),
            ("tcp_user_timeout", "10000"), ("fallback_application_name", "okno"), ("dbname", url),
            ("client_encoding", "UTF8"),
        ]
        let link = withCStrings(options.map(\.0)) { names in
            withCStrings(options.map(\.1)) { values in PQconnectdbParams(names, values, 1) }
        }
        guard let link else { throw StorageError.unavailable("no memory for a connection") }
        guard PQstatus(link) == CONNECTION_OK else {
            let reason = String(cString: PQerrorMessage(link)).split(separator: "\n").joined(separator: "; ")
            PQfinish(link)
            throw StorageError.unavailable(reason)
        }
        // Notices would go to the standard error otherwise.
        PQsetNoticeProcessor(link, { _, _ in }, nil)
        return link
    }

    static func command(_ text: String, on link: OpaquePointer) throws {
        let result = PQexec(link, text)
        defer { PQclear(result) }
        let status = PQresultStatus(result)
        guard status != PGRES_COMMAND_OK, status != PGRES_TUPLES_OK else { return }
        throw result.map { StorageError(result: $0, statement: text) }
            ?? .unavailable("the connection to PostgreSQL was lost")
    }

    private static func withCStrings<Result>(
        _ strings: [String], _ body: (UnsafePointer<UnsafePointer<CChar>?>) -> Result
    ) -> Result {
        let bytes = strings.map { Array($0.utf8CString) }
        let joined = bytes.flatMap(\.self)
        return joined.withUnsafeBufferPointer { buffer in
            var pointers: [UnsafePointer<CChar>?] = [], offset = 0
            for string in bytes {
                pointers.append(buffer.baseAddress! + offset)
                offset += string.count
            }
            return body(pointers + [nil])
        }
    }
}
