import EventLog
import HTTPTypes
import Kernel
import Storage
import TestOffice
import Testing

@testable import Requests

@Suite struct ConversationTests {
    @Test(arguments: Engine.available)
    func theFirstSpecialistWhoAnswersTakes(on engine: Engine) async throws {
        try await Desk.with(engine) { desk in
            let number = try await desk.register("Не печатает")
            try await desk.write("Уже смотрю", in: number, as: .boris)
            var request = try await desk.request(number)
            #expect(request.assignee == desk.id(.boris) && request.state == .working)
            #expect(request.firstAnswer == desk.clock.now && request.lastReplyBy == desk.id(.boris))
            #expect(try await desk.events(number) == ["registered", "taken", "replied"])
            try await desk.write("Помогу", in: number, as: .vera)
            try await desk.write("Спасибо", in: number, as: .anna)
            request = try await desk.request(number)
            #expect(request.assignee == desk.id(.boris), "a second one only helps")
            #expect(request.firstAnswer == request.registered + Minutes(1))
            try await desk.audit()

            let led = try await desk.register("Ещё одна")
            try await desk.write("Поручу кому-нибудь", in: led, as: .gleb)
            #expect(try await desk.request(led).assignee == nil, "who only leads does not take")
            #expect(try await desk.request(led).firstAnswer != nil)
            let noted = try await desk.register("И ещё")
            try await desk.write("Похоже на картридж", in: noted, as: .boris, note: true)
            #expect(try await desk.request(noted).assignee == nil, "a note is no answer")
            #expect(try await desk.request(noted).firstAnswer == nil)
            try await desk.audit()
        }
    }

    @Test(arguments: Engine.available)
    func theClientsWordEndsWaitingAndShiftsTheDeadline(on engine: Engine) async throws {
        try await Desk.with(engine) { desk in
            let number = try await desk.register("Не печатает")  // 10:01, due at 14:01
            try await desk.requests.take(number, by: try await desk.viewer(.boris))
            let due = try await desk.request(number).deadline!
            desk.clock.pass(.hours(1))
            try await desk.requests.wait(number, by: try await desk.viewer(.boris))
            #expect(try await desk.request(number).state == .waiting)
            #expect(try await desk.request(number).pausedLeft == .hours(3))
            try await desk.write("Жду кабинет", in: number, as: .boris)
            #expect(try await desk.request(number).state == .waiting, "the specialist's own word does not")
            desk.clock.pass(.days(1))
            try await desk.write("Кабинет 214", in: number, as: .anna)
            let request = try await desk.request(number)
            #expect(request.state == .working && request.pausedLeft == nil && request.assignee == desk.id(.boris))
            #expect(request.deadline == due + .days(1) + Minutes(2))
            #expect(
                try await desk.events(number) == [
                    "registered", "taken", "waiting", "replied", "proceeded", "deadline-changed", "replied",
                ])
            #expect(try await desk.log(number)[5].data["why"] == "pause")
            try await desk.audit()
        }
    }

    @Test(arguments: Engine.available)
    func aMessageSentTwiceIsKeptOnce(on engine: Engine) async throws {
        try await Desk.with(engine) { desk in
            let number = try await desk.register("Не печатает"), other = try await desk.register("Другая")
            let draft = Draft(id: .new(), text: "Добавлю: кабинет 214")
            let anna = try await desk.viewer(.anna), egor = try await desk.viewer(.boris)
            let (first, second) = desk.bothNodes
            async let one: Void = first.write(draft, in: number, by: anna)
            async let two: Void = second.write(draft, in: number, by: anna)
            _ = try await (one, two)
            #expect(try await desk.messages(number).count == 2)
            await #expect(throws: RequestError.notFound) { try await first.write(draft, in: other, by: anna) }
            await #expect(throws: RequestError.notFound) { try await first.write(draft, in: number, by: egor) }
            await #expect(throws: RequestError.nothingWritten) {
                try await first.write(Draft(id: .new(), text: ""), in: number, by: anna)
            }
            try await desk.audit()
        }
    }

    /// Page, fragment, card, history, search, files: nothing of a note comes out.
    @Test(arguments: Engine.available)
    func aClientSeesNothingOfANoteAnywhere(on engine: Engine) async throws {
        try await Desk.with(engine) { desk in
            let number = try await desk.register("Не печатает")
            let secret = try await desk.upload("тайный-акт.txt", Array("цианистый".utf8), as: .boris)
            try await desk.requests.watch(number, desk.id(.egor), by: try await desk.viewer(.boris))
            try await desk.write("Клиент сам виноват: цианистый", in: number, as: .boris, note: true, uploads: [secret])
            try await desk.write("Сделаем", in: number, as: .boris)
            try await desk.requests.addTime(number, Minutes(12), reason: "Пили кофе", by: try await desk.viewer(.boris))
            for who in [Who.anna, .egor] {
                for path in ["", "/messages", "/card", "/head", "/acts", "/brief", "/history", "/rating"] {
                    let answer = try await desk.ask(.get, "/requests/\(number)\(path)", as: who)
                    #expect(answer.status == 200, "\(path)")
                    for word in ["цианистый", "виноват", "тайный", "кофе", "class=\"note\" data-id", secret.text] {
                        #expect(!answer.text.contains(word), "\(word) in \(path) for \(who)")
                    }
                }
                let search = try await desk.ask(.get, "/search", [("text", "цианистый")], as: who)
                #expect(search.status == 200 && !search.text.contains("/requests/\(number)"))
                #expect(try await desk.found("тайный", who) == [])
                #expect(try await desk.ask(.get, "/requests/\(number)/context", as: who).status == 404)
                #expect(try await desk.ask(.get, "/requests/\(number)/files/\(secret)", as: who).status == 404)
                #expect(try await desk.ask(.get, "/requests/\(number)/files/\(secret)/preview", as: who).status == 404)
            }
            #expect(try await desk.ask(.get, "/requests/\(number)", as: .vera).text.contains("цианистый"))
            #expect(try await desk.ask(.get, "/requests/\(number)/files/\(secret)", as: .vera).text == "цианистый")
            // A client's attempt at a note is refused, not turned into a reply.
            let note = [("id", MessageID.new().text), ("text", "хитрость"), ("kind", "note")]
            #expect(try await desk.ask(.post, "/requests/\(number)/messages", note).status == 403)
            #expect(try await desk.messages(number).contains("хитрость") == false)
        }
    }

    @Test(arguments: Engine.available)
    func aMarkOfReadingNeverGoesBack(on engine: Engine) async throws {
        try await Desk.with(engine) { desk in
            let number = try await desk.register("Не печатает")
            try await desk.write("Смотрю", in: number, as: .boris)
            let id = try await desk.request(number).id, last = try await desk.request(number).lastNumber
            let anna = try await desk.viewer(.anna), boris = try await desk.viewer(.boris)
            func read(_ viewer: Viewer) async throws -> Int64 {
                try await desk.database.read { tx in try Requests.readHere(id, by: viewer, tx) }
            }
            try await desk.requests.read(number, upTo: last + 1000, by: anna)
            #expect(try await read(anna) == last, "not beyond what there is")
            try await desk.requests.read(number, upTo: 1, by: anna)
            #expect(try await read(anna) == last)
            #expect(try await read(boris) == 0)
            #expect(
                try await desk.database.read { tx in try Requests.readByOthers(id, besidesClient: false, tx) } == last)
            #expect(try await desk.database.read { tx in try Requests.readByOthers(id, besidesClient: true, tx) } == 0)
            #expect(
                try await desk.ask(.get, "/requests/\(number)/messages", as: .boris).text.contains(
                    "data-read-up-to=\"\(last)\""))
            let egor = try await desk.viewer(.egor)
            await #expect(throws: RequestError.notFound) { try await desk.requests.read(number, upTo: 1, by: egor) }
        }
    }
}
