import EventLog
import HTTPTypes
import Kernel
import TestOffice
import Testing

@testable import Requests

/// The main job from the first word to the rating, by the door, on both databases.
@Suite struct MainJobTests {
    @Test(arguments: Engine.available)
    func aRequestGoesFromTheFirstWordToTheRating(on engine: Engine) async throws {
        try await Office.with(engine) { office in
            let line = office.line.text
            let answer = try await office.check(
                as: .anna, .post, "/requests",
                form: [("id", MessageID.new().text), ("line", line), ("text", "Принтер печатает полосами")],
                status: 303, events: [.registered])
            let path = try #require(answer.location)
            try await office.check(as: .anna, .get, path, status: 200, shows: ["Принтер печатает полосами"])
            try await office.check(
                as: .boris, .get, "/requests?view=free", status: 200, shows: ["Принтер печатает полосами"])
            try await office.check(as: .boris, .post, path + "/assignment", status: 303, events: [.taken])
            try await office.check(
                as: .boris, .post, path + "/messages",
                form: [("id", MessageID.new().text), ("text", "Уже иду, меняем картридж")],
                status: 303, events: [.replied])
            try await office.check(
                as: .boris, .post, path + "/messages",
                form: [("id", MessageID.new().text), ("text", "Картридж последний"), ("kind", "note")], status: 303,
                events: [.noted])
            try await office.check(
                as: .anna, .get, path, status: 200, shows: ["меняем картридж"], hides: ["Картридж последний"])
            try await office.check(
                as: .boris, .post, path + "/solution", form: [("text", "Заменили картридж")], status: 303,
                events: [.replied, .solved])
            try await office.check(
                as: .anna, .post, path + "/rating", form: [("rating", "5"), ("comment", "Быстро")], status: 303,
                events: [.confirmed])
            try await office.check(as: .boris, .post, path + "/assignment", status: 409, events: [])
            try await office.check(as: .anna, .get, path, status: 200, shows: ["Заменили картридж"])
        }
    }

    @Test(arguments: Engine.available)
    func aMessageSentTwiceIsKeptOnce(on engine: Engine) async throws {
        try await Office.with(engine) { office in
            let form = [("id", MessageID.new().text), ("text", "Так и не пришла")]
            let path = "/requests/\(office.number)/messages"
            try await office.check(as: .anna, .post, path, form: form, status: 303, events: [.replied])
            try await office.check(as: .anna, .post, path, form: form, status: 303, events: [])
        }
    }

    @Test(arguments: Engine.available)
    func strangersAreSentToSignInAndForeignFormsAreRefused(on engine: Engine) async throws {
        try await Office.with(engine) { office in
            let path = "/requests/\(office.number)"
            let answer = try await office.check(as: nil, .get, path, status: 303)
            #expect(answer.location?.hasPrefix("/sign-in?next=") == true)
            try await office.check(
                as: .anna, .post, path + "/messages", form: [("id", MessageID.new().text), ("text", "x")],
                headers: [.init("X-CSRF")!: "wrong"], status: 403, events: [])
            try await office.check(
                as: .anna, .post, path + "/messages", form: [("id", MessageID.new().text), ("text", "x")],
                headers: [.origin: "https://evil.example"], status: 403, events: [])
        }
    }

    @Test(arguments: Engine.available)
    func healthTellsThatTheDatabaseReadsAndWrites(on engine: Engine) async throws {
        try await Office.with(engine) { office in
            try await office.check(as: nil, .get, "/health", status: 200, shows: [#""status":"ok""#, #""write":true"#])
        }
    }

    @Test(arguments: Engine.available)
    func anUnknownAddressHasOurOwnPage(on engine: Engine) async throws {
        try await Office.with(engine) { office in
            try await office.check(as: .anna, .get, "/no/such/page", status: 404, shows: ["<html", "Окно"])
        }
    }
}
