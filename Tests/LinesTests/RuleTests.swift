import Foundation
import Kernel
import Testing
import Web

@testable import Lines

@Suite struct RuleTests {
    @Test(
        arguments: [
            ("45", 45), ("45 мин", 45), ("45 минут", 45), ("45м", 45), ("1 ч", 60), ("1 ч 30 мин", 90),
            ("1\u{A0}ч 30\u{A0}мин", 90),
            ("2 часа", 120), ("1,5 ч", 90), ("0,5 часа", 30), ("1:30", 90), ("8 h", 480), ("1 h 30 min", 90),
            ("  20 min ", 20),
            ("1ч30", nil), ("", nil), (" ", nil), ("час", nil), ("-5", nil), ("1 день", nil), ("1:75", nil),
            ("мин", nil), ("1e9", nil),
            ("99999999999999999999", nil), ("<script>", nil),
        ] as [(String, Int?)])
    func plannedTimeIsReadAsPeopleWriteIt(_ text: String, _ minutes: Int?) {
        #expect(PlannedTime.parse(text)?.count == minutes)
    }

    @Test(
        arguments: [
            (0, .plannedWrong), (1, nil), (366 * 1440, nil), (366 * 1440 + 1, .plannedWrong),
        ] as [(Int, LineError?)])
    func plannedTimeHasLimits(_ minutes: Int, _ fault: LineError?) {
        #expect(
            refusal { () throws(LineError) in try LineDetails(clientName: "1С", planned: Minutes(minutes)).check() }
                == fault)
    }

    @Test func aLineNeedsAWayAndAChosenAudienceSomebody() {
        #expect(refusal { () throws(LineError) in try LineDetails(clientName: "1С", ways: []).check() } == .waysEmpty)
        #expect(
            refusal { () throws(LineError) in try Audience.chosen(units: [], people: []).check() } == .audienceEmpty)
        #expect(refusal { () throws(LineError) in try Audience.everybody.check() } == nil)
    }

    // MARK: the tree of topics: a > b > c, and d beside a

    static let (a, b, c, d) = (TopicID("a"), TopicID("b"), TopicID("c"), TopicID("d"))
    static let tree = TopicTree(topics: [
        topic("a", nil, "Почта"), topic("b", "a", "Не приходит"), topic("c", "b", "Снаружи"),
        topic("d", nil, "Печать", isArchived: true),
    ])

    @Test(
        arguments: [
            ("Новая", nil, nil, nil), ("почта", nil, nil, .topicNameTaken), ("Почта", nil, a, nil),
            ("Печать", nil, nil, nil),
            ("Почта", b, a, .topicInItself), ("Почта", a, a, .topicInItself), ("Снаружи", a, c, nil),
            ("НЕ ПРИХОДИТ", a, nil, .topicNameTaken),
            ("Новая", d, nil, .parentUnknown), ("Новая", TopicID("?"), nil, .parentUnknown),
        ] as [(String, TopicID?, TopicID?, LineError?)])
    func topicsHaveTheirPlaces(_ name: String, _ parent: TopicID?, _ moved: TopicID?, _ fault: LineError?) {
        #expect(
            refusal { () throws(LineError) in try Self.tree.checkPlace(of: name, under: parent, besides: moved) }
                == fault)
    }

    @Test func theTreeHasABottom() {
        let deep = TopicTree(topics: (1...6).map { Self.topic("\($0)", $0 == 1 ? nil : "\($0 - 1)", "Тема \($0)") })
        #expect(refusal { () throws(LineError) in try deep.checkPlace(of: "Новая", under: TopicID("5")) } == nil)
        #expect(
            refusal { () throws(LineError) in try deep.checkPlace(of: "Новая", under: TopicID("6")) } == .topicTooDeep)
    }

    @Test func siblingsKeepTheirOrder() {
        #expect(Self.tree.order(of: Self.c, under: nil, before: Self.d) == [Self.a, Self.c, Self.d])
        #expect(Self.tree.order(of: Self.a, under: nil, before: nil) == [Self.d, Self.a])
        #expect(Self.tree.subtree(of: Self.a).map(\.id) == [Self.a, Self.b, Self.c])
    }

    static func topic(_ id: String, _ parent: String?, _ name: String, isArchived: Bool = false) -> Topic {
        Topic(
            id: TopicID(id), line: LineID("line"), parent: parent.map { TopicID($0) }, name: name, ownPlanned: nil,
            ownPriority: nil, planned: nil, priority: nil, isArchived: isArchived)
    }

    // MARK: the form of a line

    @Test(
        arguments: [
            ("mon_open=yes&mon_from=09:00&mon_to=18:00", nil), ("round_the_clock=yes", nil),
            ("mon_open=yes&mon_from=09:00&mon_to=13:00&mon_from=14:00&mon_to=18:00", nil),
            ("mon_open=yes&mon_from=22:00&mon_to=00:00", nil), ("", "hours.none"),
            ("mon_from=09:00&mon_to=18:00", "hours.none"),
            ("mon_open=yes", "hours"), ("mon_open=yes&mon_from=&mon_to=", "hours"),
            ("mon_open=yes&mon_from=18:00&mon_to=09:00", "hours"),
            ("mon_open=yes&mon_from=09:00&mon_to=09:00", "hours"), ("mon_open=yes&mon_from=9&mon_to=18", "hours"),
            ("mon_open=yes&mon_from=25:00&mon_to=26:00", "hours"), ("mon_open=yes&mon_from=09:00", "hours"),
            ("mon_open=yes&mon_from=09:00&mon_to=13:00&mon_from=12:00&mon_to=18:00", "hours"),
        ] as [(String, String?)])
    func hoursOfAForm(_ fields: String, _ fault: String?) throws {
        let reading = LineFormReading(try form(fields))
        #expect(reading.faults["hours"]?.key == fault.map { "lines.error.\($0)" })
        #expect((reading.parsed != nil) == (fault == nil))
    }

    @Test func aFormTellsAllItsFaultsAtOnce() throws {
        let form = try LineForm(
            Form(encoded: Array("name=+&planned=often&zone=Mars&icon=skull&audience=chosen&mon_open=yes".utf8)))
        let faults = LineFormReading(form).faults
        #expect(Set(faults.keys) == ["name", "planned", "zone", "icon", "audience", "hours"])
    }

    @Test func idsOfAForeignShapeAreRefused() {
        #expect(throws: WebError.wrong(field: "unit")) {
            try LineForm(Form(encoded: Array("unit=1%27+OR+1%3D1".utf8)))
        }
    }

    private func form(_ hours: String) throws -> LineForm {
        try LineForm(
            Form(
                encoded: Array(
                    "name=1C&planned=60&zone=Europe/Moscow&icon=laptop&way=chat&audience=everyone&\(hours)".utf8)))
    }

    @Test func iconsAreInTheSprite() throws {
        let names = try String(contentsOfFile: Desk.share + "/static/icons.txt", encoding: .utf8)
            .split { $0.isWhitespace }.map(String.init)
        #expect(LineForm.icons.filter { !names.contains($0) } == [])
    }
}

func refusal(_ body: () throws(LineError) -> Void) -> LineError? {
    do { try body() } catch { return error }
    return nil
}
