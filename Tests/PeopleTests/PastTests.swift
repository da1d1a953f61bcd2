import EventLog
import Foundation
import Kernel
import Storage
import Testing

@testable import People

/// Any sequence of changes leaves a person's past as it was.
@Suite struct ThePast {
    /// Reproducible chance (SplitMix64): the seed is printed with a failure.
    struct Chance: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var mixed = (state ^ state >> 30) &* 0xBF58_476D_1CE4_E5B9
            mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
            return mixed ^ mixed >> 31
        }
    }

    /// What was true of a person at a moment, read from the dated rows.
    struct Moment: Equatable, Sendable, CustomStringConvertible {
        let at: Instant
        let unit: UnitID?
        let roles: [String], absences: [String]
        var description: String { "\(at.milliseconds): \(unit?.text ?? "-") \(roles) \(absences)" }

        static func read(_ person: PersonID, at moment: Instant, _ tx: any ReadTransaction) throws -> Moment {
            let then: SQL = "from_at <= \(moment) AND (until_at IS NULL OR until_at > \(moment))"
            return Moment(
                at: moment,
                unit: try tx.value("SELECT unit_id FROM membership WHERE person_id = \(person) AND \(then)"),
                roles: try tx.all(
                    """
                    SELECT role, COALESCE(unit_id, '') FROM role_assignment WHERE person_id = \(person) AND \(then)
                    ORDER BY role, COALESCE(unit_id, '')
                    """
                ) { row in "\(try row[0] as String) \(try row[1] as String)" },
                absences: try tx.all("SELECT kind FROM absence WHERE person_id = \(person) AND \(then) ORDER BY kind") {
                    row in
                    try row[0]
                })
        }
    }

    @Test(arguments: Backend.available, [1, 2, 3, 20_261_122, UInt64.random(in: 1...UInt64.max)])
    func staysAsItWas(on backend: Backend, seed: UInt64) async throws {
        print("the past: seed \(seed) on \(backend.rawValue)")
        try await Bureau.with(backend) { bureau in
            var chance = Chance(state: seed)
            let crowd = [bureau.anna, bureau.boris, bureau.vera]
            var past: [(PersonID, Moment)] = [], numbers: [PersonID: Int] = [:], events: [Int64: String] = [:]
            for step in 0..<60 {
                bureau.clock.pass(Minutes(Int.random(in: 1...600, using: &chance)))
                let person = crowd.randomElement(using: &chance)!
                await Self.change(person, bureau, &chance)
                bureau.clock.pass(Minutes(1))
                let now = bureau.clock.now, order = try await Self.log(bureau)
                for one in crowd {
                    try await Self.requirePresentFits(one, bureau, "seed \(seed), step \(step)")
                    past.append((one, try await bureau.read { tx in try Moment.read(one, at: now, tx) }))
                    let rows = try await Self.rows(of: one, bureau)
                    #expect(rows >= numbers[one] ?? 0, "seed \(seed), step \(step): dated rows of a person vanished")
                    numbers[one] = rows
                }
                #expect(events.allSatisfy { order[$0] == $1 }, "seed \(seed), step \(step): an event changed")
                events = order
                #expect(Set(order.keys) == Set(1...Int64(order.count)), "seed \(seed): the log has a gap")
            }
            for (person, before) in past {
                let now = try await bureau.read { tx in try Moment.read(person, at: before.at, tx) }
                #expect(now == before, "seed \(seed)")
            }
            // And the person is still the same record, who can be found and named.
            let people = try await bureau.read { tx -> Int? in try tx.value("SELECT COUNT(*) FROM person") }
            #expect(people == 6)
        }
    }

    /// One act at random; a refusal is an outcome like any other.
    private static func change(_ person: PersonID, _ bureau: Bureau, _ chance: inout Chance) async {
        let (people, chief) = (bureau.people, bureau.chief)
        let role = [Role.specialist, .manager, .administrator].randomElement(using: &chance)!
        let unit = [bureau.branch, bureau.department, nil].randomElement(using: &chance)!
        let limits: Set<RoleLimit> = role == .manager && Bool.random(using: &chance) ? [.unit(bureau.department)] : []
        do {
            switch Int.random(in: 0..<11, using: &chance) {
            case 0, 1, 2: try await people.changeUnit(of: person, to: unit, by: chief)
            case 3, 4: try await people.giveRole(role, limits: limits, to: person, by: chief)
            case 5: try await people.takeRole(role, from: person, by: chief)
            case 6: try await people.block(person, by: chief)
            case 7: try await people.unblock(person, by: chief)
            case 8: try await people.leave(person, by: chief)
            case 9: try await people.return(person, by: chief)
            default:
                _ = try await people.apply(.move(to: unit ?? bureau.branch), to: [bureau.anna, bureau.vera], by: chief)
            }
        } catch {}
    }

    /// What lists are filtered by says the same as the dated rows.
    private static func requirePresentFits(_ person: PersonID, _ bureau: Bureau, _ place: String) async throws {
        let now = bureau.clock.now
        let (shown, truth) = try await bureau.read { tx in
            (
                try tx.one("SELECT unit_id, roles, state FROM person WHERE id = \(person)") {
                    row -> (UnitID?, Set<Role>, String) in
                    (try row[0], Role.set(bits: try row[1]), try row[2])
                }!, try Moment.read(person, at: now, tx)
            )
        }
        #expect(shown.0 == truth.unit, "\(place)")
        #expect(shown.1 == Set(truth.roles.compactMap { Role(rawValue: String($0.prefix { $0 != " " })) }), "\(place)")
        let state = truth.absences.contains("left") ? "left" : truth.absences.contains("blocked") ? "blocked" : nil
        #expect(state == nil ? ["active", "never"].contains(shown.2) : shown.2 == state, "\(place)")
    }

    private static func rows(of person: PersonID, _ bureau: Bureau) async throws -> Int {
        try await bureau.read { tx in
            try ["role_assignment", "membership", "absence"].reduce(0) { sum, table in
                let count: Int? = try tx.value("SELECT COUNT(*) FROM \(SQL.trusted(table)) WHERE person_id = \(person)")
                return sum + (count ?? 0)
            }
        }
    }

    private static func log(_ bureau: Bureau) async throws -> [Int64: String] {
        try await bureau.read { tx in
            let events = try EventLog.since(0, in: .organisation(bureau.chief.organisation), atMost: 10_000, tx)
            return Dictionary(
                uniqueKeysWithValues: events.map { event in
                    let data = event.data.fields.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
                    return (event.number, "\(event.at) \(event.kind.rawValue) \(event.subject ?? "") \(data)")
                })
        }
    }
}
