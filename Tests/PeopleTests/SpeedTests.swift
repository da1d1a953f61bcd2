import Foundation
import HTTPTypes
import Kernel
import Storage
import Testing

@testable import People

/// Fifty thousand people in two thousand units: how long a page of the list takes.
@Suite struct Speed {
    @Test(.enabled(if: ProcessInfo.processInfo.environment["OKNO_TEST_SPEED"] != nil), arguments: Backend.available)
    func aPageOfFiftyThousand(on backend: Backend) async throws {
        try await Bureau.with(backend) { bureau in
            let organisation = bureau.chief.organisation
            try await Self.fill(bureau)
            let places: [(String, PeopleFilter)] = [
                ("everybody", PeopleFilter()), ("last page", PeopleFilter()),
                ("a part of a name", PeopleFilter(words: "ванов")),
                ("two parts", PeopleFilter(words: "нов 77")), ("nobody", PeopleFilter(words: "щщщщ")),
                ("a branch with all below", PeopleFilter(place: .unit(bureau.branch, deep: true))),
                ("without a unit", PeopleFilter(place: .without)), ("specialists", PeopleFilter(role: .specialist)),
                ("never invited", PeopleFilter(state: .never)), ("active", PeopleFilter(state: .active)),
                ("seen last", PeopleFilter(order: .seenDown)),
                (
                    "branch, name, active",
                    PeopleFilter(place: .unit(bureau.branch, deep: true), words: "ова", state: .active)
                ),
            ]
            for (name, filter) in places {
                var times: [Double] = []
                for _ in 0..<7 {
                    let from = name == "last page" ? 49_900 : 0
                    let time = try await ContinuousClock().measure {
                        _ = try await bureau.read { tx in
                            let ids = try filter.ids(in: organisation, from: from, atMost: 50, isCrowded: true, tx)
                            let isCounted = filter.isNarrowed && ids.count == 50
                            let count = isCounted ? try filter.count(in: organisation, isCrowded: true, tx) : 0
                            return (count, try ListedPerson.read(ids, at: bureau.clock.now, tx).count)
                        }
                    }
                    times.append(Double(time.components.attoseconds) / 1e15 + Double(time.components.seconds) * 1000)
                }
                print(
                    "\(backend.rawValue) \(name): \(times.sorted()[3].formatted(.number.precision(.fractionLength(1)))) ms"
                )
            }
            var times: [Double] = []
            for _ in 0..<7 {
                let time = try await ContinuousClock().measure {
                    _ = try await bureau.read { tx in try UnitTree(of: organisation, tx).everybody }
                }
                times.append(Double(time.components.attoseconds) / 1e15 + Double(time.components.seconds) * 1000)
            }
            print("\(backend.rawValue) tree: \(times.sorted()[3].formatted(.number.precision(.fractionLength(1)))) ms")
            let chief = try await bureau.signIn("maria@north.example")
            let page = try await ContinuousClock().measure { _ = try await bureau.ask(.get, "/people", token: chief) }
            print("\(backend.rawValue) whole page over HTTP, this build: \(page)")
        }
    }

    private static func fill(_ bureau: Bureau) async throws {
        let families = [
            "Иванов", "Петрова", "Сидоров", "Кузнецова", "Смирнов", "Попова", "Волков", "Рочева", "Канев", "Терентьева",
        ]
        let givens = ["Анна", "Иван", "Мария", "Пётр", "Ольга", "Сергей", "Елена", "Дмитрий"]
        let organisation = bureau.chief.organisation, now = bureau.clock.now
        let units = try await bureau.database.write(in: organisation) { tx in
            let hand = Hand(organisation: organisation, person: nil, at: now, tx: tx)
            var units = [bureau.branch]
            for number in 0..<2000 { units.append(try hand.addUnit("Отдел \(number)", inside: units[number / 8])) }
            return units
        }
        for batch in 0..<50 {
            try await bureau.database.write(in: organisation) { tx in
                let hand = Hand(organisation: organisation, person: nil, at: now, tx: tx)
                for number in batch * 1000..<(batch + 1) * 1000 {
                    let person = try hand.add(
                        PersonDetails(
                            family: families[number % 10] + "-\(number % 997)", given: givens[number % 8],
                            patronymic: "Ивановна",
                            position: "Инженер", email: "p\(number)@big.example"),
                        unit: number % 20 == 0 ? nil : units[number % units.count],
                        passwordHash: number % 3 == 0 ? "x" : nil)
                    if number % 100 == 0 { try hand.give(.specialist, to: person) }
                }
            }
        }
        if backendIsPostgres(bureau) { try await bureau.database.engine.migrate { tx in _ = try tx.run("ANALYZE") } }
    }

    private static func backendIsPostgres(_ bureau: Bureau) -> Bool { bureau.database.engine.dialect == .postgres }
}
