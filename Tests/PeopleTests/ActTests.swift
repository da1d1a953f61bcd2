import EventLog
import Foundation
import Kernel
import Secrets
import Storage
import Testing
import Web

@testable import People

@Suite struct Acts {
    @Test(arguments: Backend.available)
    func aRoleIsADatedFact(on backend: Backend) async throws {
        try await Bureau.with(backend) { bureau in
            bureau.clock.pass(.days(1))
            try await bureau.people.giveRole(
                .manager, limits: [.unit(bureau.branch)], to: bureau.anna, by: bureau.chief)
            bureau.clock.pass(.days(1))
            try await bureau.people.giveRole(.manager, to: bureau.anna, by: bureau.chief)
            bureau.clock.pass(.days(1))
            try await bureau.people.takeRole(.manager, from: bureau.anna, by: bureau.chief)
            let spans = try await bureau.read { tx in
                try tx.all(
                    "SELECT until_at - from_at, unit_id FROM role_assignment WHERE person_id = \(bureau.anna) ORDER BY from_at"
                ) { row -> String in
                    let length: Int64 = try row[0], unit: UnitID? = try row[1]
                    return "\(length / 86_400_000) \(unit == bureau.branch ? "branch" : "-")"
                }
            }
            #expect(spans == ["1 branch", "1 -"])
            #expect(
                try await bureau.events(about: bureau.anna.text)
                    == [.personAdded, .roleGiven, .roleGiven, .roleTaken])
        }
    }

    @Test(arguments: Backend.available)
    func theLastAdministratorRemains(on backend: Backend) async throws {
        try await Bureau.with(backend) { bureau in
            let (people, chief) = (bureau.people, bureau.chief)
            await #expect(throws: PeopleError.lastAdministrator) {
                try await people.takeRole(.administrator, from: chief.person, by: chief)
            }
            await #expect(throws: PeopleError.lastAdministrator) { try await people.block(chief.person, by: chief) }
            await #expect(throws: PeopleError.lastAdministrator) { try await people.leave(chief.person, by: chief) }
            try await people.giveRole(.administrator, to: bureau.anna, by: chief)
            try await people.block(bureau.anna, by: chief)
            await #expect(throws: PeopleError.lastAdministrator) { try await people.leave(chief.person, by: chief) }
            try await people.unblock(bureau.anna, by: chief)
            try await people.leave(chief.person, by: chief)
            // And who left administers no more, whatever an old page still believes.
            await #expect(throws: PeopleError.notAllowed) { try await people.block(bureau.anna, by: chief) }
        }
    }

    @Test(arguments: Backend.available)
    func blockAndLeaveEndSessionsAtOnce(on backend: Backend) async throws {
        try await Bureau.with(backend) { bureau in
            let first = try await bureau.signIn("ANNA@north.example")
            #expect(try await bureau.recognise(first)?.person == bureau.anna)
            try await bureau.people.block(bureau.anna, by: bureau.chief)
            #expect(try await bureau.recognise(first) == nil)
            await #expect(throws: PeopleError.signInClosed) { _ = try await bureau.signIn("anna@north.example") }
            await #expect(throws: PeopleError.notHere) {
                _ = try await bureau.people.invite(bureau.anna, by: bureau.chief)
            }
            try await bureau.people.unblock(bureau.anna, by: bureau.chief)
            #expect(try await bureau.recognise(first) == nil)
            let second = try await bureau.signIn("anna@north.example")
            try await bureau.people.leave(bureau.anna, by: bureau.chief)
            #expect(try await bureau.recognise(second) == nil)
        }
    }

    @Test(arguments: Backend.available)
    func whoReturnsIsInTheirUnitAgainAndGetsRolesAnew(on backend: Backend) async throws {
        try await Bureau.with(backend) { bureau in
            bureau.clock.pass(.days(1))
            try await bureau.people.leave(bureau.boris, by: bureau.chief)
            #expect(try await bureau.read { tx in try Units.of(bureau.boris, tx) } == nil)
            await #expect(throws: PeopleError.notHere) {
                try await bureau.people.changeUnit(of: bureau.boris, to: bureau.department, by: bureau.chief)
            }
            bureau.clock.pass(.days(1))
            try await bureau.people.return(bureau.boris, by: bureau.chief)
            let (unit, roles) = try await bureau.read { tx in
                (try Units.of(bureau.boris, tx), try Roles.of(bureau.boris, tx).count)
            }
            #expect(unit == bureau.branch && roles == 0)
        }
    }

    @Test(arguments: Backend.available)
    func aUnitMovesWithEverybodyButNotIntoItself(on backend: Backend) async throws {
        try await Bureau.with(backend) { bureau in
            let (people, chief) = (bureau.people, bureau.chief)
            let group = try await people.addUnit("Группа", inside: bureau.department, by: chief)
            let other = try await people.addUnit("Ухтинский филиал", by: chief)
            for target in [bureau.branch, bureau.department, group] {
                await #expect(throws: PeopleError.intoItself) {
                    try await people.moveUnit(bureau.branch, into: target, by: chief)
                }
            }
            try await people.moveUnit(bureau.department, into: other, by: chief)
            let (path, ancestors, subtree, annas) = try await bureau.read { tx in
                (
                    try Units.path(group, in: chief.organisation, tx), try Units.ancestors(group, tx),
                    Set(try tx.all("\(Units.subtree([other]))") { row -> UnitID in try row[0] }),
                    try Units.of(bureau.anna, tx)
                )
            }
            #expect(path == "Ухтинский филиал › ОМТС › Группа")
            #expect(ancestors == [other, bureau.department, group])
            #expect(subtree == [other, bureau.department, group])
            #expect(annas == bureau.department)
        }
    }

    @Test(arguments: Backend.available)
    func anArchivedUnitTakesNobodyAndComesBackWhole(on backend: Backend) async throws {
        try await Bureau.with(backend) { bureau in
            let (people, chief) = (bureau.people, bureau.chief)
            try await people.archiveUnit(bureau.branch, by: chief)
            await #expect(throws: PeopleError.unitArchived) {
                try await people.changeUnit(of: bureau.vera, to: bureau.department, by: chief)
            }
            await #expect(throws: PeopleError.unitArchived) {
                try await people.restoreUnit(bureau.department, by: chief)
            }
            #expect(try await bureau.read { tx in try Units.of(bureau.anna, tx) } == bureau.department)
            bureau.clock.pass(Minutes(1))
            try await people.restoreUnit(bureau.branch, by: chief)
            try await people.changeUnit(of: bureau.vera, to: bureau.department, by: chief)
        }
    }

    @Test(arguments: Backend.available)
    func signInNamesAreUniqueOnTheInstallation(on backend: Backend) async throws {
        try await Bureau.with(backend) { bureau in
            await #expect(throws: PeopleError.nameTaken(field: "email")) {
                _ = try await bureau.people.addPerson(
                    .init(family: "А", given: "Б", email: "Alien@South.example"), by: bureau.chief)
            }
            await #expect(throws: PeopleError.nameTaken(field: "login")) {
                try await bureau.people.changePerson(
                    bureau.anna, to: .init(family: "Белова", given: "Анна", login: "GROMOV"), by: bureau.chief)
            }
            // A name that was given back is free, and the old one opens nothing.
            try await bureau.people.changePerson(
                bureau.boris, to: .init(family: "Громов", given: "Борис", login: "boris"), by: bureau.chief)
            await #expect(throws: PeopleError.signInWrong) { _ = try await bureau.signIn("gromov") }
            _ = try await bureau.signIn("boris")
        }
    }

    @Test(arguments: Backend.available)
    func whoEditsAnOldCopyIsTold(on backend: Backend) async throws {
        try await Bureau.with(backend) { bureau in
            let seen = try await bureau.read { tx in try Person.known(bureau.anna, in: bureau.chief.organisation, tx) }
            @Sendable func put(_ room: String) async throws {
                var details = PersonDetails(seen)
                details.room = room
                try await bureau.people.changePerson(bureau.anna, to: details, seen: seen.changedAt, by: bureau.chief)
            }
            try await put("214")
            await #expect(throws: PeopleError.changedMeanwhile) { try await put("215") }
        }
    }

    @Test(arguments: Backend.available)
    func onlyAdministratorsChangePeopleAndOnlyTheirOwn(on backend: Backend) async throws {
        try await Bureau.with(backend) { bureau in
            let people = bureau.people
            // A role that is claimed but not held does not count.
            for viewer in [
                bureau.viewer(bureau.anna), bureau.viewer(bureau.boris, [.client, .manager, .administrator]),
            ] {
                await #expect(throws: PeopleError.notAllowed) { try await people.block(bureau.vera, by: viewer) }
                await #expect(throws: PeopleError.notAllowed) {
                    try await people.giveRole(.administrator, to: viewer.person, by: viewer)
                }
                await #expect(throws: PeopleError.notAllowed) { _ = try await people.invite(bureau.vera, by: viewer) }
                await #expect(throws: PeopleError.notAllowed) { _ = try await people.addUnit("Новое", by: viewer) }
            }
            for act: @Sendable () async throws -> Void in [
                { try await people.block(bureau.anna, by: bureau.foreigner) },
                { try await people.changeUnit(of: bureau.anna, to: nil, by: bureau.foreigner) },
                { try await people.changeUnit(of: bureau.foreignPerson, to: bureau.branch, by: bureau.foreigner) },
                { try await people.giveRole(.specialist, to: bureau.anna, by: bureau.foreigner) },
                { try await people.moveUnit(bureau.department, into: nil, by: bureau.foreigner) },
                { try await people.moveUnit(bureau.foreignUnit, into: bureau.branch, by: bureau.foreigner) },
                { _ = try await people.invite(bureau.anna, by: bureau.foreigner) },
                { try await bureau.accounts.endSessions(of: bureau.anna, by: bureau.foreigner) },
                {
                    try await people.giveRole(
                        .manager, limits: [.unit(bureau.branch)], to: bureau.foreignPerson, by: bureau.foreigner)
                },
            ] {
                await #expect(throws: PeopleError.notFound) { try await act() }
            }
        }
    }

    @Test(arguments: Backend.available)
    func aMassChangeDoesWhatItsPreviewSaid(on backend: Backend) async throws {
        try await Bureau.with(backend) { bureau in
            let all = [bureau.anna, bureau.boris, bureau.vera, bureau.foreignPerson]
            let change = MassChange.move(to: bureau.branch)
            let plan = try await bureau.people.plan(change, for: all, by: bureau.chief)
            #expect(Set(plan.changes) == [bureau.anna, bureau.vera] && plan.skipped == [bureau.boris: .there])
            #expect(try await bureau.people.apply(change, to: all, by: bureau.chief) == 2)
            for person in [bureau.anna, bureau.boris, bureau.vera] {
                #expect(try await bureau.read { tx in try Units.of(person, tx) } == bureau.branch)
            }
            #expect(try await bureau.read { tx in try Units.of(bureau.foreignPerson, tx) } == nil)
            #expect(try await bureau.people.apply(change, to: all, by: bureau.chief) == 0)
        }
    }

    @Test(arguments: Backend.available)
    func theDirectoryFindsByAnyPartAndIsClosedToClients(on backend: Backend) async throws {
        try await Bureau.with(backend) { bureau in
            let text = bureau.site.text(.russian), chief = bureau.chief
            @Sendable func find(_ words: String, _ viewer: Viewer) async throws -> [String] {
                try await bureau.read { tx in try Directory.find(words, for: viewer, atMost: 8, text, tx).map(\.name) }
            }
            #expect(try await find("бел анн", chief) == ["Белова Анна Ивановна"])
            #expect(try await find("демина", chief) == ["Дёмина Вера"])
            #expect(try await find("22-14", chief) == ["Белова Анна Ивановна"])
            #expect(try await find("омтс", chief) == ["Белова Анна Ивановна"])
            #expect(try await find("gromov", chief) == ["Громов Борис"])
            #expect(try await find("%", chief).isEmpty)
            #expect(try await find("_", chief).isEmpty)
            #expect(try await find("чужой", chief).isEmpty)
            #expect(
                try await find("белова", bureau.viewer(bureau.boris, [.client, .manager])) == ["Белова\u{A0}А.\u{A0}И."]
            )
            #expect(try await find("белова", bureau.viewer(bureau.vera)).isEmpty)
            let shown = try await bureau.read { tx in
                try Names.shown([bureau.anna, bureau.foreignPerson], to: bureau.viewer(bureau.vera), text, tx)
            }
            #expect(shown.count == 1)
            #expect(shown[bureau.anna]?.phone == "" && shown[bureau.anna]?.unit == "Усинский филиал › ОМТС")
        }
    }
}
