import EventLog
import Kernel
import Lines
import People
import Requests
import Storage
import TestOffice
import Testing

@testable import Monitor
@testable import OknoApp

/// The board of a past moment is the board that was seen at that moment.
@Suite struct PastTests {
    @Test(arguments: Engine.available)
    func theBoardOfAMomentIsWhatWasSeenThen(on engine: Engine) async throws {
        try await Office.with(engine) { office in
            let second = try await office.secondLine(), dina = try await office.viewer(.dina)
            try await office.installation.lines.giveCompetence(on: second, to: office.id(.vera), .main, by: dina)
            var dice = Dice(state: 7), seen: [Board] = [], numbers = [office.number], done = 0
            for step in 1...160 {
                let pause = Int.random(in: 1...10, using: &dice) == 1 ? 600 : Int.random(in: 1...25, using: &dice)
                office.clock.pass(Minutes(pause))
                if await Self.act(step, &numbers, second, &dice, office) { done += 1 }
                // Whose work on a line has ended leaves it when the log is read, which a server does at once.
                try await office.settle()
                seen.append(try await office.board(.dina))
            }
            #expect(done > 60, "the dice let something happen")
            #expect(seen.contains { !$0.all.hung.isEmpty } && seen.contains { !$0.all.risks.isEmpty })
            #expect(seen.contains { !$0.all.rated.isEmpty } && seen.contains { $0.all.kept != nil })
            office.clock.pass(.days(3))
            try await office.settle()
            for board in seen {
                let later = try await office.board(.dina, at: board.at)
                #expect(later.all.open == board.all.open)
                #expect(later.all == board.all)
                #expect(later.lines == board.lines)
                #expect(later.people == board.people)
            }
            // What was before the first request, and before the organisation.
            let before = try await office.board(.dina, at: Instant(milliseconds: 1_600_000_000_000))
            #expect(before.lines.isEmpty && before.all == Facts())
        }
    }

    /// - Returns: whether the act was possible.
    private static func act(
        _ step: Int, _ numbers: inout [Int64], _ second: LineID, _ dice: inout Dice, _ office: Office
    ) async -> Bool {
        let roll = Int.random(in: 0..<100, using: &dice), number = numbers.randomElement(using: &dice)!
        let who = [Who.boris, .vera].randomElement(using: &dice)!, room = office.requests
        let line = Bool.random(using: &dice) ? office.line : second
        let state = ["on", "on", "busy", "break", "away"].randomElement(using: &dice)!
        do {
            let staff = try await office.viewer(who), client = try await office.viewer(.anna)
            let dina = try await office.viewer(.dina)
            switch roll {
            case ..<15: numbers.append(try await office.register("Заявка \(step)", on: line))
            case ..<30: try await room.take(number, by: staff)
            case ..<35: try await room.giveBack(number, by: staff)
            case ..<40: try await room.wait(number, by: staff)
            case ..<50: try await room.solve(number, answer: "Готово", by: staff)
            case ..<57: try await room.confirm(number, rating: 1 + step % 5, comment: nil, by: client)
            case ..<60: try await room.refuse(number, text: "Нет", by: client)
            case ..<63: try await room.reopen(number, text: nil, by: client)
            case ..<70:
                try await room.write(
                    Draft(id: .new(at: office.clock.now), text: "Слово \(step)"), in: number,
                    by: Bool.random(using: &dice) ? client : staff)
            case ..<73:
                try await room.write(
                    Draft(id: .new(at: office.clock.now), text: "Заметка", isNote: true), in: number, by: staff)
            case ..<77: try await room.changeLine(number, to: line, by: dina)
            case ..<81:
                try await room.setDeadline(
                    number, to: office.clock.now + Minutes(step % 90 + 10), by: dina)
            case ..<84: try await room.transfer(number, to: office.id(who), line: nil, note: nil, by: dina)
            case ..<86: try await room.closeUnanswered(number, by: staff)
            case ..<88: try await room.cancel(number, reason: nil, by: client)
            case ..<90: try await office.installation.lines.takeCompetence(on: line, from: office.id(who), by: dina)
            case ..<92:
                try await office.installation.lines.giveCompetence(on: line, to: office.id(who), .main, by: dina)
            default: try await office.stand(who, state)
            }
            return true
        } catch { return false }
    }
}
