import HTTPTypes
import Kernel
import Lines
import Storage
import TestOffice
import Testing
import TextSearch

@testable import Requests

@Suite struct SearchTests {
    @Test(arguments: Engine.available)
    func formsOfAWordFindOneAnother(on engine: Engine) async throws {
        try await Desk.with(engine) { desk in
            let printer = try await desk.register("Не печатает принтер в 214 кабинете")
            let printing = try await desk.register("The plotter stopped printing drawings")
            let tree = try await desk.register("Поставьте ёлку в холле")
            _ = try await desk.register("Нет связи")
            for form in ["принтер", "Принтеры", "принтером", "ПРИНТЕРАМИ", "печатать принтеры"] {
                #expect(try await desk.found(form, .anna) == [printer], "\(form)")
            }
            for form in ["print", "printed", "PRINTING", "drawing printed"] {
                #expect(try await desk.found(form, .anna) == [printing], "\(form)")
            }
            for form in ["елка", "ёлки", "ЁЛКУ", "елкой"] {
                #expect(try await desk.found(form, .boris) == [tree], "\(form)")
            }
            #expect(try await desk.found("принтер холл", .anna) == [], "all words are meant")
        }
    }

    @Test(arguments: [
        ("печать", "печати"), ("память", "памяти"), ("кровать", "кровати"), ("сеть", "сети"), ("почта", "почты"),
        ("дверь", "двери"), ("запись", "записи"), ("очередь", "очереди"), ("скорость", "скорости"),
        ("печать", "печатью"),
    ])
    func formsOfANounMeet(_ one: String, _ other: String) {
        let first = Words.alternatives(of: one)[0], second = Words.alternatives(of: other)[0]
        #expect(!Set(first).isDisjoint(with: second), "\(first) \(second)")
    }

    @Test(arguments: [
        ("печать", "печень"), ("запись", "записка"), ("сеть", "сетка"), ("дверь", "двор"), ("память", "памятник"),
    ])
    func otherWordsStayApart(_ one: String, _ other: String) {
        #expect(Set(Words.alternatives(of: one)[0]).isDisjoint(with: Words.alternatives(of: other)[0]))
    }

    @Test(arguments: Engine.available)
    func aNounOnSoftSignIsFoundByItsForms(on engine: Engine) async throws {
        try await Desk.with(engine) { desk in
            let one = try await desk.register("Поставьте печать на договор"),
                two = try await desk.register("Нет печати на акте")
            for text in ["печать", "печати", "печать на", "печати на"] {
                #expect(try await desk.found(text, .anna) == [two, one], "\(text)")
            }
        }
    }

    @Test(arguments: Engine.available)
    func whoObservesFindsByOpenWordsWhileObserving(on engine: Engine) async throws {
        try await Desk.with(engine) { desk in
            let number = try await desk.register("Сломался плоттер")
            try await desk.write("Виноват картридж", in: number, as: .boris, note: true)
            #expect(try await desk.found("плоттер", .egor) == [])
            let egor = try await desk.viewer(.egor), boris = try await desk.viewer(.boris)
            try await desk.requests.watch(number, egor.person, by: boris)
            #expect(try await desk.found("плоттер", .egor) == [number])
            #expect(try await desk.found("картридж", .egor) == [], "a note is for staff")
            try await desk.requests.take(number, by: boris)
            #expect(try await desk.found("плоттер", .egor) == [number], "another change of the scope keeps it")
            try await desk.requests.unwatch(number, egor.person, by: boris)
            #expect(try await desk.found("плоттер", .egor) == [])
        }
    }

    @Test(arguments: Engine.available)
    func theLastWordIsABeginning(on engine: Engine) async throws {
        try await Desk.with(engine) { desk in
            let number = try await desk.register("Не работает видеоконференция")
            for text in ["видео", "видеок", "видеоконфер", "работает видео", "вид"] {
                #expect(try await desk.found(text, .anna) == [number], "\(text)")
            }
            #expect(try await desk.found("видео работает", .anna) == [], "only the last one")
        }
    }

    @Test(arguments: Engine.available)
    func byNumberByFileByPerson(on engine: Engine) async throws {
        try await Desk.with(engine) { desk in
            let file = try await desk.upload("Смета_филиала 2026.xlsx", Array("x".utf8))
            let number = try await desk.register("Проверьте, пожалуйста") { $0.uploads = [file] }
            let other = try await desk.register("Вторая", as: .egor)
            for text in ["\(number)", "№ \(number)", "#\(number)"] {
                #expect(try await desk.found(text, .boris).first == number, "\(text)")
            }
            #expect(try await desk.found("\(number)", .egor) == [], "a number of somebody else finds nothing")
            #expect(try await desk.found("99999", .dina) == [])
            for text in ["смета", "филиал", "xlsx", "смета 2026"] {
                #expect(try await desk.found(text, .anna) == [number], "\(text)")
            }
            #expect(try await desk.found("белова", .boris) == [number])
            #expect(try await desk.found("сомов егор", .boris) == [other])
            let boris = try await desk.viewer(.boris)
            try await desk.requests.take(number, by: boris)
            #expect(try await desk.found("громов", .vera) == [number], "and by who works on it")
            let later = try await desk.upload("Акт-сверки.pdf", Array("y".utf8), as: .boris)
            try await desk.write("Вот", in: other, as: .boris, uploads: [later])
            #expect(try await desk.found("сверка", .egor) == [other])
        }
    }

    @Test(arguments: Engine.available)
    func onlyWhatOneMaySeeIsFound(on engine: Engine) async throws {
        try await Desk.with(engine) { desk in
            let annas = try await desk.register("Сломался принтер")
            let egors = try await desk.register("Тоже принтер", as: .egor)
            let hr = try await desk.register("Справка про принтер", as: .egor, line: desk.personnel)
            _ = try await desk.register("Чужой принтер", as: .oleg, line: desk.foreignLine)
            try await desk.write("Виноват картридж", in: annas, as: .boris, note: true)
            let expected: [(Who, [Int64])] = [
                (.anna, [annas]), (.egor, [hr, egors]), (.boris, [egors, annas]), (.vera, [egors, annas]),
                (.lev, [egors, annas]),
                (.zoya, [hr]), (.roman, []), (.gleb, [hr, egors, annas]), (.gera, [egors, annas]), (.galina, [annas]),
                (.dina, [hr, egors, annas]), (.oleg, [1]), (.olga, [1]),
            ]
            for (who, numbers) in expected { #expect(try await desk.found("принтер", who) == numbers, "\(who)") }
            for (who, sees) in [
                (Who.anna, false), (.egor, false), (.boris, true), (.lev, true), (.galina, true), (.dina, true),
                (.zoya, false),
                (.olga, false),
            ] {
                #expect(try await desk.found("картридж", who) == (sees ? [annas] : []), "\(who)")
            }
            let page = try await desk.ask(.get, "/search", [("text", "картридж")], as: .boris)
            #expect(page.text.contains("<mark>картридж</mark>"))
            // Words of a note of somebody else's request do not shine through a client's own hit.
            let own = try await desk.ask(.get, "/search", [("text", "принтер")], as: .anna)
            #expect(own.text.contains("<mark>принтер</mark>") && !own.text.contains("картридж"))
        }
    }

    @Test(arguments: Engine.available)
    func aTransferMovesItToTheOtherLinesEyes(on engine: Engine) async throws {
        try await Desk.with(engine) { desk in
            let number = try await desk.register("Нужен пропуск")
            let boris = try await desk.viewer(.boris), zoya = try await desk.viewer(.zoya)
            try await desk.requests.take(number, by: boris)
            try await desk.requests.transfer(number, to: nil, line: desk.personnel, note: "Тайна передачи", by: boris)
            for (who, sees) in [
                (Who.boris, false), (.vera, false), (.lev, false), (.zoya, true), (.anna, true), (.gleb, true),
            ] {
                #expect(try await desk.found("пропуск", who) == (sees ? [number] : []), "\(who)")
            }
            #expect(try await desk.found("передачи", .zoya) == [number], "notes go with it")
            #expect(try await desk.found("передачи", .anna) == [])
            try await desk.requests.take(number, by: zoya)
            try await desk.lines.takeCompetence(on: desk.personnel, from: zoya.person, by: try await desk.viewer(.dina))
            #expect(try await desk.found("пропуск", .zoya) == [number], "in hand it stays found")
        }
    }

    @Test(arguments: Engine.available)
    func newestFirstAndByPages(on engine: Engine) async throws {
        try await Desk.with(engine) { desk in
            var numbers: [Int64] = []
            for index in 1...35 { numbers.append(try await desk.register("Принтер номер \(index)")) }
            let anna = try await desk.viewer(.anna)
            let first = try await desk.database.read { tx in try Searching.find("принтер", for: anna, before: nil, tx) }
            #expect(first.requests.map(\.number) == numbers.suffix(30).reversed() && first.hasMore)
            let rest = try await desk.database.read { tx in
                try Searching.find("принтер", for: anna, before: first.last, tx)
            }
            #expect(rest.requests.map(\.number) == numbers.prefix(5).reversed() && !rest.hasMore)
            let page = try await desk.ask(.get, "/search", [("text", "принтер")])
            #expect(page.text.contains("before=\(first.last!)"))
        }
    }

    /// What a search box is given in anger.
    @Test(arguments: Engine.available)
    func oddTextFindsNothingAndBreaksNothing(on engine: Engine) async throws {
        try await Desk.with(engine) { desk in
            _ = try await desk.register("Не печатает")
            for text in [
                "\"", "'", "' OR 1=1 --", "печатает\" OR \"", "NEAR(", "*", "&|!", ":*", "{open} : x", "()", "\\",
                "- -", "😀", "%", "<b>",
                String(repeating: "слово ", count: 30), "0", "-5", "99999999999999999999",
            ] {
                let answer = try await desk.ask(.get, "/search", [("text", text)], as: .boris)
                #expect(answer.status == 200, "\(text)")
            }
            #expect(try await desk.ask(.get, "/search").status == 200)
            #expect(try await desk.ask(.get, "/search", [("text", String(repeating: "я", count: 300))]).status == 422)
        }
    }

    @Test(arguments: Engine.available)
    func whatOneWroteBeforeIsShownWhileOneWritesAgain(on engine: Engine) async throws {
        try await Desk.with(engine) { desk in
            let printer = try await desk.register("Не печатает принтер в кабинете 412")
            _ = try await desk.register("Нужен доступ к папке бухгалтерии")
            _ = try await desk.register("Не печатает принтер у соседа", as: .egor)
            func similar(_ text: String, as who: Who = .anna) async throws -> [String] {
                let answer = try await desk.ask(.get, "/requests/similar", [("text", text)], as: who, htmx: true)
                #expect(answer.status == 200)
                return answer.text.matches(of: /href="(\/requests\/\d+)"/).map { String($0.1) }
            }
            #expect(try await similar("опять принтер не печатает") == ["/requests/\(printer)"])
            #expect(try await similar("принтеры печатают плохо").contains("/requests/\(printer)"))
            #expect(try await similar("принтер").isEmpty, "one word says too little")
            #expect(try await similar("принтер печатает", as: .boris).isEmpty, "only own ones")
            #expect(try await similar("принтер печатает", as: .olga).isEmpty)
            #expect(try await similar("\" OR * ' ( -").isEmpty)
        }
    }

    @Test(
        arguments: [
            ("Не печатает принтер", ["принтер"], "Не печатает <mark>принтер</mark>"),
            ("Принтеры стоят", ["принтером"], "<mark>Принтеры</mark> стоят"),
            ("<b>принтер</b> & бумага", ["принтер"], "&lt;b&gt;<mark>принтер</mark>&lt;/b&gt; &amp; бумага"),
            ("Нет связи", ["принтер"], nil),
        ] as [(String, [String], String?)])
    func aPassageIsMarkedAndSafe(_ text: String, _ words: [String], _ html: String?) {
        let stems = words.map(Words.stem)
        #expect(Searching.passage(text, stems: Set(stems.dropLast()), beginning: stems.last!) == html)
    }

    @Test func aLongTextIsCutAroundTheWord() throws {
        let text = String(repeating: "много слов ", count: 40) + "принтер" + String(repeating: " и ещё", count: 60)
        let passage = try #require(Searching.passage(text, stems: [], beginning: Words.stem("принтер")))
        #expect(passage.hasPrefix("…") && passage.hasSuffix("…") && passage.contains("<mark>принтер</mark>"))
        #expect(passage.count < 200)
    }
}
