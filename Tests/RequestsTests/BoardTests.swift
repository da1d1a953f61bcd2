import Foundation
import HTTPTypes
import Kernel
import TestOffice
import Testing
import Web

@testable import EventLog
@testable import Requests

@Suite struct BoardMoveTests {
    private static let me = PersonID.new(), vera = PersonID.new(), stranger = PersonID.new()
    private static let topic = TopicID.new(), line = LineID.new()
    private static let place = BoardMove.Place(me: me, staff: [me, vera], topics: [topic], lines: [line])

    private static func request(_ state: Request.State, _ assignee: PersonID?) -> Request {
        var request = Sample.request(state)
        request.assignee = assignee
        return request
    }

    private static func standing(_ how: String, _ assignee: PersonID?) -> Standing {
        var standing = Standing()
        standing.isAssignee = assignee == me
        switch how {
        case "main": standing.level = .main
        case "observer": standing.level = .observer
        case "manager": standing.isManager = true
        default: break
        }
        return standing
    }

    @Test(arguments: [
        // from, whose, who looks, to, the act
        (Request.State.new, "", "main", "working", BoardMove.act("assignment", [:])),
        (.new, "", "manager", "working", .refused(.notAllowed)),
        (.new, "", "observer", "working", .refused(.notAllowed)),
        (.new, "", "main", "waiting", .form("wait", orElse: "waiting")),
        (.new, "", "main", "solved", .form("solve", orElse: nil)),
        (.new, "", "main", "new", .stays),
        (.working, "me", "main", "new", .act("assignment", [:], isUndoing: true)),
        (.working, "vera", "main", "new", .refused(.notAllowed)),
        (.working, "vera", "manager", "new", .act("assignment", [:], isUndoing: true)),
        (.working, "vera", "observer", "waiting", .refused(.notAllowed)),
        (.waiting, "me", "main", "working", .act("waiting", [:], isUndoing: true)),
        (.waiting, "", "main", "working", .act("assignment", [:])),
        (.waiting, "", "main", "new", .act("waiting", [:], isUndoing: true)),
        (.waiting, "me", "main", "new", .act("assignment", [:], isUndoing: true)),
        (.waiting, "me", "main", "solved", .form("solve", orElse: nil)),
        (.solved, "me", "main", "working", .form("reopen", orElse: nil)),
        (.solved, "vera", "observer", "working", .refused(.notAllowed)),
        (.solved, "", "main", "working", .refused(.nobody)),
        (.solved, "", "main", "new", .form("reopen", orElse: nil)),
        (.solved, "me", "main", "new", .refused(.solvedFirst)),
        (.solved, "me", "main", "waiting", .refused(.solvedFirst)),
        (.working, "me", "main", "closed", .refused(.notAllowed)),
        (.working, "me", "main", "nonsense", .refused(.notAllowed)),
    ])
    func aColumnOfStatesIsTheSameActAsOnThePage(
        from: Request.State, whose: String, who: String, to: String, expected: BoardMove
    ) {
        let assignee = whose == "me" ? Self.me : whose == "vera" ? Self.vera : nil
        let request = Self.request(from, assignee)
        #expect(BoardMove.decide(request, Self.standing(who, assignee), to: to, by: .state, Self.place) == expected)
    }

    @Test func columnsOfPeopleLinesTopicsAndPriorities() {
        let hers = Self.request(.working, Self.vera)
        let free = Self.request(.new, nil), mine = Self.request(.working, Self.me),
            done = Self.request(.solved, Self.me)
        func decide(_ request: Request, _ who: String, _ to: String, _ by: Grouping) -> BoardMove {
            BoardMove.decide(request, Self.standing(who, request.assignee), to: to, by: by, Self.place)
        }
        let transfer = BoardMove.act("transfer", ["to": "person", "person": Self.vera.text])
        #expect(decide(free, "main", Self.me.text, .assignee) == .act("assignment", [:]))
        #expect(decide(free, "main", Self.vera.text, .assignee) == transfer)
        #expect(decide(free, "manager", Self.vera.text, .assignee) == transfer)
        #expect(
            decide(free, "manager", Self.me.text, .assignee)
                == .act("transfer", ["to": "person", "person": Self.me.text]))
        #expect(decide(free, "main", Self.stranger.text, .assignee) == .refused(.otherLine))
        #expect(decide(free, "observer", Self.vera.text, .assignee) == .refused(.notAllowed))
        #expect(decide(free, "main", "nobody", .assignee) == .refused(.notAllowed))
        #expect(decide(mine, "main", "", .assignee) == .act("assignment", [:], isUndoing: true))
        #expect(decide(done, "main", Self.vera.text, .assignee) == .refused(.solvedFirst))
        #expect(decide(done, "main", "", .assignee) == .refused(.solvedFirst))
        #expect(decide(mine, "main", Self.line.text, .line) == .act("line", ["line": Self.line.text]))
        #expect(decide(mine, "main", LineID.new().text, .line) == .refused(.archived))
        #expect(decide(mine, "main", mine.line.text, .line) == .stays)
        #expect(decide(mine, "main", Self.topic.text, .topic) == .act("topic", ["topic": Self.topic.text]))
        #expect(decide(mine, "main", TopicID.new().text, .topic) == .refused(.otherTopic))
        #expect(decide(mine, "main", "", .topic) == .stays)
        #expect(decide(mine, "main", "urgent", .priority) == .act("priority", ["priority": "urgent"]))
        #expect(decide(hers, "observer", "urgent", .priority) == .refused(.notAllowed))
        #expect(decide(done, "main", "urgent", .priority) == .refused(.solvedFirst))
        #expect(decide(mine, "main", "enormous", .priority) == .refused(.notAllowed))
    }

    /// What the rule promises, the permission of the act keeps.
    @Test func noMoveIsOfferedThatThePermissionRefuses() {
        let acts: [String: RequestAct] = [
            "assignment": .take, "transfer": .transfer, "priority": .edit, "topic": .edit,
        ]
        for state in Request.State.allCases {
            for assignee in [nil, Self.me, Self.vera] {
                for who in ["main", "observer", "manager", "nobody"] {
                    let request = Self.request(state, assignee), standing = Self.standing(who, assignee)
                    for (by, keys) in [
                        (Grouping.state, Request.State.allCases.map(\.rawValue)),
                        (.assignee, ["", Self.me.text, Self.vera.text]), (.priority, Priority.allCases.map(\.rawValue)),
                    ] {
                        for key in keys {
                            guard
                                case .act(let path, _, let isUndoing) = BoardMove.decide(
                                    request, standing, to: key, by: by, Self.place)
                            else { continue }
                            let act: RequestAct =
                                isUndoing ? (path == "waiting" ? .proceed : .giveBack) : acts[path] ?? .wait
                            #expect(
                                Permission.may(act, state, standing, hasAssignee: assignee != nil),
                                "\(state) \(who) \(by) \(key)")
                        }
                    }
                }
            }
        }
    }
}

@Suite struct BoardTests {
    /// The ids in a column of the changes, in their order.
    private func column(_ key: String, _ answer: Answer) -> [String]? {
        guard let at = answer.text.range(of: "data-column=\"\(key)\" data-ids=\"") else { return nil }
        return answer.text[at.upperBound...].prefix { $0 != "\"" }.split(separator: " ").map(String.init)
    }

    @Test(arguments: Engine.available)
    func theBoardIsTheQueueInColumns(on engine: Engine) async throws {
        try await Desk.with(engine) { desk in
            let free = try await desk.register("Свободная"), taken = try await desk.register("Взятая")
            let personnel = try await desk.register("Кадровая", as: .egor, line: desk.personnel)
            try await desk.requests.take(taken, by: desk.viewer(.boris))
            let ids = [
                try await desk.request(free).id.text, try await desk.request(taken).id.text,
                try await desk.request(personnel).id.text,
            ]
            let page = try await desk.ask(.get, "/board", as: .boris)
            #expect(page.status == 200)
            for words in [
                "Свободная", "Взятая", "Новые", "В работе", "Ждут клиента", "Решены", "data-column=\"solved\"",
            ] {
                #expect(page.text.contains(words), "\(words)")
            }
            #expect(!page.text.contains("Кадровая"), "another line")
            var changes = try await desk.ask(.get, "/board/changes?view=all", as: .boris)
            #expect(column("new", changes) == [ids[0]] && column("working", changes) == [ids[1]])
            changes = try await desk.ask(.get, "/board/changes?view=all&by=assignee", as: .boris)
            #expect(column("", changes) == [ids[0]] && column(desk.id(.boris).text, changes) == [ids[1]])
            changes = try await desk.ask(.get, "/board/changes?view=all&by=line", as: .dina)
            #expect(
                column(desk.computers.text, changes)?.count == 2 && column(desk.personnel.text, changes) == [ids[2]])
            changes = try await desk.ask(.get, "/board/changes?view=mine", as: .boris)
            #expect(column("new", changes) == [] && column("working", changes) == [ids[1]])
            changes = try await desk.ask(.get, "/board/changes?view=all&priority=urgent&by=priority", as: .boris)
            #expect(column("urgent", changes) == [] && column("normal", changes) == nil, "the filter of the address")
            changes = try await desk.ask(
                .get, "/board/changes?view=all&line=\(desk.computers)&by=topic", as: .boris)
            #expect(column("", changes)?.count == 2 && column(desk.printers.text, changes) == [])
            #expect(try await desk.ask(.get, "/board?by=colour", as: .boris).status == 422)
            #expect(try await desk.ask(.get, "/board?line=x", as: .boris).status == 422)
        }
    }

    @Test(arguments: Engine.available)
    func nobodySeesMoreOnTheBoardThanInTheQueue(on engine: Engine) async throws {
        try await Desk.with(engine) { desk in
            let number = try await desk.register("Секретная поломка")
            for who in [Desk.Who.anna, .egor, .oleg] {
                for path in ["/board", "/board/changes", "/board/moves/\(number)?by=state&key=working"] {
                    #expect(try await desk.ask(.get, path, as: who).status == 404, "\(who) \(path)")
                }
            }
            #expect(try await desk.ask(.get, "/board", as: nil).status != 200)
            for who in [Desk.Who.zoya, .olga, .roman] {
                for by in ["state", "assignee", "line", "priority", "topic"] {
                    for path in ["/board", "/board/changes"] {
                        let answer = try await desk.ask(
                            .get, "\(path)?view=all&line=\(desk.computers)&by=\(by)", as: who)
                        #expect(!answer.text.contains("Секретная"), "\(who) \(path) \(by)")
                    }
                }
                #expect(try await desk.ask(.get, "/board/moves/\(number)?key=working", as: who).status == 404)
            }
            for who in [Desk.Who.boris, .vera, .lev, .gleb, .gera, .dina] {
                #expect(try await desk.ask(.get, "/board", as: who).text.contains("Секретная"), "\(who)")
            }
        }
    }

    @Test(arguments: Engine.available)
    func putIntoAColumnIsTheActOfThePage(on engine: Engine) async throws {
        try await Desk.with(engine) { desk in
            let number = try await desk.register("Не печатает")
            func moves(_ keys: [String], by: String = "state", as who: Desk.Who = .boris) async throws -> (
                version: Int, columns: [String: [String: Any]]
            ) {
                let keys = keys.map { "&key=\($0)" }.joined()
                let answer = try await desk.ask(.get, "/board/moves/\(number)?by=\(by)\(keys)", as: who)
                #expect(answer.status == 200)
                return (
                    answer.json["version"] as? Int ?? -1, answer.json["columns"] as? [String: [String: Any]] ?? [:]
                )
            }
            let first = try await moves(["new", "working", "waiting", "solved"])
            #expect(first.columns["new"]?["stays"] as? Bool == true)
            #expect(first.columns["solved"]?["form"] as? String == "solve")
            let path = try #require(first.columns["working"]?["path"] as? String)
            #expect(path == "/requests/\(number)/assignment")
            let put = try await desk.ask(
                .post, path, [("version", String(first.version))], as: .boris, htmx: true)
            #expect(put.status == 204 && !put.header("Okno-Undo").isEmpty, "the undo of everywhere")
            #expect(try await desk.request(number).assignee == desk.id(.boris))
            // Somebody else's card that has moved meanwhile comes back with words.
            let late = try await desk.ask(.post, path, [("version", String(first.version))], as: .vera, htmx: true)
            #expect(late.status == 409)
            // An observer of the line sees why not.
            let looking = try await moves(["new", "waiting"], as: .lev)
            #expect(looking.columns["new"]?["path"] == nil)
            #expect((looking.columns["new"]?["why"] as? String)?.hasPrefix("Это делает") == true)
            let people = try await moves([desk.id(.vera).text, desk.id(.zoya).text, ""], by: "assignee")
            #expect(people.columns[desk.id(.vera).text]?["path"] as? String == "/requests/\(number)/transfer")
            #expect(
                people.columns[desk.id(.zoya).text]?["why"] as? String == "Этот специалист не работает на линии заявки."
            )
            #expect((people.columns[""]?["fields"] as? [String: String])?["_method"] == "DELETE")
            let lines = try await moves([desk.personnel.text, desk.foreignLine.text], by: "line")
            #expect(
                lines.columns[desk.personnel.text]?["path"] != nil
                    && lines.columns[desk.foreignLine.text]?["why"] != nil)
            let topics = try await moves([desk.mail.text, desk.foreignTopic.text], by: "topic")
            #expect(
                topics.columns[desk.mail.text]?["path"] != nil && topics.columns[desk.foreignTopic.text]?["why"] != nil)
        }
    }

    @Test(arguments: Engine.available)
    func changesHoldOnlyTheCardsThatChangedAndTheOrderOfAll(on engine: Engine) async throws {
        try await Desk.with(engine) { desk in
            let one = try await desk.register("Первая"), two = try await desk.register("Вторая")
            let before = try await desk.office.newestEvent(in: desk.office.north)
            try await desk.requests.take(two, by: desk.viewer(.vera))
            let rung = desk.rung.take()
            #expect(rung.contains("line/\(desk.computers)"), "everybody who looks at the line hears of it")
            let news = try await desk.ask(.get, "/board/changes?view=all&after=\(before)", as: .boris)
            #expect(news.text.contains("Вторая") && !news.text.contains("Первая"))
            let first = try await desk.request(one).id.text, second = try await desk.request(two).id.text
            #expect(column("new", news) == [first] && column("working", news) == [second])
        }
    }

    @Test(arguments: Engine.available)
    func aColumnShowsItsFirstCardsAndThenMore(on engine: Engine) async throws {
        try await Desk.with(engine) { desk in
            for index in 1...(Board.columnSize + 3) { _ = try await desk.register("Заявка \(index)") }
            let page = try await desk.ask(.get, "/board", as: .boris)
            #expect(page.text.components(separatedBy: "class=\"board-card").count - 1 >= Board.columnSize)
            #expect(page.text.contains("Показать ещё 3 заявки"))
            #expect(page.text.contains("wide=new"))
            let wide = try await desk.ask(.get, "/board?view=all&wide=new", as: .boris)
            #expect(!wide.text.contains("Показать ещё") && wide.text.contains("Заявка \(Board.columnSize + 3)"))
        }
    }

    @Test(arguments: Engine.available)
    func aColumnsLimitWarnsAndHindersNobody(on engine: Engine) async throws {
        try await Desk.with(engine) { desk in
            for index in 1...3 { _ = try await desk.register("Заявка \(index)") }
            func limit(_ most: String, as who: Desk.Who) async throws -> Int {
                try await desk.ask(
                    .post, "/board/limits",
                    [("by", "state"), ("key", "new"), ("line", desk.computers.text), ("most", most)], as: who,
                    htmx: true
                ).status
            }
            for who in [Desk.Who.boris, .anna, .zoya, .olga, .galina] {
                #expect(try await limit("1", as: who) == 404, "\(who)")
            }
            #expect(try await limit("-1", as: .gera) == 422)
            #expect(try await limit("2", as: .gera) == 204)
            let board = "/board?view=all&line=\(desk.computers)"
            #expect(try await desk.ask(.get, board, as: .boris).text.contains("Больше, чем решено: 3 из 2"))
            #expect(try await !desk.ask(.get, "/board?view=all", as: .boris).text.contains("Больше, чем решено"))
            _ = try await desk.register("Четвёртая")
            #expect(try await desk.ask(.get, board, as: .boris).text.contains("4 из 2"))
            #expect(try await limit("", as: .dina) == 204)
            #expect(try await !desk.ask(.get, board, as: .boris).text.contains("Больше, чем решено"))
            let events = try await desk.office.events(after: 0, in: desk.office.north)
                .filter { $0.kind == .boardLimitChanged }
            #expect(events.map { $0.data["to"] } == ["2", nil] && events.last?.data["from"] == "2")
        }
    }

    @Test(arguments: Engine.available)
    func aLimitIsOnlyOfAColumnThatTheBoardMayHave(on engine: Engine) async throws {
        try await Desk.with(engine) { desk in
            func limit(_ key: String, by: String) async throws -> Int {
                try await desk.ask(
                    .post, "/board/limits", [("by", by), ("key", key), ("line", desk.computers.text), ("most", "2")],
                    as: .gera, htmx: true
                ).status
            }
            for by in Grouping.allCases.map(\.rawValue) {
                for key in ["Ожидание", "x to=5", "nonsense"] {
                    #expect(try await limit(key, by: by) == 422, "\(by) \(key)")
                }
            }
            for by in ["state", "priority", "line"] { #expect(try await limit("", by: by) == 422, "\(by)") }
            func events() async throws -> Int {
                try await desk.office.events(after: 0, in: desk.office.north)
                    .filter { $0.kind == .boardLimitChanged }.count
            }
            #expect(try await events() == 0)
            for (by, key) in [
                ("state", "waiting"), ("priority", "urgent"), ("line", desk.computers.text), ("assignee", ""),
                ("assignee", desk.id(.boris).text), ("topic", ""), ("topic", desk.printers.text),
            ] {
                #expect(try await limit(key, by: by) == 204, "\(by) \(key)")
            }
            let kept = try await events()
            #expect(kept == 7)
        }
    }

    /// The board opens this dialog of the request's page for its column «waiting».
    @Test(arguments: Engine.available)
    func whoMayWaitIsAskedForWhom(on engine: Engine) async throws {
        try await Desk.with(engine) { desk in
            let number = try await desk.register("Ждёт поставщика")
            let acts = try await desk.ask(.get, "/requests/\(number)/acts", as: .boris)
            for words in ["id=\"wait\"", "name=\"for\" value=\"client\" checked", "name=\"for\" value=\"company\""] {
                #expect(acts.text.contains(words), "\(words)")
            }
            #expect(try await !desk.ask(.get, "/requests/\(number)/acts", as: .lev).text.contains("id=\"wait\""))
            let put = try await desk.ask(
                .post, "/requests/\(number)/waiting", [("for", "company")], as: .boris, htmx: true)
            #expect(put.status == 204)
            #expect(try await desk.request(number).waitsFor == .company)
        }
    }

    @Test(arguments: Engine.available)
    func aCardTellsItsSteps(on engine: Engine) async throws {
        try await Desk.with(engine) { desk in
            let number = try await desk.register("Переезд отдела")
            try await desk.requests.take(number, by: desk.viewer(.boris))
            let id = CheckItemID.new(at: desk.clock.now)
            try await desk.requests.addCheckItems("Сеть\nСтолы", first: id, to: number, by: desk.viewer(.boris))
            try await desk.requests.check(id, .done, in: number, by: desk.viewer(.boris))
            #expect(try await desk.ask(.get, "/board", as: .boris).text.contains("1 из 2"))
        }
    }
}
