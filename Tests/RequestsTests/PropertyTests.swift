import Kernel
import Storage
import TestOffice
import Testing

@testable import Requests

/// Anything that people do, in any order, keeps what must hold of every request.
@Suite struct PropertyTests {
    @Test(arguments: Engine.available)
    func anySequenceOfActsKeepsTheBooks(on engine: Engine) async throws {
        try await Desk.with(engine) { desk in
            for seed in 1...4 as ClosedRange<UInt64> {
                var dice = Dice(state: seed)
                let number = try await desk.register(
                    "Заявка \(seed)", topic: Bool.random(using: &dice) ? desk.printers : nil)
                var before = try await desk.request(number), done = 0
                for step in 1...100 {
                    desk.clock.pass(Minutes(Int.random(in: 1...300, using: &dice)))
                    let who = Who.allCases.randomElement(using: &dice)!,
                        act = Int.random(in: 0..<Self.kinds, using: &dice)
                    let roll = Int.random(in: 0..<1000, using: &dice)
                    let viewer = try await desk.viewer(who)
                    if !before.state.isOpen, step % 3 == 0 {
                        try await desk.requests.reopen(number, text: nil, by: try await desk.viewer(.anna))
                        before = try await desk.request(number)
                    }
                    let isDone = try await refusal { try await Self.act(act, roll, number, by: viewer, desk) } == nil
                    let after = try await desk.request(number)
                    #expect(after.version >= before.version, "seed \(seed) step \(step)")
                    #expect(after.lastNumber >= before.lastNumber)
                    #expect(
                        isDone || after == before, "a refused act changes nothing: seed \(seed) step \(step) act \(act)"
                    )
                    #expect(
                        !who.isForeign || after == before, "nor does a foreigner: seed \(seed) step \(step) act \(act)")
                    #expect(
                        after.registered == before.registered && after.client == before.client && after.number == number
                    )
                    if after.state != before.state || after.line != before.line || after.assignee != before.assignee {
                        #expect(after.version > before.version, "what two may change moves the version")
                    }
                    if isDone { done += 1 }
                    before = after
                }
                #expect(done > 10, "the dice let something happen")
                try await desk.audit()
            }
        }
    }

    static let kinds = 22

    private static func act(_ kind: Int, _ roll: Int, _ number: Int64, by viewer: Viewer, _ desk: Desk) async throws {
        let room = desk.requests
        let somebody = desk.id(Who.allCases[roll % Who.allCases.count])
        let line = [desk.computers, desk.personnel, desk.chosen, desk.foreignLine][roll % 4]
        switch kind {
        case 0: try await room.write(Draft(id: .new(), text: "Слово \(roll)"), in: number, by: viewer)
        case 1: try await room.write(Draft(id: .new(), text: "Заметка \(roll)", isNote: true), in: number, by: viewer)
        case 2: try await room.take(number, by: viewer)
        case 3: try await room.giveBack(number, by: viewer)
        case 4:
            try await room.transfer(number, to: somebody, line: nil, note: roll % 2 == 0 ? "Прошу" : nil, by: viewer)
        case 5: try await room.transfer(number, to: nil, line: line, note: nil, by: viewer)
        case 6: try await room.changeLine(number, to: line, by: viewer)
        case 7:
            try await room.setTopic(
                number, to: [desk.printers, desk.mail, desk.foreignTopic, nil][roll % 4], by: viewer)
        case 8: try await room.setPriority(number, to: Priority.allCases[roll % 4], by: viewer)
        case 9:
            try await room.setDeadline(
                number, to: roll % 3 == 0 ? nil : desk.clock.now + Minutes(roll - 100), by: viewer)
        case 10: try await room.setPlan(number, to: roll % 5 == 0 ? nil : Minutes(roll), by: viewer)
        case 11: try await room.setProgress(number, to: roll % 101, by: viewer)
        case 12:
            try await room.addTime(number, Minutes(roll - 500), reason: roll % 2 == 0 ? "Причина" : nil, by: viewer)
        case 13: try await room.wait(number, by: viewer)
        case 14: try await room.proceed(number, by: viewer)
        case 15: try await room.solve(number, answer: roll % 2 == 0 ? "Сделано" : nil, by: viewer)
        case 16: try await room.confirm(number, rating: roll % 7, comment: nil, by: viewer)
        case 17: try await room.refuse(number, text: "Нет", by: viewer)
        case 18: try await room.reopen(number, text: nil, by: viewer)
        case 19: try await room.cancel(number, reason: "Передумал", by: viewer)
        case 20: try await room.closeUnanswered(number, by: viewer)
        default: try await room.watch(number, roll % 2 == 0 ? nil : somebody, by: viewer)
        }
    }

    /// Ten people at once on one request and on two nodes: nothing is lost, nothing is doubled.
    @Test(arguments: Engine.available)
    func manyAtOnceLoseNothing(on engine: Engine) async throws {
        try await Desk.with(engine) { desk in
            let number = try await desk.register("Общая")
            let staff = [Who.boris, .vera, .gleb, .gera, .dina]
            var viewers: [Viewer] = []
            for who in staff { viewers.append(try await desk.viewer(who)) }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for index in 0..<100 {
                    let viewer = viewers[index % viewers.count]
                    group.addTask {
                        if index % 4 == 0 {
                            try await desk.requests.addTime(number, Minutes(3), reason: nil, by: viewer)
                        } else {
                            let draft = Draft(id: .new(), text: "Слово \(index)", isNote: index % 3 == 0)
                            try await desk.requests.write(draft, in: number, by: viewer)
                        }
                    }
                }
                try await group.waitForAll()
            }
            #expect(try await desk.request(number).fact == Minutes(75))
            #expect(Set(try await desk.messages(number)).count == 76)
            try await desk.audit()
        }
    }
}
