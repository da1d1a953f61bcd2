/// The names of the statements that a connection keeps prepared; the least used go when there are too many.
struct PreparedStatements {
    static let limit = 500

    private struct Entry {
        let name: String
        var used: Int
    }

    private var entries: [Statement.Key: Entry] = [:]
    private var clock = 0
    private var names = 0
    /// Another node changed the schema under them.
    var areStale = false

    mutating func name(of key: Statement.Key) -> String? {
        clock += 1
        entries[key]?.used = clock
        return entries[key]?.name
    }

    mutating func freshName() -> String {
        names += 1
        return "s\(names)"
    }

    mutating func keep(_ key: Statement.Key, _ name: String) {
        clock += 1
        entries[key] = Entry(name: name, used: clock)
    }

    /// Takes out the statement that was not used for longest, when the limit is passed.
    mutating func surplus() -> String? {
        guard entries.count > Self.limit, let oldest = entries.min(by: { $0.value.used < $1.value.used }) else {
            return nil
        }
        entries[oldest.key] = nil
        return oldest.value.name
    }
}
