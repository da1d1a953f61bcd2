import Foundation
import Kernel
import Secrets
import Storage
import Testing

@testable import People

@Suite struct SigningIn {
    @Test(arguments: Backend.available)
    func byMailOrLoginInAnyCase(on backend: Backend) async throws {
        try await Bureau.with(backend) { bureau in
            let boris = try await bureau.recognise(try await bureau.signIn(" Gromov "))
            #expect(boris?.person == bureau.boris && boris?.roles == [.client, .specialist])
            // A specialist without a line is not staff yet.
            #expect(boris?.isStaff == false)
            await #expect(throws: PeopleError.signInWrong) { _ = try await bureau.signIn("gromov", "не тот пароль") }
            await #expect(throws: PeopleError.signInWrong) { _ = try await bureau.signIn("nobody") }
            await #expect(throws: PeopleError.signInWrong) { _ = try await bureau.signIn("vera@north.example") }
            #expect(try await bureau.recognise("нет такого") == nil)
            #expect(try await bureau.recognise(String(repeating: "0", count: 64)) == nil)
        }
    }

    @Test(arguments: Backend.available)
    func aManagersLimitsComeWithTheViewer(on backend: Backend) async throws {
        try await Bureau.with(backend) { bureau in
            let line = LineID.new(), token = try await bureau.signIn("anna@north.example")
            try await bureau.people.giveRole(
                .manager, limits: [.unit(bureau.branch), .line(line)], to: bureau.anna, by: bureau.chief)
            let limited = try #require(try await bureau.recognise(token))
            #expect(limited.manages == .init(lines: [line], units: [bureau.branch]) && limited.isStaff)
            try await bureau.people.giveRole(.manager, to: bureau.anna, by: bureau.chief)
            #expect(try await bureau.recognise(token)?.manages == .init(everything: true))
            try await bureau.people.takeRole(.manager, from: bureau.anna, by: bureau.chief)
            #expect(try await bureau.recognise(token)?.isStaff == false)
        }
    }

    @Test(arguments: Backend.available)
    func sessionsSlideFor180Days(on backend: Backend) async throws {
        try await Bureau.with(backend) { bureau in
            let used = try await bureau.signIn("anna@north.example"),
                idle = try await bureau.signIn("anna@north.example")
            for _ in 0..<4 {
                bureau.clock.pass(.days(100))
                #expect(try await bureau.recognise(used) != nil)
            }
            #expect(try await bureau.recognise(idle) == nil)
        }
    }

    @Test(arguments: Backend.available)
    func guessingIsSlowedDownWithoutLockingTheOfficeOut(on backend: Backend) async throws {
        try await Bureau.with(backend) { bureau in
            for _ in 0..<5 {
                await #expect(throws: PeopleError.signInWrong) {
                    _ = try await bureau.signIn("anna@north.example", "мимо мимо мимо")
                }
            }
            // Now even the right password waits from this address, the account from another and a colleague from this do not.
            await #expect(throws: PeopleError.tooManyGuesses(minutes: 1)) {
                _ = try await bureau.signIn("anna@north.example")
            }
            _ = try await bureau.signIn("anna@north.example", from: "198.51.100.7")
            _ = try await bureau.signIn("gromov")
            bureau.clock.pass(Minutes(1))
            _ = try await bureau.signIn("anna@north.example")
            let rows = try await bureau.read { tx in
                try tx.all("SELECT key FROM sign_in_guard") { row -> String in try row[0] }
            }
            #expect(rows.allSatisfy { !$0.contains("anna") && !$0.contains("192.0.2") })
        }
    }

    @Test func manyAccountsFromOneAddressAreLimitedButKnownPeopleComeIn() async throws {
        try await Bureau.with(.sqlite) { bureau in
            _ = try await bureau.signIn("gromov")
            let key = bureau.people.vault.fingerprint("192.0.2.1", purpose: "guess"), now = bureau.clock.now
            try await bureau.database.write(in: .installation) { tx in
                try GuessLimit.write(.init(failures: 199, since: now, until: now), key, in: tx)
            }
            await #expect(throws: PeopleError.signInWrong) { _ = try await bureau.signIn("vera@north.example", "x") }
            await #expect(throws: PeopleError.tooManyGuesses(minutes: 1)) {
                _ = try await bureau.signIn("anna@north.example")
            }
            _ = try await bureau.signIn("gromov")
            _ = try await bureau.signIn("anna@north.example", from: "198.51.100.7")
            bureau.clock.pass(Minutes(1))
            _ = try await bureau.signIn("anna@north.example")
        }
    }

    /// Guesses that arrive all at once gain nothing: each is counted before its password is looked at.
    @Test func guessesAtOnceAreCountedOneByOne() async throws {
        try await Bureau.with(.sqlite) { bureau in
            let outcomes = await withTaskGroup(of: PeopleError?.self) { group in
                for _ in 0..<40 {
                    group.addTask {
                        do { _ = try await bureau.signIn("anna@north.example", "мимо мимо мимо") } catch {
                            return error as? PeopleError
                        }
                        return nil
                    }
                }
                return await group.reduce(into: [PeopleError?]()) { $0.append($1) }
            }
            #expect(outcomes.count { $0 == .signInWrong } == 5)
        }
    }

    @Test(arguments: Backend.available)
    func anInvitationOpensOnce(on backend: Backend) async throws {
        try await Bureau.with(backend) { bureau in
            let accounts = bureau.accounts
            let old = try await bureau.people.invite(bureau.vera, by: bureau.chief)
            let link = try await bureau.people.invite(bureau.vera, by: bureau.chief)
            let own = Accounts.OwnDetails(
                family: "Дёмина-Ли", given: "Вера", patronymic: "", phone: "+7 900 000-00-00", room: "12")
            @Sendable func accept(_ link: String, _ password: String = Bureau.password) async throws -> String {
                try await accounts.acceptInvitation(link, details: own, password: password, from: Bureau.place())
            }
            let kept = try await bureau.read { tx in
                try tx.all("SELECT fingerprint FROM invitation") { row -> String in try row[0] }
            }
            #expect(!kept.contains(link) && !kept.contains(old))
            await #expect(throws: PeopleError.invitationUsed) { _ = try await accept(old) }
            await #expect(throws: PeopleError.passwordTooShort(minimum: 10)) { _ = try await accept(link, "коротко") }
            await #expect(throws: PeopleError.passwordIsLogin) { _ = try await accept(link, "vera@north.example") }
            let token = try await accept(link)
            #expect(try await bureau.recognise(token)?.person == bureau.vera)
            await #expect(throws: PeopleError.invitationUsed) { _ = try await accept(link) }
            let vera = try await bureau.read { tx in try Person.known(bureau.vera, in: bureau.chief.organisation, tx) }
            #expect(vera.name.family == "Дёмина-Ли" && vera.room == "12")
            _ = try await bureau.signIn("vera@north.example")
        }
    }

    @Test(arguments: Backend.available)
    func anInvitationLivesTwoWeeksAndEndsWithABlock(on backend: Backend) async throws {
        try await Bureau.with(backend) { bureau in
            let own = Accounts.OwnDetails(family: "Дёмина", given: "Вера", patronymic: "", phone: "", room: "")
            let late = try await bureau.people.invite(bureau.vera, by: bureau.chief)
            bureau.clock.pass(.days(14))
            await #expect(throws: PeopleError.invitationExpired) {
                _ = try await bureau.accounts.acceptInvitation(
                    late, details: own, password: Bureau.password, from: Bureau.place())
            }
            let open = try await bureau.people.invite(bureau.vera, by: bureau.chief)
            try await bureau.people.block(bureau.vera, by: bureau.chief)
            try await bureau.people.unblock(bureau.vera, by: bureau.chief)
            await #expect(throws: PeopleError.invitationUsed) {
                _ = try await bureau.accounts.acceptInvitation(
                    open, details: own, password: Bureau.password, from: Bureau.place())
            }
        }
    }

    @Test(arguments: Backend.available)
    func aNewPasswordEndsOtherSessions(on backend: Backend) async throws {
        try await Bureau.with(backend) { bureau in
            let here = try await bureau.signIn("anna@north.example"),
                there = try await bureau.signIn("anna@north.example")
            let anna = try #require(try await bureau.recognise(here))
            await #expect(throws: PeopleError.wrongPassword) {
                try await bureau.accounts.changePassword(from: "не тот", to: "совсем новый пароль", by: anna)
            }
            try await bureau.accounts.changePassword(from: Bureau.password, to: "совсем новый пароль", by: anna)
            #expect(try await bureau.recognise(here) != nil)
            #expect(try await bureau.recognise(there) == nil)
            await #expect(throws: PeopleError.signInWrong) { _ = try await bureau.signIn("anna@north.example") }
            _ = try await bureau.signIn("anna@north.example", "совсем новый пароль")
        }
    }

    @Test(arguments: Backend.available)
    func sessionsAreListedAndEndedByTheirOwnerAndTheAdministrator(on backend: Backend) async throws {
        try await Bureau.with(backend) { bureau in
            let first = try await bureau.signIn("anna@north.example"),
                second = try await bureau.signIn("anna@north.example")
            let anna = try #require(try await bureau.recognise(first)),
                boris = try #require(try await bureau.recognise(try await bureau.signIn("gromov")))
            let sessions = try await bureau.read { tx in
                try Accounts.sessions(of: bureau.anna, at: bureau.clock.now, tx)
            }
            #expect(sessions.count == 2)
            let other = try #require(sessions.first { anna.kind != .session($0.id) })
            await #expect(throws: PeopleError.notAllowed) {
                try await bureau.accounts.endSession(other.id, of: bureau.anna, by: boris)
            }
            await #expect(throws: PeopleError.notFound) {
                try await bureau.accounts.endSession(other.id, of: boris.person, by: boris)
            }
            try await bureau.accounts.endSession(other.id, of: bureau.anna, by: anna)
            #expect(try await bureau.recognise(second) == nil)
            try await bureau.accounts.endSessions(of: bureau.anna, by: bureau.chief)
            #expect(try await bureau.recognise(first) == nil)
        }
    }
}
