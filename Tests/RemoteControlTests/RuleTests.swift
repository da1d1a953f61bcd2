import AgentProtocol
import Kernel
import Requests
import Testing

@testable import RemoteControl

@Suite struct ControlRuleTests {
    static let client = { () -> Standing in
        var standing = Standing()
        standing.isClient = true
        return standing
    }()
    static let specialist = { () -> Standing in
        var standing = Standing()
        standing.level = .main
        return standing
    }()
    static let onlooker = { () -> Standing in
        var standing = Standing()
        standing.isObserver = true
        return standing
    }()

    @Test(
        arguments: [
            (client, true, true, nil), (client, false, true, .requestEnded), (client, true, false, .closed),
            (specialist, true, true, .notAllowed), (onlooker, true, true, .notAllowed),
        ] as [(Standing, Bool, Bool, ControlError?)])
    func onlyTheClientOffersTheComputer(_ who: Standing, _ isOpen: Bool, _ way: Bool, _ hindrance: ControlError?) {
        #expect(ControlRule.hindersOffer(who, isRequestOpen: isOpen, isWayOpen: way) == hindrance)
    }

    @Test(
        arguments: [
            (specialist, .ready, .view, nil), (client, .ready, .view, .notAllowed),
            (onlooker, .ready, .view, .notAllowed),
            (specialist, .offered, .view, .notReady), (specialist, .waiting, .view, .asking),
            (specialist, .ended, .view, .ended), (specialist, .refused, .view, nil),
            (specialist, .timedOut, .view, nil),
            (specialist, .ready, [], .nothingAsked), (specialist, .ready, [.view, .files], nil),
            (specialist, .ready, [.view, Rights(rawValue: 1 << 4)], .nothingAsked),
        ] as [(Standing, ControlSession.State, Rights, ControlError?)])
    func onlyStaffAsksAndOneQuestionAtATime(
        _ who: Standing, _ state: ControlSession.State, _ what: Rights, _ hindrance: ControlError?
    ) {
        #expect(ControlRule.hindersQuestion(who, state, isAsking: false, asked: what, agreed: []) == hindrance)
    }

    @Test func anAnswerGrantsNoMoreThanWasAskedForAndNothingWithoutSeeing() {
        #expect(ControlRule.granted([.view, .control], asked: [.view]) == .view)
        #expect(ControlRule.granted([.control], asked: [.view, .control]) == [])
        #expect(ControlRule.question(.control, agreed: []) == [.view, .control])
    }

    @Test func aSessionEndsWithItsRequestItsWayAndItsAgent() {
        #expect(ControlRule.end(isRequestOpen: true, isWayOpen: true, silence: 1000) == nil)
        #expect(ControlRule.end(isRequestOpen: false, isWayOpen: true, silence: 0) == .closed)
        #expect(ControlRule.end(isRequestOpen: true, isWayOpen: false, silence: 0) == .closed)
        #expect(ControlRule.end(isRequestOpen: true, isWayOpen: true, silence: 120_001) == .lost)
    }

    @Test func aCodeIsReadAsPeopleTypeIt() {
        let code = ControlRule.code([0, 1, 2, 3, 4, 5, 6, 30])
        #expect(code == "ABCDEFG9")
        #expect(ControlRule.tidied("abcd-efg9 ") == code)
        #expect(ControlRule.minutes(0) == 0)
        #expect(ControlRule.minutes(60_001) == 2)
    }
}
