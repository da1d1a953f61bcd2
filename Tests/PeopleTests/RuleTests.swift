import Kernel
import Testing
import Web

@testable import People

@Suite struct AccentRule {
    @Test(arguments: [
        ("#1a5fb4", true), ("#0b6b75", true), ("#1b7443", true), ("#6741b5", true), ("#8a2c6d", true),
        ("#4a4f57", true),
        ("#000000", true), ("#ffffff", false), ("#ffcc00", false), ("#00bcd4", false), ("#5e9bd6", false),
        ("#767676", false),
    ])
    func whiteAndTheSoftTintMustBeReadable(hex: String, isReadable: Bool) throws {
        let colour = try #require(Colour(hex: hex))
        #expect(((try? colour.requireReadable()) != nil) == isReadable, "\(colour.contrast(with: .white)) \(hex)")
    }

    @Test(arguments: ["#b3261e", "#c00000", "#a1002c", "#8b1a1a", "#d0021b"])
    func redMeansLateAndIsRefused(hex: String) throws {
        let colour = try #require(Colour(hex: hex))
        #expect(throws: PeopleError.accentIsRed) { try colour.requireReadable() }
    }

    @Test(arguments: ["", "blue", "#12345", "#1234567", "1a5fb4", "#1a5fbg", "red;}"])
    func onlySixDigitsAreAColour(text: String) { #expect(Colour(hex: text) == nil) }

    @Test func contrastIsThatOfWCAG() throws {
        let blue = try #require(Colour(hex: "#1a5fb4"))
        #expect(abs(blue.contrast(with: .white) - 6.3) < 0.05)
        #expect(Colour.white.contrast(with: Colour(hex: "#000000")!) == 21)
    }

    /// All that the pages make of an accent can be read in both themes.
    @Test(arguments: ["#0b6b75", "#1b7443", "#6741b5", "#8a2c6d", "#4a4f57", "#000080", "#003300", "#000000"])
    func theStylesheetKeepsContrast(hex: String) throws {
        let style = try #require(Colour(hex: hex)).stylesheet
        let values = Dictionary(
            uniqueKeysWithValues: style.matches(of: /--([a-z-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)/).map {
                (String($0.1), (Colour(hex: String($0.2))!, Colour(hex: String($0.3))!))
            })
        let accent = values["accent"]!, ink = values["accent-ink"]!, soft = values["accent-soft"]!
        let night = Colour(hex: "#1c1c1a")!
        #expect(accent.0.contrast(with: .white) >= 4.5 && accent.1.contrast(with: .white) >= 4.5)
        #expect(ink.0.contrast(with: soft.0) >= 4.5 && ink.1.contrast(with: soft.1) >= 4.5)
        #expect(ink.1.contrast(with: night) >= 4.5)
    }
}

@Suite struct TaxNumberRule {
    @Test(arguments: [
        ("7707083893", true), ("7830002293", true), ("500100732259", true), ("7899014019", true), ("7707083894", false),
        ("500100732258", false), ("0000000001", false), ("770708389", false), ("", false), ("77070838931", false),
        ("٧٧٠٧٠٨٣٨٩٣", false), ("77 07", false),
    ])
    func inn(text: String, isRight: Bool) { #expect(TaxNumbers.isINN(text) == isRight) }

    @Test(arguments: [
        ("1027700132195", true), ("1107899000142", true), ("304500116000157", true), ("1027700132196", false),
        ("304500116000158", false), ("102770013219", false), ("", false),
    ])
    func ogrn(text: String, isRight: Bool) { #expect(TaxNumbers.isOGRN(text) == isRight) }

    @Test(arguments: [("773601001", true), ("7736AZ001", true), ("77360100", false), ("7736az001", false), ("", false)])
    func kpp(text: String, isRight: Bool) { #expect(TaxNumbers.isKPP(text) == isRight) }
}

@Suite struct GuessRule {
    let start = Instant(seconds: 1_000_000)

    private func after(_ failures: Int, _ scope: GuessLimit.Scope) -> GuessLimit.Count {
        var count = GuessLimit.Count.none(at: start)
        for _ in 0..<failures {
            count = GuessLimit.attempt(count, scope, at: max(start, count.until)) ?? count
        }
        return count
    }

    @Test(arguments: [(1, 0), (4, 0), (5, 30), (6, 60), (7, 120), (8, 240), (9, 480), (10, 900), (20, 900)])
    func pausesOfAnAccountDouble(failures: Int, seconds: Int) {
        #expect(GuessLimit.Scope.account.pause(after: failures) == Int64(seconds) * 1000)
    }

    @Test(arguments: [(1, 0), (100, 0), (199, 0), (200, 60), (1000, 60)])
    func anAddressHasRoomForAnOffice(failures: Int, seconds: Int) {
        #expect(GuessLimit.Scope.address.pause(after: failures) == Int64(seconds) * 1000)
    }

    @Test func anAttemptInThePauseIsRefusedAndNotCounted() {
        let count = after(5, .account)
        #expect(GuessLimit.attempt(count, .account, at: start) == nil)
        #expect(GuessLimit.attempt(count, .account, at: count.until)?.failures == 6)
    }

    @Test func oldFailuresAreForgotten() {
        let count = after(4, .account)
        #expect(GuessLimit.attempt(count, .account, at: start + .hours(13))?.failures == 1)
    }
}

@Suite struct PasswordRules {
    let anna = PersonDetails(family: "Белова", given: "Анна", email: "anna.belova@north.example", login: "belova-anna")

    @Test(arguments: [
        ("четыре разных слова", nil), ("короткий", PeopleError.passwordTooShort(minimum: 10)),
        ("", .passwordTooShort(minimum: 10)),
        ("Belova-Anna", .passwordIsLogin), ("anna.belova@north.example", .passwordIsLogin),
        ("ANNA.BELOVA", .passwordIsLogin),
        ("1234567890", .passwordIsKnown), ("qwertyuiop", .passwordIsKnown), ("aaaaaaaaaaaa", .passwordIsKnown),
        ("Password2026", .passwordIsKnown), ("йцукенгшщз", .passwordIsKnown), ("correct horse battery", nil),
    ])
    func aPasswordIsLongAndNotTheFirstGuess(password: String, fault: PeopleError?) {
        let found: PeopleError?
        do throws(PeopleError) {
            _ = try PasswordRule.checked(password, for: anna)
            found = nil
        } catch { found = error }
        #expect(found == fault)
    }
}

@Suite struct SmallRules {
    @Test(arguments: [
        ("/", "/"), ("/requests/4812?a=b", "/requests/4812?a=b"), ("//evil.example", nil),
        ("https://evil.example", nil),
        ("/\\evil.example", nil), ("/a\nb", nil), ("requests", nil), ("", nil), ("/ a", nil),
    ])
    func afterSignInOnlyAddressesOfThisSite(text: String, path: String?) { #expect(PeopleRoom.localPath(text) == path) }

    @Test(
        arguments: [
            ([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0], "image/png"),
            ([0xFF, 0xD8, 0xFF, 0xE0], "image/jpeg"),
            (Array("RIFF1234WEBPVP8 ".utf8), "image/webp"), (Array("<svg xmlns=".utf8), nil),
            (Array("GIF89a".utf8), nil), ([], nil),
        ] as [([UInt8], String?)])
    func aLogoIsKnownByItsFirstBytes(bytes: [UInt8], type: String?) { #expect((try? Logo.type(of: bytes)) == type) }

    @Test func aLogoIsSmall() {
        let png: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A] + Array(repeating: 0, count: 256 * 1024)
        #expect(throws: PeopleError.logoTooLarge) { try Logo.type(of: png) }
    }

    @Test(arguments: [
        (
            "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/126.0 YaBrowser/24.6 Safari/537.36",
            "Яндекс Браузер, Windows", "monitor"
        ),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0", "Firefox, Linux", "monitor"),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) Version/17.5 Mobile Safari/604.1", "Safari, iPhone",
            "smartphone"
        ),
        ("Mozilla/5.0 (Linux; Android 14) Chrome/126.0 Mobile Safari/537.36", "Chrome, Android", "smartphone"),
        ("", "", "app-window"),
    ])
    func aDeviceInWords(agent: String, name: String, icon: String) {
        #expect(Device(agent).name == name && Device(agent).icon == icon)
    }

    @Test(arguments: [
        (NamePolicy.full, [Role.client], false, NamePolicy.full), (.initials, [.client], false, .initials),
        (.role, [.client], false, .role), (.role, [.client], true, .full),
        (.role, [.client, .manager], false, .initials),
        (.initials, [.client, .manager], false, .initials), (.role, [.client, .administrator], false, .full),
    ])
    func whoSeesWhichName(policy: NamePolicy, roles: [Role], isSelf: Bool, seen: NamePolicy) {
        let me = PersonID.new(), other = PersonID.new()
        let viewer = Viewer(
            kind: .system, organisation: .new(), person: me, roles: Set(roles), names: policy)
        #expect(Names.policy(policy, for: viewer, of: isSelf ? me : other) == seen)
    }
}

@Suite struct MassChangeRule {
    let unit = UnitID.new(), other = UnitID.new()
    let one = PersonID.new(), two = PersonID.new(), three = PersonID.new()

    private func present(_ person: PersonID, _ unit: UnitID?, _ roles: Set<Role> = [], left: Bool = false)
        -> MassChange.Present
    {
        .init(person: person, unit: unit, roles: roles, hasLeft: left)
    }

    @Test func whoIsThereAlreadyOrHasLeftIsSkipped() {
        let plan = MassChange.move(to: unit).plan(
            for: [present(one, other), present(two, unit), present(three, nil, left: true)], administrators: [])
        #expect(plan.changes == [one] && plan.skipped == [two: .there, three: .left])
    }

    @Test func rolesAreGivenToThoseWithoutAndTakenFromThoseWithThem() {
        let people = [present(one, nil, [.specialist]), present(two, nil)]
        #expect(
            MassChange.give(.specialist).plan(for: people, administrators: [])
                == .init(changes: [two], skipped: [one: .has]))
        #expect(
            MassChange.take(.specialist).plan(for: people, administrators: [])
                == .init(changes: [one], skipped: [two: .hasnot]))
    }

    @Test func oneAdministratorRemainsHoweverManyAreChosen() {
        let people = [one, two, three].map { present($0, nil, [.administrator]) }
        let plan = MassChange.take(.administrator).plan(for: people, administrators: [one, two, three])
        #expect(plan.changes == [one, two] && plan.skipped == [three: .last])
    }
}
