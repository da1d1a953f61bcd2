package import Kernel
package import Storage
import Synchronization

/// A full-text index of documents, each with words everybody concerned may find, words for staff only, and scope words
/// («l<line>», «c<client>») by which permission narrows the index itself and not its result.
///
/// Words are stemmed here, so both databases index the same tokens. A document's row number grows with time: newest first is the
/// order of the index.
package enum SearchIndex {
    package static let migrations = [
        Migration(
            3, "full-text index", [],
            sqlite: [
                """
                CREATE VIRTUAL TABLE search USING fts5 (
                    open, staff, scope, detail=column, columnsize=0, tokenize='unicode61 remove_diacritics 0')
                """
            ],
            postgres: [
                "CREATE TABLE search (rowid BIGINT PRIMARY KEY, words TSVECTOR NOT NULL)",
                "CREATE INDEX search_words ON search USING GIN (words) WITH (fastupdate = off)",
            ])
    ]

    /// A row number for a document of this moment: milliseconds and 20 bits that count on from a random start, so that two documents of one
    /// server never meet, and those of two servers once in a million of the same millisecond.
    package static func row(at instant: Instant) -> Int64 {
        instant.milliseconds << 20 | counter.wrappingAdd(1, ordering: .relaxed).newValue & (1 << 20 - 1)
    }

    private static let counter = Atomic(Int64.random(in: 0..<(1 << 20)))

    /// A scope word: a letter for its kind and an id.
    package static func scope<Of>(_ kind: Character, _ id: ID<Of>) -> String {
        String(kind) + String(decoding: id.text.utf8.filter { $0 != UInt8(ascii: "-") }, as: UTF8.self)
    }

    /// - Parameter stems: more open words, which the caller stemmed before its transaction.
    package static func insert(
        _ row: Int64, open: String, stems: [String] = [], staff: String, scope: [String], in tx: any WriteTransaction
    ) throws {
        let open = unique(stems + Words.stems(of: open)), staff = stemmed(staff), scope = scope.joined(separator: " ")
        switch tx.dialect {
        case .sqlite:
            try tx.send("INSERT INTO search (rowid, open, staff, scope) VALUES (\(row), \(open), \(staff), \(scope))")
        case .postgres:
            try tx.send("INSERT INTO search (rowid, words) VALUES (\(row), \(vector(open, staff, scope)))")
        }
    }

    /// Adds words to a document, for everybody or for staff only.
    package static func add(_ text: String, forStaffOnly: Bool, to row: Int64, in tx: any WriteTransaction) throws {
        let words = stemmed(text)
        guard !words.isEmpty else { return }
        switch (tx.dialect, forStaffOnly) {
        case (.sqlite, false): try tx.send("UPDATE search SET open = open || ' ' || \(words) WHERE rowid = \(row)")
        case (.sqlite, true): try tx.send("UPDATE search SET staff = staff || ' ' || \(words) WHERE rowid = \(row)")
        case (.postgres, _):
            let added = forStaffOnly ? vector("", words, "") : vector(words, "", "")
            try tx.send("UPDATE search SET words = words || \(added) WHERE rowid = \(row)")
        }
    }

    /// Replaces the words of a document; its scope stays.
    package static func replace(_ row: Int64, open: String, staff: String, in tx: any WriteTransaction) throws {
        let open = stemmed(open), staff = stemmed(staff)
        switch tx.dialect {
        case .sqlite: try tx.send("UPDATE search SET open = \(open), staff = \(staff) WHERE rowid = \(row)")
        case .postgres:
            try tx.send(
                "UPDATE search SET words = ts_filter(words, '{c}') || \(vector(open, staff, "")) WHERE rowid = \(row)")
        }
    }

    /// Replaces the scope words of a document.
    package static func rescope(_ row: Int64, to scope: [String], in tx: any WriteTransaction) throws {
        let scope = scope.joined(separator: " ")
        switch tx.dialect {
        case .sqlite: try tx.send("UPDATE search SET scope = \(scope) WHERE rowid = \(row)")
        case .postgres:
            try tx.send(
                "UPDATE search SET words = ts_filter(words, '{a,b}') || \(vector("", "", scope)) WHERE rowid = \(row)")
        }
    }

    /// Documents that hold every word of `text` (the last one as a beginning), newest first.
    /// - Parameters:
    ///   - own: scope words under which only open words are searched (the viewer's own requests);
    ///   - staff: scope words under which staff words are searched too.
    ///   - before: only documents with a smaller row number, for paging.
    package static func find(
        _ text: String, own: [String], staff: [String], before: Int64? = nil, atMost limit: Int,
        _ tx: any ReadTransaction
    ) throws -> [Int64] {
        let words = Words.alternatives(of: text).prefix(12)
        guard !words.isEmpty, !(own + staff).isEmpty else { return [] }
        let before = before ?? .max
        switch tx.dialect {
        case .sqlite:
            let match = [(own, "open"), (staff, "open staff")].filter { !$0.0.isEmpty }.map { scope, columns in
                let anyScope = scope.map { "\"\($0)\"" }.joined(separator: " OR ")
                return "({scope} : (\(anyScope)) AND {\(columns)} : (\(sqliteTerms(words))))"
            }.joined(separator: " OR ")
            return try tx.all(
                "SELECT rowid FROM search WHERE search MATCH \(match) AND rowid < \(before) ORDER BY rowid DESC LIMIT \(limit)"
            ) { row in try row[0] }
        case .postgres:
            let match = [(own, "a"), (staff, "ab")].filter { !$0.0.isEmpty }.map { scope, weights in
                "((\(scope.map { "'\($0)':c" }.joined(separator: "|")))&\(postgresTerms(words, weights)))"
            }.joined(separator: "|")
            return try tx.all(
                """
                SELECT rowid FROM search WHERE words @@ CAST(\(match) AS tsquery) AND rowid < \(before)
                ORDER BY rowid DESC LIMIT \(limit)
                """
            ) { row in try row[0] }
        }
    }

    /// Documents under a scope word that hold any of these stems among their open words, newest first.
    package static func any(
        of stems: [String], scope: [String], atMost limit: Int, _ tx: any ReadTransaction
    ) throws -> [Int64] {
        guard !stems.isEmpty, !scope.isEmpty else { return [] }
        switch tx.dialect {
        case .sqlite:
            func anyOf(_ words: [String]) -> String { words.map { "\"\($0)\"" }.joined(separator: " OR ") }
            let match = "({scope} : (\(anyOf(scope))) AND {open} : (\(anyOf(stems))))"
            return try tx.all(
                "SELECT rowid FROM search WHERE search MATCH \(match) ORDER BY rowid DESC LIMIT \(limit)"
            ) { row in try row[0] }
        case .postgres:
            let scopes = scope.map { "'\($0)':c" }.joined(separator: "|")
            let match = "(\(scopes))&(\(stems.map { "'\($0)':a" }.joined(separator: "|")))"
            return try tx.all(
                """
                SELECT rowid FROM search WHERE words @@ CAST(\(match) AS tsquery) ORDER BY rowid DESC LIMIT \(limit)
                """
            ) { row in try row[0] }
        }
    }

    private static func stemmed(_ text: String) -> String { unique(Words.stems(of: text)) }

    private static func unique(_ stems: [String]) -> String {
        var seen = Set<String>()
        return stems.filter { seen.insert($0).inserted }.joined(separator: " ")
    }

    private static func sqliteTerms(_ words: some Collection<[String]>) -> String {
        terms(words, { "\"\($0)\"" }, { "\"\($0)\"*" }, or: " OR ", and: " AND ")
    }

    private static func postgresTerms(_ words: some Collection<[String]>, _ weights: String) -> String {
        terms(words, { "'\($0)':\(weights)" }, { "'\($0)':*\(weights)" }, or: "|", and: "&")
    }

    /// All words in any of their forms; the last one as a beginning.
    private static func terms(
        _ words: some Collection<[String]>, _ whole: (String) -> String, _ beginning: (String) -> String, or: String,
        and: String
    ) -> String {
        words.enumerated().map { index, forms in
            "(" + forms.map(index == words.count - 1 ? beginning : whole).joined(separator: or) + ")"
        }.joined(separator: and)
    }

    private static func vector(_ open: String, _ staff: String, _ scope: String) -> SQL {
        """
        (setweight(to_tsvector('simple', \(open)), 'A') || setweight(to_tsvector('simple', \(staff)), 'B') \
        || setweight(to_tsvector('simple', \(scope)), 'C'))
        """
    }
}
