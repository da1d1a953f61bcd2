import Kernel
import Routing
import Testing

@Suite struct RoutingRuleTests {
    private static let noon = Instant(seconds: 1_795_420_800)
    private static let a = PersonID("a"), b = PersonID("b"), r = PersonID("r")
    typealias Candidate = RoutingRule.Candidate

    struct Example: Sendable, CustomStringConvertible {
        let description: String
        var change: @Sendable (inout RoutingSettings, inout RoutingRule.Case) -> Void = { _, _ in }
        let candidates: [Candidate]
        var step = RoutingRule.Step.wait
        var escalate: RoutingRule.Reason?
        var isNobodyThere = false
        /// Minutes.
        var next: Int?
    }

    private static func at(_ minutes: Int) -> Instant { noon + Minutes(minutes) }
    private static let two = [
        Candidate(a, isMain: true, isOn: true, work: 5, last: at(-50)),
        Candidate(b, isMain: true, isOn: true, work: 2, last: at(-5)),
    ]
    private static let reserve = Candidate(r, isMain: false, isOn: true)

    static let examples: [Example] = [
        .init(
            description: "by hand nothing is given", change: { settings, _ in settings.mode = .hand }, candidates: two),
        .init(description: "the longest without a request", candidates: two, step: .give(a, .turn)),
        .init(
            description: "who never had one comes first", candidates: two + [Candidate(r, isMain: true, isOn: true)],
            step: .give(r, .turn)),
        .init(
            description: "the least loaded", change: { settings, _ in settings.mode = .load }, candidates: two,
            step: .give(b, .load)),
        .init(
            description: "offers are a load as well", change: { settings, _ in settings.mode = .load },
            candidates: [two[0], Candidate(b, isMain: true, isOn: true, work: 4, offers: 2)], step: .give(a, .load)),
        .init(
            description: "equal loads take turns", change: { settings, _ in settings.mode = .load },
            candidates: [
                Candidate(a, isMain: true, isOn: true, work: 2, last: at(-5)),
                Candidate(b, isMain: true, isOn: true, work: 2, last: at(-9)),
            ], step: .give(b, .load)),
        .init(
            description: "who is at the limit gets no more", change: { settings, _ in settings.most = 5 },
            candidates: two, step: .give(b, .turn)),
        .init(description: "everybody at the limit", change: { settings, _ in settings.most = 1 }, candidates: two),
        .init(
            description: "three offers before one person are enough",
            candidates: [Candidate(a, isMain: true, isOn: true, offers: 3)]),
        .init(
            description: "who is not on the line is not asked",
            candidates: [Candidate(a, isMain: true, isOn: false), two[1]], step: .give(b, .turn)),
        .init(
            description: "nobody on the line", candidates: [Candidate(a, isMain: true, isOn: false)],
            isNobodyThere: true),
        .init(
            description: "the last helper first", change: { $1.first = [(b, .last)] }, candidates: two,
            step: .give(b, .last)),
        .init(
            description: "a helper who is away is not waited for",
            change: { $1.first = [(r, .responsible), (b, .last)] },
            candidates: two, step: .give(b, .last)),
        .init(
            description: "a helper at the limit is not waited for",
            change: {
                $0.most = 5; $1.first = [(a, .responsible)]
            }, candidates: two, step: .give(b, .turn)),
        .init(
            description: "the main before the reserve", change: { $1.reserveAt = at(-1) }, candidates: [reserve] + two,
            step: .give(a, .turn)),
        .init(
            description: "the reserve after its time",
            change: {
                $0.most = 1; $1.reserveAt = at(0)
            },
            candidates: two + [reserve], step: .give(r, .turn)),
        .init(
            description: "the reserve before its time",
            change: {
                $0.most = 1; $1.reserveAt = at(4)
            },
            candidates: two + [reserve], next: 4),
        .init(
            description: "without any of the main the reserve at once", change: { $1.reserveAt = at(4) },
            candidates: [Candidate(a, isMain: true, isOn: false), reserve], step: .give(r, .turn)),
        .init(
            description: "a reserve that is never asked", change: { settings, _ in settings.reserve = nil },
            candidates: [reserve]),
        .init(
            description: "who declined is not asked again", change: { $1.declined = [a] }, candidates: two,
            step: .give(b, .turn)),
        .init(
            description: "everybody declined: the manager hears at once",
            change: {
                $1.declined = [a, b]; $1.escalateAt = at(20)
            }, candidates: two, escalate: .declined, next: 20),
        .init(
            description: "who let it pass comes after the others", change: { $1.expired = [a: at(-30)] },
            candidates: two,
            step: .give(b, .turn)),
        .init(
            description: "who let it pass is asked again after a while",
            change: { $1.expired = [a: at(-10), b: at(-3)] }, candidates: two, step: .give(a, .turn), next: 7),
        .init(
            description: "and not before", change: { $1.expired = [a: at(-4), b: at(-3)] }, candidates: two, next: 6),
        .init(
            description: "it moves to another line before anybody else is asked",
            change: {
                $1.overflowAt = at(0); $1.escalateAt = at(0)
            }, candidates: two, step: .overflow),
        .init(
            description: "overflow and escalation hold by hand too",
            change: {
                $0.mode = .hand; $1.overflowAt = at(9); $1.escalateAt = at(-1)
            }, candidates: two,
            escalate: .waiting, next: 9),
        .init(
            description: "the manager hears that nobody is there", change: { $1.escalateAt = at(0) }, candidates: [],
            escalate: .nobody, isNobodyThere: true),
        .init(
            description: "the nearest moment is the next look",
            change: {
                $0.most = 1; $1.reserveAt = at(4); $1.overflowAt = at(3); $1.escalateAt = at(9)
            },
            candidates: two, next: 3),
    ]

    @Test(arguments: examples)
    func whoGetsIt(_ example: Example) {
        var settings = RoutingSettings(), waiting = RoutingRule.Case()
        settings.mode = .circle
        example.change(&settings, &waiting)
        let decision = RoutingRule.decide(waiting, settings, example.candidates, now: Self.noon)
        #expect(decision.step == example.step)
        #expect(decision.escalate == example.escalate)
        #expect(decision.isNobodyThere == example.isNobodyThere)
        #expect(decision.next == example.next.map(Self.at))
    }
}
