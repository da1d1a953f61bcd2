import CLibPQ
import Storage

extension StorageError {
    /// The error of a refused statement. The server's detail line is left out, because it quotes values.
    init(result: OpaquePointer, statement: String?) {
        let state = result.field(.state) ?? "XX000"
        let words = result.field(.words) ?? "no words"
        switch state {
        case "53100":
            self = .full
        case _ where state.hasPrefix("23"):
            self = .constraint(result.field(.constraint) ?? result.field(.column) ?? words)
        case _ where Self.saysTryAgain(state):
            self = .unavailable("\(words) (\(state))")
        default:
            // Class 22 is about data, and its words quote them.
            let cause = state.hasPrefix("22") ? "a value does not fit" : words
            self = .failed(["\(cause) (\(state))", statement].compactMap(\.self).joined(separator: " in: "))
        }
    }

    /// Whether the database, not the statement, is the reason: no connection, a shutdown, a standby, too many connections, out of
    /// memory, a lost race for a lock, a time limit, a failing disk.
    private static func saysTryAgain(_ state: String) -> Bool {
        let classes = ["08", "40", "53", "57P", "58"], codes = ["25006", "25P03", "55P03", "57014"]
        return classes.contains { state.hasPrefix($0) } || codes.contains(state)
    }

    /// Whether statements prepared on this connection no longer fit the schema or are gone: another node has migrated.
    static func saysPreparedIsStale(_ result: OpaquePointer) -> Bool {
        ["26000", "0A000"].contains(result.field(.state))
    }
}

/// `PG_DIAG_…` of libpq: its macros are letters, which Swift does not import.
private enum ErrorField: Character {
    case state = "C", words = "M", constraint = "n", column = "c"
}

extension OpaquePointer {
    fileprivate func field(_ field: ErrorField) -> String? {
        PQresultErrorField(self, Int32(field.rawValue.asciiValue!)).map { String(cString: $0) }
    }
}
