import HTTPTypes
import Kernel
import Lines
import People
import Storage
import TestOffice
import Testing

@testable import Requests

@Suite struct PermissionTests {
    /// Everybody who may stand before a request, in the order of the table's columns.
    static let people: [(name: String, standing: Standing)] = [
        ("client", .of { $0.isClient = true }),
        (
            "assignee",
            .of {
                $0.isAssignee = true; $0.isSpecialist = true
            }
        ),
        (
            "main",
            .of {
                $0.level = .main; $0.isSpecialist = true
            }
        ),
        (
            "reserve",
            .of {
                $0.level = .reserve; $0.isSpecialist = true
            }
        ),
        (
            "line's observer",
            .of {
                $0.level = .observer; $0.isSpecialist = true
            }
        ),
        (
            "specialist who watches",
            .of {
                $0.isObserver = true; $0.isSpecialist = true
            }
        ),
        ("client who watches", .of { $0.isObserver = true }),
        ("manager", .of { $0.isManager = true }),
        ("administrator", .of { $0.isAdministrator = true }),
        ("stranger", Standing()),
        (
            "client who works on the line",
            .of {
                $0.isClient = true; $0.level = .main; $0.isSpecialist = true
            }
        ),
    ]

    /// In which states each may do it: n new, w in work, p waiting, s solved, c closed, x cancelled; – never.
    static let table = """
        act            client assignee main   reserve lineobs watcher cliwat manager admin  nobody both
        read           nwpscx nwpscx   nwpscx nwpscx  nwpscx  nwpscx  nwpscx nwpscx  nwpscx –      nwpscx
        reply          nwps   nwps     nwps   nwps    –       –       –      nwps    nwps   –      nwps
        note           –      nwpscx   nwpscx nwpscx  nwpscx  nwpscx  –      nwpscx  nwpscx –      nwpscx
        take           –      –        nwp    nwp     –       –       –      –       –      –      nwp
        giveBack       –      nwp      –      –       –       –       –      nwp     nwp    –      –
        transfer       –      nwp      nwp    nwp     –       –       –      nwp     nwp    –      nwp
        edit           –      nwp      nwp    nwp     –       –       –      nwp     nwp    –      nwp
        addTime        –      nwpscx   nwpscx nwpscx  –       –       –      nwpscx  nwpscx –      nwpscx
        wait           –      nw       nw     nw      –       –       –      nw      nw     –      nw
        proceed        –      p        p      p       –       –       –      p       p      –      p
        solve          –      nwp      nwp    nwp     –       –       –      nwp     nwp    –      nwp
        confirm        s      –        –      –       –       –       –      –       –      –      s
        refuse         s      –        –      –       –       –       –      –       –      –      s
        reopen         cx     scx      scx    scx     –       –       –      scx     scx    –      scx
        cancel         nwp    nwp      nwp    nwp     –       –       –      nwp     nwp    –      nwp
        closeUnanswered –     s        s      s       –       –       –      s       s      –      –
        watch          –      nwpscx   nwpscx nwpscx  nwpscx  nwpscx  –      nwpscx  nwpscx –      nwpscx
        attend         –      nwps     nwps   nwps    –       –       –      –       –      –      –
        """

    static let letters: [(Character, Request.State)] = [
        ("n", .new), ("w", .working), ("p", .waiting), ("s", .solved), ("c", .closed), ("x", .cancelled),
    ]

    @Test func everyActIsAllowedExactlyWhereTheTableSays() throws {
        let rows = Self.table.split(separator: "\n").dropFirst().map { $0.split(separator: " ") }
        #expect(
            rows.map { String($0[0]) } == RequestAct.allCases.map(\.rawValue), "the table names every act in its order")
        for row in rows {
            let act = try #require(RequestAct(rawValue: String(row[0])))
            for ((name, standing), cell) in zip(Self.people, row.dropFirst()) {
                let allowed = Self.letters.filter { Permission.may(act, $0.1, standing, hasAssignee: true) }.map(\.0)
                #expect(String(allowed) == (cell == "–" ? "" : cell), "\(act) by \(name)")
            }
            #expect(row.count == Self.people.count + 1)
        }
    }

    @Test func nobodyGivesBackWhatNobodyHas() {
        for (name, standing) in Self.people {
            for state in Request.State.allCases {
                #expect(!Permission.may(.giveBack, state, standing, hasAssignee: false), "\(name)")
                for act in RequestAct.allCases where act != .giveBack {
                    let without = Permission.may(act, state, standing, hasAssignee: false)
                    #expect(without == Permission.may(act, state, standing, hasAssignee: true), "\(act) by \(name)")
                }
            }
        }
    }

    @Test func notesAreForStaffOnly() {
        let staff = Self.people.filter(\.standing.isStaff).map(\.name)
        #expect(
            staff == [
                "assignee", "main", "reserve", "line's observer", "specialist who watches", "manager", "administrator",
                "client who works on the line",
            ])
        #expect(Self.people.filter { !$0.standing.sees }.map(\.name) == ["stranger"])
    }

    /// Not seen, never allowed, and not now are three answers.
    @Test(arguments: [
        (RequestAct.take, "stranger", RequestError.notFound), (.note, "client", .notAllowed),
        (.confirm, "client", .wrongState),
        (.confirm, "main", .notAllowed), (.reopen, "client", .wrongState), (.reply, "client who watches", .notAllowed),
        (.proceed, "assignee", .wrongState), (.take, "manager", .notAllowed),
    ])
    func aRefusalSaysWhy(_ act: RequestAct, _ name: String, _ fault: RequestError) {
        let standing = Self.people.first { $0.name == name }!.standing
        #expect(throws: fault) { try Permission.check(act, Sample.request(.working), standing) }
    }

    /// The list, the page of one request and the notes agree with the rule of values, for everybody and every request.
    @Test(arguments: Engine.available)
    func whatIsListedIsWhatOpensAndWhatTheRuleSays(on engine: Engine) async throws {
        try await Desk.with(engine) { desk in
            let fromBranch = try await desk.register("Не печатает принтер", topic: desk.printers)
            let taken = try await desk.register("Нет связи")
            let fromTop = try await desk.register("Справка", as: .egor, line: desk.personnel)
            let bought = try await desk.register("Купите бумагу", as: .egor, line: desk.chosen)
            let bySpecialist = try await desk.register("Сломался стул", as: .boris, line: desk.personnel)
            let ownLine = try await desk.register("Мой монитор", as: .boris)
            let passed = try await desk.register("Пропуск", as: .egor, line: desk.personnel)
            let foreign = try await desk.register("Чужая беда", as: .oleg, line: desk.foreignLine)
            for _ in 0..<3 { _ = try await desk.register("Ещё одна", as: .oleg, line: desk.foreignLine) }
            let all = [fromBranch, taken, fromTop, bought, bySpecialist, ownLine, passed]

            try await desk.requests.take(taken, by: try await desk.viewer(.vera))
            let (zoya, dina) = (try await desk.viewer(.zoya), try await desk.viewer(.dina))
            try await desk.requests.take(passed, by: zoya)
            try await desk.requests.watch(fromBranch, desk.id(.egor), by: dina)
            try await desk.requests.watch(fromTop, desk.id(.boris), by: dina)
            try await desk.requests.watch(fromTop, desk.id(.roman), by: dina)
            try await desk.requests.watch(fromTop, desk.id(.anna), by: dina)
            try await desk.requests.unwatch(fromTop, desk.id(.anna), by: dina)
            for number in all { try await desk.write("Тайна номер \(number)", in: number, as: .dina, note: true) }
            // Zoya goes to another line with what she has in hand.
            try await desk.lines.takeCompetence(on: desk.personnel, from: desk.id(.zoya), by: dina)

            let expected: [Who: Set<Int64>] = [
                .anna: [fromBranch, taken], .egor: [fromTop, bought, passed, fromBranch],
                .boris: [fromBranch, taken, ownLine, bySpecialist, fromTop], .vera: [fromBranch, taken, ownLine],
                .lev: [fromBranch, taken, ownLine], .zoya: [passed], .roman: [fromTop], .gleb: Set(all),
                .gera: [fromBranch, taken, ownLine], .galina: [fromBranch, taken], .dina: Set(all),
            ]
            for who in Who.allCases where !who.isForeign {
                let viewer = try await desk.viewer(who)
                let listed = try await desk.database.read { tx in
                    try Listed.all(where: "1 = 1", order: "request.number", limit: 100, for: viewer, tx)
                }
                #expect(
                    Set(listed.map(\.number)).subtracting([desk.office.number]) == expected[who], "\(who) is listed")
                for number in all {
                    let request = try await desk.request(number)
                    let standing = try await desk.standing(viewer, request)
                    let isListed = listed.contains { $0.number == number }
                    #expect(try await desk.sees(number, who) == isListed, "\(who) opens № \(number)")
                    #expect(standing.sees == isListed, "the rule lets \(who) see № \(number)")
                    let visible = try await desk.database.read { tx in
                        try Requests.visible([request.id], to: viewer, tx)
                    }
                    #expect(visible.contains(request.id) == isListed)
                    let seeing = try await desk.database.read { tx in
                        try Requests.seeing(request.id, among: [viewer], tx)
                    }
                    #expect(seeing.contains(viewer.person) == isListed, "\(who) is among those who see № \(number)")
                    let messages = try await desk.ask(.get, "/requests/\(number)/messages", as: who)
                    #expect(messages.status == (isListed ? 200 : 404))
                    #expect(messages.text.contains("Тайна") == standing.isStaff, "\(who) reads notes of № \(number)")
                }
                let foreigners = try await desk.request(foreign, of: .olga)
                let isForeignSeen = try await desk.database.read { tx in
                    let visible = try Requests.visible([foreigners.id], to: viewer, tx)
                    return try !visible.isEmpty || !Requests.seeing(foreigners.id, among: [viewer], tx).isEmpty
                }
                #expect(!isForeignSeen, "\(who) sees nothing of another organisation")
            }
        }
    }

    /// Whoever works on nothing any more keeps what is theirs as a client, and no more.
    @Test(arguments: Engine.available)
    func aFormerSpecialistIsAClient(on engine: Engine) async throws {
        try await Desk.with(engine) { desk in
            let (dina, boris) = (try await desk.viewer(.dina), try await desk.viewer(.boris))
            let own = try await desk.register("Мой монитор", as: .boris)
            let other = try await desk.register("Не печатает")
            for number in [own, other] {
                try await desk.requests.take(number, by: boris)
                try await desk.write("Тайна", in: number, as: .boris, note: true)
            }
            try await desk.people.takeRole(.specialist, from: desk.id(.boris), by: dina)
            #expect(try await desk.sees(other, .boris) == false)
            #expect(try await desk.sees(own, .boris))
            #expect(try await desk.ask(.get, "/requests/\(own)/messages", as: .boris).text.contains("Тайна") == false)
            try await desk.people.giveRole(.specialist, to: desk.id(.boris), by: dina)
            #expect(try await desk.ask(.get, "/requests/\(other)/messages", as: .boris).text.contains("Тайна"))
        }
    }
}

extension Standing {
    static func of(_ set: (inout Standing) -> Void) -> Standing {
        var standing = Standing()
        set(&standing)
        return standing
    }
}

extension Desk {
    func standing(_ viewer: Viewer, _ request: Request) async throws -> Standing {
        try await database.read { tx in
            let observes = try tx.exists(
                "SELECT 1 FROM observer WHERE request_id = \(request.id) AND person_id = \(viewer.person) AND until_at IS NULL"
            )
            let path: String = try tx.value("SELECT path FROM unit WHERE id = \(request.clientUnit)") ?? ""
            return Requests.standing(
                of: viewer, in: request, observes: observes,
                unit: viewer.manages.units.contains { path.contains("/\($0)/") })
        }
    }
}
