import EventLog
import HTTPTypes
import Kernel
import Storage
import Testing

@testable import Lines

@Suite struct ConditionPageTests {
    static let usual: [(String, String)] = [
        ("_method", "PUT"), ("way_write", "all"), ("way_call", "all"), ("way_screen", "all"), ("way_control", "nobody"),
        ("greeting", "Здравствуйте!"), ("closers", "assignee"), ("close_after", "5"), ("most_files", "3"),
    ]

    @Test(arguments: Backend.available)
    func conditionsAreSetAndExplained(on backend: Backend) async throws {
        try await Desk.with(backend) { desk in
            let id = try await desk.room.createLine(LineDetails(clientName: "Учёт"), by: desk.chief)
            let path = "/lines/\(id)/conditions"
            let empty = try await desk.ask(.get, path)
            #expect(empty.status == 200)
            #expect(empty.text.contains("Писать могут все"))
            #expect(try await desk.ask(.post, path, Self.usual).status == 303)
            let kept = try await desk.database.read { tx in try Lines.conditions(of: id, tx) }
            #expect(kept.greeting == "Здравствуйте!")
            #expect(kept.closeAfter == 5)
            #expect(!kept.needsRating)
            #expect(kept.openness(.control) == .nobody)
            let page = try await desk.ask(.get, path)
            for words in [
                "Если клиент молчит 5 рабочих дней", "Передавать управление компьютером нельзя", "не больше 3 файлов",
            ] {
                #expect(page.text.replacing("\u{A0}", with: " ").contains(words), "\(words)")
            }
            #expect(try await desk.ask(.get, path, language: "en").text.contains("silent for 5 working days"))
            let told = try await desk.events(about: id)
            #expect(Set(told) == [.lineMade, .conditionsChanged])
            #expect(try await desk.ask(.post, path, Self.usual).status == 303)
            #expect(try await desk.events(about: id) == told, "the same again is no change")
            for (change, words) in [
                (("close_after", "0"), "aria-invalid"), (("closers", "кто-нибудь"), "aria-invalid"),
                (("way_call", "chosen"), "field__error"), (("largest_file", "сто"), "aria-invalid"),
            ] {
                let refused = try await desk.ask(.post, path, Self.usual.filter { $0.0 != change.0 } + [change])
                #expect(refused.status == 422, "\(change)")
                #expect(refused.text.contains(words), "\(change)")
                #expect(refused.text.contains("Здравствуйте!"), "what was written is kept")
            }
            let foreign =
                Self.usual.filter { $0.0 != "way_call" } + [
                    ("way_call", "chosen"), ("units_call", desk.foreignUnit.text),
                ]
            #expect(try await desk.ask(.post, path, foreign).status == 422)
            for who in ["anna", "manager", "foreigner"] {
                #expect(try await desk.ask(.get, path, as: who).status == 404)
                #expect(try await desk.ask(.post, path, Self.usual, as: who).status == 404)
            }
        }
    }

    @Test(arguments: Backend.available)
    func fieldsAndStatesAreAddedAndTakenAway(on backend: Backend) async throws {
        try await Desk.with(backend) { desk in
            let id = try await desk.room.createLine(LineDetails(clientName: "Учёт"), by: desk.chief)
            let fields = "/lines/\(id)/fields", states = "/lines/\(id)/states"
            #expect(
                try await desk.ask(
                    .post, fields,
                    [("field_name", "База"), ("kind", "choice"), ("choices", "УТ\nЗУП"), ("asks", "yes")]
                ).status == 303)
            for (form, words) in [
                ([("field_name", "база"), ("kind", "text")], "Такое название уже есть"),
                ([("field_name", ""), ("kind", "text")], "aria-invalid"),
                ([("field_name", "Ещё"), ("kind", "choice"), ("choices", "один")], "от двух до пятидесяти"),
                ([("field_name", "Ещё"), ("kind", "text"), ("field_topic", desk.foreignTopic.text)], "aria-invalid"),
            ] {
                let refused = try await desk.ask(.post, fields, form)
                #expect(refused.status == 422, "\(form)")
                #expect(refused.text.contains(words), "\(form)")
            }
            #expect(
                try await desk.ask(.post, states, [("state_name", "Ждём бухгалтера"), ("state", "waiting")]).status
                    == 303)
            #expect(try await desk.ask(.post, states, [("state_name", "Странно"), ("state", "closed")]).status == 422)
            let page = try await desk.ask(.get, "/lines/\(id)/conditions")
            #expect(page.text.contains("УТ, ЗУП"))
            #expect(page.text.contains("Ждём бухгалтера"))
            let (field, state) = try await desk.database.read { tx in
                (try Lines.fields(of: id, tx)[0].id, try Lines.ownStates(in: desk.chief.organisation, tx)[0].id)
            }
            #expect(
                try await desk.ask(.post, "\(fields)/\(field)", [("_method", "DELETE")], as: "foreigner").status == 404)
            #expect(try await desk.ask(.post, "\(fields)/\(field)", [("_method", "DELETE")]).status == 303)
            #expect(try await desk.ask(.post, "\(fields)/\(field)", [("_method", "DELETE")]).status == 404)
            #expect(try await desk.ask(.post, "\(states)/\(state)", [("_method", "DELETE")]).status == 303)
            #expect(try await desk.database.read { tx in try Lines.ownStates(in: desk.chief.organisation, tx) }.isEmpty)
        }
    }
}
