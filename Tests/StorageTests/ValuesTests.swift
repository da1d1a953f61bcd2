import Kernel
import Storage
import Testing

@Suite struct ValuesTests {
    @Test(arguments: Backend.available)
    func numbersComeBackAsTheyWent(on backend: Backend) async throws {
        try await Installation.with(backend) { office async throws in
            for number in [0, 1, -1, 255, Int64(Int32.max) + 1, .max, .min] {
                try await office.first.write(in: .installation) { tx throws in
                    try tx.run("DELETE FROM thing")
                    try tx.run("INSERT INTO thing (id, name, number) VALUES ('a', 'a', \(number))")
                }
                let found: Int64? = try await office.second.read { tx throws in
                    try tx.value("SELECT number FROM thing WHERE number = \(number)")
                }
                #expect(found == number)
            }
            for amount in [0, -0.5, 3.14159265358979, 1e300, .leastNonzeroMagnitude, .greatestFiniteMagnitude] {
                try await office.first.write(in: .installation) { tx throws in
                    try tx.run("UPDATE thing SET amount = \(amount)")
                }
                let found: Double? = try await office.second.read { tx throws in
                    try tx.value("SELECT amount FROM thing WHERE amount = \(amount)")
                }
                #expect(found == amount)
            }
        }
    }

    @Test(arguments: Backend.available)
    func textAndBytesComeBackAsTheyWent(on backend: Backend) async throws {
        try await Installation.with(backend) { office async throws in
            let texts = [
                "", " ", "Ёлка", "👩‍👩‍👧 𝄞", "$1 ' \" \\ % _ ; --", "строка\nи\tещё", String(repeating: "щ", count: 100_000),
            ]
            for text in texts {
                try await office.first.write(in: .installation) { tx throws in
                    try tx.run("DELETE FROM thing")
                    try tx.run("INSERT INTO thing (id, name) VALUES ('a', \(text))")
                }
                let found: String? = try await office.second.read { tx throws in
                    try tx.value("SELECT name FROM thing WHERE name = \(text)")
                }
                #expect(found == text)
            }
            for bytes: [UInt8] in [[], [0], [0, 255, 0], Array(0...255), Array(repeating: 7, count: 200_000)] {
                try await office.first.write(in: .installation) { tx throws in
                    try tx.run("UPDATE thing SET data = \(bytes.sqlBlob)")
                }
                let found: [UInt8]? = try await office.second.read { tx throws in
                    try tx.value("SELECT data FROM thing WHERE data = \(bytes.sqlBlob)")
                }
                #expect(found == bytes)
            }
        }
    }

    @Test(arguments: Backend.available)
    func nothingComesBackAsNothing(on backend: Backend) async throws {
        try await Installation.with(backend) { office async throws in
            let number: Int? = nil, amount: Double? = nil, parent: String? = nil
            try await office.first.write(in: .installation) { tx throws in
                try tx.run(
                    """
                    INSERT INTO thing (id, name, number, amount, data, parent_id)
                    VALUES ('a', 'a', \(number), \(amount), \(SQLValue.null), \(parent))
                    """)
            }
            try await office.second.read { tx throws in
                let isNothing = try tx.one("SELECT number, amount, data, parent_id FROM thing") { row in
                    try (row[0] as Int?) == nil && (row[1] as Double?) == nil && (row[2] as [UInt8]?) == nil
                        && (row[3] as String?) == nil
                }
                #expect(isNothing == true)
                // A filter that may be left out.
                #expect(try tx.exists("SELECT 1 FROM thing WHERE \(number) IS NULL OR number = \(number)"))
                #expect(throws: StorageError.unexpectedValue(column: 0, type: "Int")) {
                    try tx.all("SELECT number FROM thing") { row -> Int in try row[0] }
                }
                #expect(throws: StorageError.unexpectedValue(column: 0, type: "Int")) {
                    try tx.all("SELECT name FROM thing") { row -> Int in try row[0] }
                }
            }
        }
    }

    @Test(arguments: Backend.available)
    func listsAndFragmentsAreBound(on backend: Backend) async throws {
        try await Installation.with(backend) { office async throws in
            try await office.first.write(in: .installation) { tx throws in
                for (index, name) in ["один", "два", "три", "четыре"].enumerated() {
                    try tx.run("INSERT INTO thing (id, name, number) VALUES (\("id\(index)"), \(name), \(index))")
                }
            }
            try await office.second.read { tx throws in
                func names(_ condition: SQL) throws -> [String] {
                    try tx.all("SELECT name FROM thing WHERE \(condition) ORDER BY number") { row in try row[0] }
                }
                #expect(try names("name IN (\(["два", "три", "'; DROP TABLE thing; --"]))") == ["два", "три"])
                #expect(try names("name IN (\([String]()))").isEmpty)
                let conditions: [SQL] = ["number > \(0)", "name LIKE \("%ы%") ESCAPE '!'", "number IN (\([1, 2, 3]))"]
                #expect(try names(.joined(conditions, by: " AND ")) == ["четыре"])
                #expect(try names("number = \(1) + 1") == ["три"])
            }
        }
    }

    /// A value's type is that of Swift, also where PostgreSQL would guess another one.
    @Test(arguments: Backend.available)
    func valuesKeepTheirTypesInExpressions(on backend: Backend) async throws {
        try await Installation.with(backend) { office async throws in
            let now = Instant(milliseconds: 1_790_000_000_000)
            try await office.first.write(in: .installation) { tx throws in
                try tx.run("INSERT INTO thing (id, name) VALUES ('a', 'a')")
                try tx.run("UPDATE thing SET number = CASE WHEN state = \("open") THEN \(now) ELSE number END")
                try tx.run("UPDATE thing SET number = \(now) + 5 WHERE \(now) - 1 < number")
            }
            try await office.second.read { tx throws in
                #expect(try tx.value("SELECT number FROM thing") == now.milliseconds + 5)
                #expect(try tx.value("SELECT \(now)") == now)
                #expect(try tx.value("SELECT \("слово")") == "слово")
                #expect(try tx.value("SELECT \(0.25)") == 0.25)
                #expect(try tx.value("SELECT COALESCE(NULL, \(true))") == true)
                #expect(try tx.value("SELECT name FROM thing LIMIT \(1)") == "a")
            }
        }
    }

    @Test(arguments: Backend.available)
    func sumsCountsAndAveragesAreNumbers(on backend: Backend) async throws {
        try await Installation.with(backend) { office async throws in
            try await office.first.write(in: .installation) { tx throws in
                for number in [Int64(1), 20_000, 1_790_000_000_000, -5] {
                    try tx.run(
                        "INSERT INTO thing (id, name, number) VALUES (\("\(number)"), \("\(number)"), \(number))")
                }
            }
            try await office.second.read { tx throws in
                #expect(try tx.value("SELECT count(*) FROM thing") == 4)
                #expect(try tx.value("SELECT SUM(number) FROM thing") == Int64(1_790_000_019_996))
                #expect(try tx.value("SELECT SUM(number) FROM thing WHERE number < 0") == -5)
                #expect(try tx.value("SELECT SUM(number) FROM thing WHERE number > 0 AND number < 30000") == 20_001)
                #expect(try tx.value("SELECT SUM(number - number) FROM thing") == 0)
                #expect(try tx.value("SELECT AVG(number) FROM thing WHERE number IN (1, 20000)") == 10_000.5)
                #expect(try tx.value("SELECT AVG(number) FROM thing WHERE number IN (-5, 1)") == -2.0)
                let nothing: Int? = try tx.value("SELECT SUM(number) FROM thing WHERE number = 77")
                #expect(nothing == nil)
                #expect(try tx.value("SELECT EXISTS (SELECT 1 FROM thing)") == true)
            }
        }
    }

    @Test(arguments: Backend.available)
    func aStatementTellsHowManyRowsItChanged(on backend: Backend) async throws {
        try await Installation.with(backend) { office async throws in
            try await office.first.write(in: .installation) { tx throws in
                for name in ["a", "b", "c"] {
                    #expect(try tx.run("INSERT INTO thing (id, name) VALUES (\(name), \(name))") == 1)
                }
                #expect(try tx.run("UPDATE thing SET state = 'done' WHERE id <> 'a'") == 2)
                #expect(try tx.run("INSERT INTO thing (id, name) VALUES ('a', 'z') ON CONFLICT DO NOTHING") == 0)
                let left = try tx.all("DELETE FROM thing WHERE state = 'done' RETURNING id") { row -> String in
                    try row[0]
                }
                #expect(left.sorted() == ["b", "c"])
                #expect(try tx.run("DELETE FROM thing WHERE id = 'nobody'") == 0)
            }
        }
    }
}
