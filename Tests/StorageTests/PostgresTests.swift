import Foundation
import Kernel
import Storage
import Testing

@testable import StoragePostgres

/// What only PostgreSQL has: a server that can go away, and announcements between nodes.
@Suite(.enabled(if: !Backend.isSQLiteOnly)) struct PostgresTests {
    private let organisation = OrganisationID.new()

    @Test func theServerMayDieAndComeBack() async throws {
        let cluster = try PrivateCluster()
        defer { cluster.remove() }
        let office = Installation(
            first: Database(try await PostgresEngine(url: cluster.url)),
            second: Database(try await PostgresEngine(url: cluster.url)))
        try await office.first.migrate(Installation.migrations)

        let writers = office.nodes.flatMap { node in
            (0..<4).map { _ in Task { await write(on: node) } }
        }
        try await Task.sleep(for: .milliseconds(700))
        try cluster.kill()
        for node in office.nodes {
            let began = ContinuousClock.now
            let error = await #expect(throws: StorageError.self) {
                try await node.read { tx in try tx.exists("SELECT 1") }
            }
            #expect(error.isUnavailable)
            #expect(ContinuousClock.now - began < .seconds(4))
        }
        try cluster.start()
        for node in office.nodes {
            let patience = ContinuousClock.now + .seconds(30)
            while (try? await node.read { tx in try tx.exists("SELECT 1") }) == nil, ContinuousClock.now < patience {}
        }
        try await Task.sleep(for: .milliseconds(700))
        for writer in writers { writer.cancel() }
        var acknowledged: Set<String> = [], afterwards = 0
        for writer in writers {
            let answer = await writer.value
            acknowledged.formUnion(answer.ids)
            afterwards += answer.afterOutage
        }
        #expect(afterwards > 0)

        let (ids, events) = try await office.second.read { tx throws in
            (
                try tx.all("SELECT id FROM thing") { row -> String in try row[0] },
                try tx.all("SELECT number FROM event ORDER BY number") { row -> Int in try row[0] }
            )
        }
        #expect(acknowledged.subtracting(ids).isEmpty)
        #expect(events == Array(1...ids.count))
        for node in office.nodes { try await node.engine.close() }
    }

    /// Registers one thing after another; what is not acknowledged is sent again with the same id, as clients
    /// do. Ends when it is cancelled.
    private func write(on node: Database) async -> (ids: [String], afterOutage: Int) {
        var ids: [String] = [], afterOutage = 0, hadOutage = false
        while !Task.isCancelled {
            let id = RequestID.new().text
            while true {
                do {
                    try await node.write(in: organisation) { [organisation] tx in
                        guard
                            try tx.run("INSERT INTO thing (id, name) VALUES (\(id), \(id)) ON CONFLICT DO NOTHING") == 1
                        else { return }
                        try tx.run(
                            """
                            INSERT INTO event (lane, number, at, kind, data)
                            VALUES (\(organisation), \(try tx.nextEventNumber()), \(Instant.now()), 'test', '{}')
                            """)
                    }
                    ids.append(id)
                    afterOutage += hadOutage ? 1 : 0
                    break
                } catch {
                    #expect(Optional(error).isUnavailable, "\(error)")
                    hadOutage = true
                    if Task.isCancelled { break }
                    try? await Task.sleep(for: .milliseconds(50))
                }
            }
        }
        return (ids, afterOutage)
    }

    /// A node that hangs in the middle of an act, or whose machine is gone, does not keep its lane.
    @Test func aSilentNodeLosesItsLane() async throws {
        try await Installation.with(.postgres) { office async throws in
            var limits = PostgresLimits()
            limits.idleInTransactionMilliseconds = 300
            let silent = Database(try await PostgresEngine(url: #require(office.url), limits: limits))
            let gate = Gate()
            let hanging = try await silent.occupy(.organisation(organisation), until: gate)
            let number = try await office.second.write(in: organisation) { tx in try tx.nextEventNumber() }
            #expect(number == 1)
            gate.open()
            let error = await #expect(throws: StorageError.self) { try await hanging.value }
            #expect(error.isUnavailable)
            // The node itself goes on with a new connection.
            #expect(try await silent.write(in: organisation) { tx in try tx.nextEventNumber() } == 2)
            try await silent.engine.close()
        }
    }

    /// A connection keeps only so many statements prepared; one that makes another go gets its own answer.
    @Test func moreStatementsThanAreKeptAreAllAnswered() async throws {
        let node = Database(try await PostgresEngine(url: Backend.postgresURL))
        for round in 0..<2 {
            for start in stride(from: 0, to: PreparedStatements.limit * 2, by: 100) {
                let answers = try await node.read { tx -> [Int?] in
                    try (start..<start + 100).map { number in try tx.value(.trusted("SELECT \(number)")) }
                }
                #expect(answers == (start..<start + 100).map(Int?.init), "round \(round)")
            }
        }
        try await node.engine.close()
    }

    @Test func announcementsReachAllNodesInOrder() async throws {
        let channel = "test \(UUID().uuidString.prefix(8))"
        let url = try Backend.postgresURL
        let nodes = try await (PostgresEngine(url: url, channel: channel), PostgresEngine(url: url, channel: channel))
        var ears = nodes.1.notifications().makeAsyncIterator()
        #expect(await ears.next() == .connected)
        for number in 0..<500 { await nodes.0.notify("заявка \(number)") }
        for number in 0..<500 { #expect(await ears.next() == .payload("заявка \(number)")) }
        // One that PostgreSQL refuses is lost without holding up the next.
        await nodes.0.notify(String(repeating: "x", count: 9000))
        try await Task.sleep(for: .milliseconds(200))
        await nodes.0.notify("next")
        #expect(await ears.next() == .payload("next"))
        try await nodes.0.close()
        try await nodes.1.close()
    }

    @Test func listenersHearThatTheyMissedSomething() async throws {
        let cluster = try PrivateCluster()
        defer { cluster.remove() }
        let node = try await PostgresEngine(url: cluster.url)
        var ears = node.notifications().makeAsyncIterator()
        #expect(await ears.next() == .connected)
        try cluster.kill()
        await node.notify("while away")
        try cluster.start()
        #expect(await ears.next() == .connected)
        await node.notify("after")
        var heard: [PostgresNotification] = []
        while heard.last != .payload("after"), let next = await ears.next() { heard.append(next) }
        #expect(heard.last == .payload("after"))
        try await node.close()
    }

    @Test func moreReadersThanConnectionsWaitInLine() async throws {
        try await withTwoConnections(queueMilliseconds: 30_000) { node in
            let sum = try await withThrowingTaskGroup(of: Int.self) { group in
                for number in 1...200 {
                    group.addTask { try await node.read { tx in try tx.value("SELECT \(number)") ?? 0 } }
                }
                return try await group.reduce(0, +)
            }
            #expect(sum == 20_100)
        }
    }

    @Test func whoWaitsTooLongInLineHearsSo() async throws {
        try await withTwoConnections(queueMilliseconds: 300) { node in
            let gate = Gate()
            let holders = (0..<2).map { _ in Task { try await node.read { _ in gate.pass() } } }
            try await Task.sleep(for: .milliseconds(200))
            await #expect(throws: StorageError.unavailable("all connections are busy")) {
                try await node.read { tx in try tx.exists("SELECT 1") }
            }
            for _ in holders { gate.open() }
            for holder in holders { _ = try await holder.value }
            #expect(try await node.read { tx in try tx.exists("SELECT 1") })
        }
    }

    private func withTwoConnections(
        queueMilliseconds: Int, _ body: (PostgresEngine) async throws -> Void
    ) async throws {
        var limits = PostgresLimits()
        limits.connections = 2
        limits.queueMilliseconds = queueMilliseconds
        let node = try await PostgresEngine(url: Backend.postgresURL, limits: limits)
        // Both are open before the clock counts.
        let gate = Gate()
        let openers = (0..<2).map { _ in Task { try await node.read { _ in gate.pass() } } }
        try await Task.sleep(for: .milliseconds(100))
        for _ in openers { gate.open() }
        for opener in openers { _ = try? await opener.value }
        try await body(node)
        try await node.close()
    }

    @Test func manyDifferentStatementsDoNotFillTheServer() async throws {
        var limits = PostgresLimits()
        limits.connections = 1
        let node = try await PostgresEngine(url: Backend.postgresURL, limits: limits)
        for number in 0..<700 {
            let found: Int? = try await node.read { tx in try tx.value(.trusted("SELECT \(number)")) }
            #expect(found == number)
        }
        let kept: Int = try await node.read { tx in try tx.value("SELECT count(*) FROM pg_prepared_statements") ?? 0 }
        #expect(kept > 300 && kept <= 505)
        try await node.close()
    }

    @Test func anUnreachableServerIsSaidSo() async throws {
        let error = await #expect(throws: StorageError.self) {
            try await PostgresEngine(url: "postgresql://okno@127.0.0.1:1/nothing")
        }
        #expect(error.isUnavailable)
    }

    @Test func settingsNameWhatDurabilityRestsOn() async throws {
        let node = try await PostgresEngine(url: Backend.postgresURL)
        let settings = Dictionary(uniqueKeysWithValues: try await node.settings().map { ($0.name, $0.value) })
        #expect(settings["fsync"] == "on")
        #expect(settings["synchronous_commit"] == "on")
        #expect(settings["server_version"] != nil)
        try await node.close()
    }
}
