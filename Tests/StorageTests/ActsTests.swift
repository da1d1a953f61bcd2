import Kernel
import Storage
import Testing

@Suite struct ActsTests {
    private let lane = Lane.organisation(OrganisationID.new())

    @Test(arguments: Backend.available)
    func anActThatThrowsLeavesNothingAndGivesItsNumbersBack(on backend: Backend) async throws {
        try await Installation.with(backend) { office async throws in
            for node in office.nodes {
                await #expect(throws: Refused.self) {
                    try await node.write(in: lane) { tx throws in
                        _ = try (tx.nextEventNumber(), tx.nextRequestNumber())
                        try tx.run("INSERT INTO thing (id, name) VALUES ('a', 'a')")
                        throw Refused()
                    }
                }
            }
            let numbers = try await office.second.write(in: lane) { tx throws in
                #expect(try !tx.exists("SELECT 1 FROM thing"))
                return try [tx.nextEventNumber(), tx.nextEventNumber(), tx.nextRequestNumber()]
            }
            #expect(numbers == [1, 2, 1])
            #expect(try await office.first.write(in: lane) { tx in try tx.nextEventNumber() } == 3)
        }
    }

    @Test(arguments: Backend.available)
    func aReaderSeesOneMoment(on backend: Backend) async throws {
        try await Installation.with(backend) { office async throws in
            let gate = Gate(), started = AsyncStream.makeStream(of: Void.self)
            async let counts = office.first.read { tx -> [Int?] in
                let before: Int? = try tx.value("SELECT count(*) FROM thing")
                started.continuation.finish()
                gate.pass()
                return [before, try tx.value("SELECT count(*) FROM thing")]
            }
            for await _ in started.stream {}
            try await office.second.write(in: lane) { tx in try tx.run("INSERT INTO thing (id, name) VALUES ('a', 'a')")
            }
            gate.open()
            #expect(try await counts == [0, 0])
            #expect(try await office.first.read { tx in try tx.value("SELECT count(*) FROM thing") } == 1)
        }
    }

    @Test(arguments: Backend.available)
    func ofTwoWhoCheckAndThenActOnePasses(on backend: Backend) async throws {
        try await Installation.with(backend) { office async throws in
            for round in 0..<20 {
                let id = "request \(round)"
                try await office.first.write(in: lane) { tx in
                    try tx.run("INSERT INTO thing (id, name) VALUES (\(id), \(id))")
                }
                let passed = await withTaskGroup(of: Bool.self) { group in
                    for node in office.nodes + office.nodes {
                        group.addTask { await close(id, on: node) }
                    }
                    return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
                }
                #expect(passed == 1)
            }
        }
    }

    private func close(_ id: String, on node: Database) async -> Bool {
        do {
            try await node.write(in: lane) { tx throws in
                guard try tx.value("SELECT state FROM thing WHERE id = \(id)") == "open" else { throw Refused() }
                try tx.run("UPDATE thing SET state = 'done' WHERE id = \(id)")
            }
            return true
        } catch {
            #expect(error is Refused)
            return false
        }
    }

    @Test(arguments: Backend.available)
    func refusalsOfTheDatabaseHaveTheirOwnError(on backend: Backend) async throws {
        try await Installation.with(backend) { office async throws in
            try await office.first.write(in: lane) { tx in try tx.run("INSERT INTO thing (id, name) VALUES ('a', 'a')")
            }
            let refused: [SQL] = [
                "INSERT INTO thing (id, name) VALUES ('a', 'b')",
                "INSERT INTO thing (id, name) VALUES ('b', \(String?.none))",
                "INSERT INTO thing (id, name, state) VALUES ('b', 'b', 'lost')",
                "INSERT INTO thing (id, name, parent_id) VALUES ('b', 'b', 'nobody')",
            ]
            for sql in refused {
                let error = await #expect(throws: StorageError.self) {
                    try await office.second.write(in: lane) { tx in try tx.run(sql) }
                }
                #expect(error.isConstraint)
            }
            for sql: SQL in ["SELECT nonsense FROM thing", "SELEKT 1"] {
                let error = await #expect(throws: StorageError.self) {
                    try await office.second.read { tx in try tx.exists(sql) }
                }
                #expect(error.isOurMistake)
            }
            // The connections that refused go on working.
            #expect(try await office.second.read { tx in try tx.value("SELECT count(*) FROM thing") } == 1)
        }
    }

    @Test(arguments: Backend.available)
    func theRestOfABatchOutlivesAnActThatFails(on backend: Backend) async throws {
        try await Installation.with(backend) { office async throws in
            let gate = Gate()
            let blocker = try await office.first.occupy(lane, until: gate)
            async let answers = withTaskGroup(of: (Int, Result<Int64, any Error>).self) { group in
                for index in 0..<20 {
                    group.addTask {
                        do {
                            let number = try await office.first.write(in: lane) { tx throws in
                                let number = try tx.nextEventNumber()
                                // Every fourth takes the name of another one, every fifth changes its mind.
                                let name = index % 4 == 3 ? "taken" : "name \(index)"
                                try tx.run("INSERT INTO thing (id, name) VALUES (\("\(index)"), \(name))")
                                if index % 5 == 0 { throw Refused() }
                                return number
                            }
                            return (index, .success(number))
                        } catch {
                            return (index, .failure(error))
                        }
                    }
                }
                return await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
            }
            try await Task.sleep(for: .milliseconds(200))
            gate.open()
            try await blocker.value
            let results = await answers
            let kept = results.filter { (try? $0.value.get()) != nil }
            #expect(Set(kept.values.map { try? $0.get() }) == Set((1...kept.count).map { Int64($0) }))
            #expect(
                results.filter { $0.key % 4 == 3 && $0.key % 5 != 0 }.values.filter { (try? $0.get()) != nil }.count
                    == 1)
            let ids = try await office.second.read { tx in
                try tx.all("SELECT id FROM thing") { row -> String in try row[0] }
            }
            #expect(Set(ids) == Set(kept.keys.map(String.init)))
        }
    }

    /// PostgreSQL takes nothing after a refused statement but a rollback; so that rooms behave alike, SQLite acts fail too.
    @Test(arguments: Backend.available)
    func anActCannotGoOnAfterARefusedStatement(on backend: Backend) async throws {
        try await Installation.with(backend) { office async throws in
            try await office.first.write(in: lane) { tx in try tx.run("INSERT INTO thing (id, name) VALUES ('a', 'a')")
            }
            let error = await #expect(throws: StorageError.self) {
                try await office.first.write(in: lane) { tx throws in
                    try tx.run("INSERT INTO thing (id, name) VALUES ('b', 'b')")
                    _ = try? tx.run("INSERT INTO thing (id, name) VALUES ('a', 'again')")
                }
            }
            #expect(error.isConstraint)
            #expect(try await office.first.read { tx in try tx.value("SELECT count(*) FROM thing") } == 1)
        }
    }

    @Test(arguments: Backend.available)
    func aFailingCommitFailsTheWholeBatch(on backend: Backend) async throws {
        try await Installation.with(backend) { office async throws in
            let gate = Gate()
            let blocker = try await office.first.occupy(lane, until: gate)
            async let failures = withTaskGroup(of: (any Error)?.self) { group in
                for index in 0..<5 {
                    group.addTask {
                        do {
                            try await office.first.write(in: lane) { tx throws in
                                _ = try tx.nextEventNumber()
                                let later = index == 2 ? "nobody" : nil
                                try tx.run(
                                    "INSERT INTO thing (id, name, later_id) VALUES (\("\(index)"), \("\(index)"), \(later))"
                                )
                            }
                            return nil
                        } catch {
                            return error
                        }
                    }
                }
                return await group.reduce(into: []) { $0 += [$1].compactMap(\.self) }
            }
            try await Task.sleep(for: .milliseconds(200))
            gate.open()
            try await blocker.value
            let errors = await failures
            #expect(errors.count == 5)
            for error in errors { #expect(Optional(error).isConstraint, "\(error)") }
            let (count, number) = try await office.second.write(in: lane) { tx throws in
                (try tx.value("SELECT count(*) FROM thing") as Int?, try tx.nextEventNumber())
            }
            #expect(count == 0)
            #expect(number == 1)
        }
    }

    @Test(arguments: Backend.available)
    func whatIsSentIsDoneInOrderAndInTheSameAct(on backend: Backend) async throws {
        try await Installation.with(backend) { office async throws in
            try await office.first.write(in: lane) { tx throws in
                for index in 0..<200 {
                    try tx.send("INSERT INTO thing (id, name) VALUES (\("\(index)"), \("\(index)"))")
                }
                #expect(try tx.value("SELECT count(*) FROM thing") == 200)
                try tx.send("DELETE FROM thing WHERE id <> '0'")
                #expect(try tx.run("UPDATE thing SET state = 'done'") == 1)
                try tx.send("UPDATE thing SET number = 5")
            }
            #expect(try await office.second.read { tx in try tx.value("SELECT number FROM thing") } == 5)
        }
    }

    @Test(arguments: Backend.available)
    func aRefusalOfWhatWasSentFailsOnlyItsAct(on backend: Backend) async throws {
        try await Installation.with(backend) { office async throws in
            try await office.first.write(in: lane) { tx throws in
                try tx.send("INSERT INTO thing (id, name) VALUES ('taken', 'taken')")
            }
            // Alone, then in a batch.
            let alone = await #expect(throws: StorageError.self) {
                try await office.first.write(in: lane) { tx throws in
                    _ = try tx.nextEventNumber()
                    try tx.send("INSERT INTO thing (id, name) VALUES ('a', 'taken')")
                }
            }
            #expect(alone.isConstraint)
            let gate = Gate()
            let blocker = try await office.first.occupy(lane, until: gate)
            async let kept = withTaskGroup(of: Int64?.self) { group in
                for index in 0..<12 {
                    group.addTask {
                        try? await office.first.write(in: lane) { tx throws in
                            let number = try tx.nextEventNumber()
                            let name = index % 3 == 0 ? "taken" : "\(index)"
                            try tx.send("INSERT INTO thing (id, name) VALUES (\("\(index)"), \(name))")
                            if index % 2 == 0 {
                                try tx.send("UPDATE thing SET number = \(number) WHERE id = \("\(index)")")
                            }
                            return number
                        }
                    }
                }
                return await group.reduce(into: []) { $0 += [$1].compactMap(\.self) }
            }
            try await Task.sleep(for: .milliseconds(200))
            gate.open()
            try await blocker.value
            #expect(await kept.sorted() == Array(1...8))
            #expect(try await office.second.read { tx in try tx.value("SELECT count(*) FROM thing") } == 9)
        }
    }
}
