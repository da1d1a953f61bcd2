import EventLog
import Kernel
import Lines
import OknoApp
import People
import Requests
import Storage
import TestOffice

extension Firm {
    /// Weeks of work in which people do anything in any order; what they may not do is refused and leaves nothing behind.
    /// - Parameter following: how often, of a hundred steps, the reader of facts comes by.
    func live(_ seed: UInt64, requests count: Int, steps: Int, following: Int = 0) async throws {
        var dice = Dice(state: seed), numbers: [Int64] = []
        let dina = try await viewer(.dina)
        for step in 0..<(count + steps) {
            clock.pass(Minutes(Int.random(in: 1...180, using: &dice)))
            if numbers.isEmpty || Int.random(in: 0..<(count + steps), using: &dice) < count {
                numbers.append(try await begin(&dice))
            } else {
                let number = numbers.randomElement(using: &dice)!
                let who = [Who.anna, .egor, .boris, .boris, .vera, .zoya, .gleb].randomElement(using: &dice)!
                let kind = Int.random(in: 0..<18, using: &dice), roll = Int.random(in: 0..<1000, using: &dice)
                do { try await act(kind, roll, number, by: try await viewer(who)) } catch is any RoomError {}
            }
            // People change departments; their earlier requests stay where they were.
            if step % 40 == 39 {
                let unit = [branch, department, nil].randomElement(using: &dice)!
                do {
                    try await office.installation.people.changeUnit(
                        of: id([.anna, .egor].randomElement(using: &dice)!), to: unit, by: dina)
                } catch is any RoomError {}
            }
            if Int.random(in: 0..<100, using: &dice) < following { try await follow() }
        }
    }

    private func begin(_ dice: inout Dice) async throws -> Int64 {
        let (line, topic): (LineID, TopicID?) = [
            (computers, nil), (computers, hardware), (computers, printers), (computers, mail), (personnel, leave),
            (personnel, nil),
        ].randomElement(using: &dice)!
        let client = [Who.anna, .egor, .galina].randomElement(using: &dice)!
        if Bool.random(using: &dice) {
            return try await register("Сам \(dice.state)", as: client, on: line, topic: topic)
        }
        return try await register(
            "Звонок \(dice.state)", as: line == computers ? .vera : .boris, on: line, topic: topic, for: client,
            origin: [.phone, .oral, .chat].randomElement(using: &dice)!,
            spent: [nil, 5, 20].randomElement(using: &dice)!)
    }

    private func act(_ kind: Int, _ roll: Int, _ number: Int64, by viewer: Viewer) async throws {
        let room = office.requests
        func draft(_ text: String, _ isNote: Bool = false) -> Draft {
            Draft(id: .new(at: clock.now), text: text, isNote: isNote)
        }
        switch kind {
        case 0, 1: try await room.write(draft("Слово \(roll)"), in: number, by: viewer)
        case 2: try await room.write(draft("Заметка \(roll)", true), in: number, by: viewer)
        case 3: try await room.take(number, by: viewer)
        case 4: try await room.giveBack(number, by: viewer)
        case 5:
            try await room.transfer(
                number, to: id([.boris, .vera, .zoya][roll % 3]), line: nil, note: nil, by: viewer)
        case 6: try await room.changeLine(number, to: [computers, personnel][roll % 2], by: viewer)
        case 7:
            try await room.setTopic(number, to: [hardware, printers, mail, leave, nil][roll % 5], by: viewer)
        case 8 where roll % 4 == 0:
            // What says that a deadline has passed is another part's matter; here it only has to be heard.
            let (id, north, now) = (try await request(number), north, clock.now)
            try await database.write(in: north) { tx in
                try EventLog.append(
                    EventKind("request.missed"), by: nil, at: now, request: id,
                    data: ["kind": roll % 8 == 0 ? "answer" : "solution"], in: tx)
            }
        case 8:
            try await room.setDeadline(
                number, to: roll % 3 == 0 ? nil : clock.now + Minutes(roll + 1), by: viewer)
        case 9: try await room.setPlan(number, to: roll % 4 == 0 ? nil : Minutes(roll % 300), by: viewer)
        case 10, 11: try await room.addTime(number, Minutes(roll % 90 - 15), reason: "Учёт", by: viewer)
        case 12: try await room.wait(number, by: viewer)
        case 13: try await room.proceed(number, by: viewer)
        case 14: try await room.solve(number, answer: roll % 2 == 0 ? "Сделано" : nil, by: viewer)
        case 15:
            try await room.confirm(
                number, rating: roll % 5 + 1, comment: roll % 2 == 0 ? "Комментарий \(roll)" : nil, by: viewer)
        case 16:
            if roll % 4 == 0 {
                try await room.cancel(number, reason: "Передумал", by: viewer)
            } else if roll % 2 == 0 {
                try await room.refuse(number, text: "Нет", by: viewer)
            } else {
                try await room.closeUnanswered(number, by: viewer)
            }
        default: try await room.reopen(number, text: nil, by: viewer)
        }
    }
}
