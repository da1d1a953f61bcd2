import EventLog
import HTTPTypes
import Kernel
import Storage
import TestOffice
import Testing

@testable import Requests

@Suite struct ClosingTests {
    @Test(arguments: Engine.available)
    func fromTheFirstWordToTheRating(on engine: Engine) async throws {
        try await Desk.with(engine) { desk in
            let number = try await desk.register("Не печатает")
            let anna = try await desk.viewer(.anna), boris = try await desk.viewer(.boris)
            desk.clock.pass(Minutes(10))
            try await desk.requests.solve(number, answer: "Заменил картридж", by: boris)
            var request = try await desk.request(number)
            #expect(request.state == .solved && request.progress == 100 && request.solved == desk.clock.now)
            #expect(request.assignee == boris.person && request.firstAnswer == desk.clock.now && request.ended == nil)
            #expect(try await desk.events(number) == ["registered", "taken", "replied", "solved"])
            for rating in [0, 6, -1] {
                await #expect(throws: RequestError.ratingFirst) {
                    try await desk.requests.confirm(number, rating: rating, comment: nil, by: anna)
                }
            }
            await #expect(throws: RequestError.notAllowed) {
                try await desk.requests.confirm(number, rating: 5, comment: nil, by: boris)
            }
            desk.clock.pass(Minutes(5))
            try await desk.requests.confirm(number, rating: 4, comment: "Долго искали", by: anna)
            request = try await desk.request(number)
            #expect(request.state == .closed && request.rating == 4 && request.ratingComment == "Долго искали")
            #expect(request.ended == desk.clock.now && !request.closedUnanswered)
            #expect(try await desk.log(number).last?.data["rating"] == "4")
            await #expect(throws: RequestError.wrongState) {
                try await desk.requests.confirm(number, rating: 1, comment: nil, by: anna)
            }
            await #expect(throws: RequestError.wrongState) { try await desk.requests.take(number, by: boris) }
            let card = try await desk.ask(.get, "/requests/\(number)/card")
            #expect(card.text.contains("Долго искали") && card.text.contains("4 — хорошо"))
            let finished = try await desk.ask(.get, "/", [("tab", "finished")])
            #expect(finished.text.contains("/requests/\(number)"))
            try await desk.audit()
        }
    }

    @Test(arguments: Engine.available)
    func aSolutionIsRefusedWithWords(on engine: Engine) async throws {
        try await Desk.with(engine) { desk in
            let number = try await desk.register("Не печатает")
            let anna = try await desk.viewer(.anna), boris = try await desk.viewer(.boris)
            try await desk.requests.solve(number, answer: nil, by: boris)
            #expect(try await desk.request(number).firstAnswer != nil, "a solution is an answer")
            await #expect(throws: RequestError.notAllowed) {
                try await desk.requests.refuse(number, text: "Нет", by: boris)
            }
            #expect(try await desk.ask(.post, "/requests/\(number)/refusal", [("text", " ")]).status == 422)
            desk.clock.pass(Minutes(30))
            try await desk.requests.refuse(number, text: "Печатает полосами", by: anna)
            let request = try await desk.request(number)
            #expect(request.state == .working && request.assignee == boris.person && request.solved == nil)
            #expect(request.progress == 90 && request.rating == nil && request.lastReplyBy == anna.person)
            #expect(try await desk.events(number) == ["registered", "taken", "solved", "refused", "replied"])
            #expect(try await desk.messages(number).last == "Печатает полосами")
            try await desk.audit()
        }
    }

    @Test(arguments: Engine.available)
    func whatWasClosedComesBackWithEverythingKept(on engine: Engine) async throws {
        try await Desk.with(engine) { desk in
            let number = try await desk.register("Не печатает")
            let anna = try await desk.viewer(.anna), boris = try await desk.viewer(.boris)
            try await desk.requests.solve(number, answer: nil, by: boris)
            await #expect(throws: RequestError.wrongState) {
                try await desk.requests.reopen(number, text: nil, by: anna)
            }
            try await desk.requests.confirm(number, rating: 5, comment: nil, by: anna)
            await #expect(throws: RequestError.wrongState) {
                try await desk.requests.write(.init(id: .new(), text: "А?"), in: number, by: anna)
            }
            desk.clock.pass(.days(3))
            try await desk.requests.reopen(number, text: "Опять", by: anna)
            var request = try await desk.request(number)
            #expect(request.state == .working && request.assignee == boris.person && request.ended == nil)
            #expect(request.rating == 5, "what was rated stays rated until the next time")
            #expect(try await desk.messages(number).last == "Опять")
            desk.clock.pass(Minutes(1))
            try await desk.requests.cancel(number, reason: "Купили новый", by: anna)
            request = try await desk.request(number)
            #expect(request.state == .cancelled && request.ended == desk.clock.now)
            #expect(try await desk.history(number, .boris).contains("Отменена: «Купили новый»"))
            await #expect(throws: RequestError.wrongState) {
                try await desk.requests.cancel(number, reason: nil, by: anna)
            }
            try await desk.requests.reopen(number, text: nil, by: boris)
            #expect(try await desk.request(number).state == .working)
            let free = try await desk.register("Ничья")
            try await desk.requests.cancel(free, reason: nil, by: anna)
            try await desk.requests.reopen(free, text: nil, by: anna)
            #expect(try await desk.request(free).state == .new)
            try await desk.audit()
        }
    }

    @Test(arguments: Engine.available)
    func closedWithoutTheClientsAnswerItSaysSo(on engine: Engine) async throws {
        try await Desk.with(engine) { desk in
            let number = try await desk.register("Не печатает")
            let anna = try await desk.viewer(.anna), boris = try await desk.viewer(.boris)
            await #expect(throws: RequestError.wrongState) {
                try await desk.requests.closeUnanswered(number, by: boris)
            }
            try await desk.requests.solve(number, answer: "Готово", by: boris)
            await #expect(throws: RequestError.notAllowed) { try await desk.requests.closeUnanswered(number, by: anna) }
            try await desk.requests.closeUnanswered(number, by: boris)
            let request = try await desk.request(number)
            #expect(request.state == .closed && request.closedUnanswered && request.rating == nil)
            #expect(try await desk.ask(.get, "/requests/\(number)").text.contains("Закрыта без вашего ответа"))
            try await desk.requests.reopen(number, text: "Я был в отпуске", by: anna)
            #expect(try await desk.request(number).closedUnanswered == false)
            // Nobody closes an own request unanswered.
            let own = try await desk.register("Мой монитор", as: .boris)
            try await desk.requests.solve(own, answer: "Сам починил", by: boris)
            await #expect(throws: RequestError.notAllowed) { try await desk.requests.closeUnanswered(own, by: boris) }
            try await desk.requests.confirm(own, rating: 5, comment: nil, by: boris)
            try await desk.audit()
        }
    }

    @Test(arguments: Engine.available)
    func whileTheClientIsWaitedForTheClockStands(on engine: Engine) async throws {
        try await Desk.with(engine) { desk in
            let boris = try await desk.viewer(.boris), gleb = try await desk.viewer(.gleb)
            let free = try await desk.register("Не печатает")  // 10:01
            try await desk.requests.wait(free, by: boris)
            #expect(try await desk.request(free).assignee == boris.person, "who waits takes")
            #expect(try await desk.events(free) == ["registered", "taken", "waiting"])
            await #expect(throws: RequestError.wrongState) { try await desk.requests.wait(free, by: boris) }
            desk.clock.pass(.hours(2))
            try await desk.requests.solve(free, answer: nil, by: boris)
            var request = try await desk.request(free)
            #expect(
                request.state == .solved && request.deadline == request.registered + .hours(6)
                    && request.pausedLeft == nil)

            let led = try await desk.register("Ещё")
            try await desk.requests.wait(led, by: gleb)
            #expect(try await desk.request(led).assignee == nil)
            desk.clock.pass(.hours(1))
            try await desk.requests.proceed(led, by: gleb)
            request = try await desk.request(led)
            #expect(request.state == .new && request.deadline == request.registered + .hours(5))

            // Late is late by as much after the pause as before it.
            let late = try await desk.register("И ещё", line: desk.personnel)
            let dina = try await desk.viewer(.dina)
            desk.clock.pass(.hours(3))
            try await desk.requests.wait(late, by: dina)
            #expect(try await desk.request(late).pausedLeft == Minutes(-120))
            desk.clock.pass(.days(2))
            try await desk.requests.proceed(late, by: dina)
            #expect(try await desk.request(late).deadline == desk.clock.now - .hours(2))

            // Cancelled while it stood, and taken up again.
            let cancelled = try await desk.register("Последняя", line: desk.personnel)
            try await desk.requests.wait(cancelled, by: dina)
            desk.clock.pass(.hours(5))
            try await desk.requests.cancel(cancelled, reason: nil, by: dina)
            request = try await desk.request(cancelled)
            #expect(request.deadline == request.registered + .hours(6) && request.pausedLeft == nil)
            try await desk.audit()
        }
    }
}
