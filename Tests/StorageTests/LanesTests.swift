import Kernel
import Storage
import Testing

@Suite struct LanesTests {
    /// Two hundred acts from two nodes, every fifth refused, while a reader watches that the log never shows a gap.
    @Test(arguments: Backend.available)
    func numbersHaveNoGapsAndFollowTheCommits(on backend: Backend) async throws {
        try await Installation.with(backend) { office async throws in
            let organisation = OrganisationID.new()
            let isOver = Gate()
            let watcher = Task {
                var looks = 0
                while !isOver.isOpen {
                    let (count, last) = try await office.second.read { tx throws in
                        try tx.one("SELECT count(*), COALESCE(MAX(number), 0) FROM event WHERE lane = \(organisation)")
                        { row in
                            (try row[0] as Int, try row[1] as Int)
                        }!
                    }
                    #expect(count == last)
                    looks += 1
                }
                return looks
            }
            let numbers = try await withThrowingTaskGroup(of: Int64?.self) { group in
                for index in 0..<200 {
                    group.addTask { try await register(index, organisation, on: office.nodes[index % 2]) }
                }
                return try await group.reduce(into: []) { $0 += [$1].compactMap(\.self) }
            }
            isOver.open()
            #expect(try await watcher.value > 0)
            #expect(numbers.sorted() == Array(1...160))
            let rows = try await office.first.read { tx throws in
                try tx.all("SELECT number, data FROM event WHERE lane = \(organisation) ORDER BY number") { row in
                    (try row[0] as Int64, try row[1] as String)
                }
            }
            #expect(rows.map(\.0) == Array(1...160))
            // Requests are numbered together with their events.
            #expect(rows.allSatisfy { "\($0.0)" == $0.1 })
        }
    }

    private func register(_ index: Int, _ organisation: OrganisationID, on node: Database) async throws -> Int64? {
        do {
            return try await node.write(in: organisation) { tx throws in
                let number = try tx.nextEventNumber(), request = try tx.nextRequestNumber()
                try tx.run(
                    """
                    INSERT INTO event (lane, number, at, kind, data)
                    VALUES (\(organisation), \(number), \(Instant.now()), 'test', \("\(request)"))
                    """)
                if index % 5 == 0 { throw Refused() }
                return number
            }
        } catch is Refused {
            return nil
        }
    }

    /// SQLite has one writer, so this is PostgreSQL's promise alone.
    @Test(.enabled(if: !Backend.isSQLiteOnly))
    func aBusyOrganisationDoesNotHoldUpAnother() async throws {
        try await Installation.with(.postgres) { office async throws in
            let busy = Lane.organisation(.new()), other = Lane.organisation(.new())
            let gate = Gate()
            let blocker = try await office.first.occupy(busy, until: gate)
            for node in office.nodes {
                #expect(try await node.write(in: other) { tx in try tx.nextEventNumber() } > 0)
                #expect(try await node.write(in: .installation) { tx in try tx.nextEventNumber() } > 0)
            }
            gate.open()
            try await blocker.value
        }
    }

    @Test(arguments: Backend.available)
    func eachLaneCountsForItself(on backend: Backend) async throws {
        try await Installation.with(backend) { office async throws in
            for _ in 0..<3 {
                let lane = Lane.organisation(.new())
                for expected in 1...3 {
                    let node = office.nodes[expected % 2]
                    #expect(try await node.write(in: lane) { tx in try tx.nextRequestNumber() } == Int64(expected))
                }
            }
        }
    }
}
