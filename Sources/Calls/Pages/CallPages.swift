import Duty
import Kernel
import Lines
import People
import Recordings
import Requests
import Storage
import Web

/// Models of the parts `calls/_bar`, `calls/_ringing` and `calls/_panel`.
struct CallPages {
    let calls: Calls, viewer: Viewer, text: Catalogue, dates: Dates, tx: any ReadTransaction

    // MARK: the bar of a request

    func bar(_ number: Int64) throws -> Model {
        let request = try Requests.called(number, for: viewer, tx)
        var model: Model = ["href": "/requests/\(number)/calls"]
        if let recording = try Calls.lastWatched(of: request, by: viewer, tx) {
            let values = ["when": dates.moment(recording.began), "time": length(recording.length)]
            model["recording"] =
                [
                    "href": "/calls/recordings/\(recording.id)",
                    "words": text(recording.isRemoved ? "recordings.call.removed" : "recordings.call.of", values),
                ] as Model
        }
        let call = try Calls.withClient(request.id, tx)
        model["present"] = try ([call].compactMap(\.self) + betweenColleagues(request)).map(present)
        if call == nil { model["ways"] = try ways(request) }
        if mayCallColleague(request) {
            model["colleagues"] = "/requests/\(number)/calls/colleagues"
        }
        if request.standing.isStaff || request.standing.isClient, let since = try Calls.wished(on: request.id, tx) {
            model["wanted"] = text("calls.wanted", ["time": dates.moment(since)])
        }
        return model
    }

    /// Calls between colleagues, for those who are no clients here.
    private func betweenColleagues(_ request: CalledRequest) throws -> [Call] {
        guard request.standing.isStaff, !request.standing.isClient else { return [] }
        return try tx.all(
            """
            SELECT \(Call.columns) FROM call WHERE request_id = \(request.id) AND ended_at IS NULL AND is_internal = 1
            ORDER BY started_at
            """, Call.init)
    }

    private func mayCallColleague(_ request: CalledRequest) -> Bool {
        !request.standing.isClient
            && CallRule.hindersStart(
                request.standing, isRequestOpen: request.isOpen, isWayOpen: true, isElsewhere: false, isGoing: false)
                == nil
    }

    private func present(_ call: Call) throws -> Model {
        let members = try Calls.members(of: call.id, tx), me = members.first { $0.person == viewer.person }
        let inside = members.filter { $0.state == .inside }.map(\.person)
        let names = try Names.shown(inside, to: viewer, text, tx)
        let people = inside.compactMap { names[$0]?.name }.joined(separator: ", ")
        return [
            "id": call.id.text,
            "words": text(
                "calls.present.\(call.isInternal ? "internal-" : "")\(call.state.rawValue)", ["people": people]),
            "mine": me?.state == .inside, "rings": me?.state == .ringing,
        ]
    }

    private func ways(_ request: CalledRequest) throws -> [Model] {
        let conditions = try Lines.conditions(of: request.line, tx)
        let icons: [(Call.Kind, Conditions.Contact, String)] = [
            (.call, .call, "phone"), (.screen, .screen, "screen-share"),
        ]
        return try icons.compactMap { kind, way, icon in
            let hindrance = CallRule.hindersStart(
                request.standing, isRequestOpen: request.isOpen,
                isWayOpen: try Lines.isOpen(way, conditions, to: request.client, tx), isElsewhere: false, isGoing: false
            )
            guard hindrance == nil else { return nil }
            let isAsking = kind == .screen && !request.standing.isClient
            return [
                "kind": kind.rawValue, "icon": icon,
                "label": text(isAsking ? "calls.ask.screen" : "calls.start.\(kind.rawValue)"),
            ]
        }
    }

    // MARK: what rings

    func ringing() throws -> Model {
        let calls = try tx.all(
            """
            SELECT \(Call.columns), party.number, call_member.by_id, call_member.is_client
            FROM call_member JOIN call ON call.id = call_member.call_id
            JOIN party ON party.request_id = call.request_id AND party.organisation_id = \(viewer.organisation)
            WHERE call_member.person_id = \(viewer.person) AND call_member.state = 'ringing'
                AND call.organisation_id = \(viewer.organisation) AND call.ended_at IS NULL
            ORDER BY call.started_at LIMIT 3
            """
        ) { row in try (Call(row), row[10] as Int64, row[11] as PersonID, row[12] as Bool) }
        let names = try Names.shown(calls.map(\.2), to: viewer, text, tx)
        return [
            "calls": calls.map { call, number, by, isClient -> Model in
                let name = names[by]?.name ?? text("calls.somebody")
                let what = call.kind == .call ? "call" : isClient ? "show" : "screen"
                return [
                    "id": call.id.text, "kind": call.kind.rawValue, "href": "/requests/\(number)",
                    "words": text("calls.rings.\(what)", ["name": name]),
                    "about": text(call.isInternal ? "calls.about.internal" : "calls.about", ["number": String(number)]),
                    "caller": [
                        "name": name, "monogram": names[by]?.monogram ?? "", "hue": names[by]?.hue ?? 0,
                    ] as Model,
                ]
            }
        ]
    }

    // MARK: the panel

    /// - Parameter ticket: opens the wire; nil: the person is not in the call, or it has ended, or the page has a wire.
    func panel(_ id: CallID, ticket: String?) throws -> Model {
        let call = try Calls.find(id, for: viewer, tx), members = try Calls.members(of: id, tx)
        let number: Int64 =
            try tx.value(
                """
                SELECT number FROM party WHERE request_id = \(call.request) AND organisation_id = \(viewer.organisation)
                """) ?? 0
        let shown = members.filter { $0.state == .inside || $0.state == .ringing }
        let names = try Names.shown(shown.map(\.person), to: viewer, text, tx)
        let me = members.first { $0.person == viewer.person }
        var model: Model = [
            "id": id.text, "kind": call.kind.rawValue, "state": call.state.rawValue, "me": viewer.person.text,
            "number": number, "href": "/requests/\(number)",
            "about": text("calls.about", ["number": String(number)]),
            "words": call.why.map { text("calls.end.\($0.rawValue)") }
                ?? text("calls.state.\(call.state == .open ? "open" : "ringing")"),
            "members": shown.map { member -> Model in
                [
                    "id": member.person.text, "name": names[member.person]?.name ?? text("calls.somebody"),
                    "monogram": names[member.person]?.monogram ?? "", "hue": names[member.person]?.hue ?? 0,
                    "index": member.place, "state": member.state.rawValue,
                    "words": text("calls.member.\(member.state.rawValue)"),
                    "me": member.person == viewer.person,
                ]
            },
        ]
        if call.isInternal { model["internal"] = text("calls.internal") }
        if call.startedBy == viewer.person, me?.isClient == true, !call.isInternal, call.answered == nil {
            try tellAssignee(call, members, &model)
        }
        let isInside = me?.state == .inside && call.state != .ended
        model["inside"] = isInside
        if isInside { model["recording"] = try recording(of: call, members) }
        if let ticket { model["wire"] = "/calls/wire?token=\(ticket)" }
        if let why = call.why {
            model["why"] = why.rawValue
            if me?.isClient == true, [.nobody, .busy, .missed, .declined].contains(why) {
                model["callback"] = "/requests/\(number)/callback"
            }
        }
        model["mayInvite"] = isInside && me?.isClient == false && call.state == .open
        return model
    }

    /// What a caller is told of the specialist of the request who cannot answer, and who else may be called when the call was in vain.
    private func tellAssignee(_ call: Call, _ members: [CallMember], _ model: inout Model) throws {
        let request = try Requests.called(of: call.request, for: viewer, tx), now = calls.site.now()
        if let assignee = request.assignee, let name = try Names.shown([assignee], to: viewer, text, tx)[assignee]?.name
        {
            let whereabouts = try Calls.whereabouts(of: assignee, on: request.line, at: now, tx)
            let isTalking = try !Calls.talking([assignee], tx).isEmpty
            let key: String? =
                switch whereabouts {
                case .resting, .out: "break"
                case .away: "away"
                case .here: isTalking ? "talking" : nil
                }
            if let key {
                let ringsForOthers = members.contains { $0.state == .ringing && $0.person != assignee }
                model["note"] = [
                    text("calls.assignee.\(key)", ["name": name]), ringsForOthers ? text("calls.assignee.others") : nil,
                ].compactMap(\.self).joined(separator: " ")
            }
        }
        guard [.missed, .declined, .busy].contains(call.why), request.isOpen else { return }
        let others = try Calls.target(
            of: request.line, assignee: nil,
            besides: [viewer.person] + Calls.unavailing(call.request, for: viewer.person, at: now, tx), at: now, tx)
        if case .people = others { model["next"] = "/requests/\(request.number)/calls" }
    }

    // MARK: whom to call

    /// Whom a specialist may ask into the call: those who may see its request, and lines where somebody may.
    func others(_ id: CallID, named words: String?) throws -> Model {
        let call = try Calls.find(id, for: viewer, tx), members = try Calls.members(of: id, tx)
        guard members.contains(where: { $0.person == viewer.person && $0.state == .inside && !$0.isClient }) else {
            throw CallError.notAllowed
        }
        let present = Set(members.filter { $0.state == .inside || $0.state == .ringing }.map(\.person))
        let request = try Requests.called(of: call.request, for: viewer, tx)
        var model: Model = [
            "id": id.text, "find": "/calls/\(id)/others",
            "people": try people(request, named: words ?? "", besides: present),
        ]
        if words == nil {
            let lines = try Lines.all(in: viewer.organisation, tx).filter { !$0.isArchived }
            let staff = try Lines.staff(of: lines.map(\.id), tx)
            let absent = Set(staff.values.joined()).subtracting(present).sorted()
            let able = Set(try Calls.seeing(call.request, absent, for: viewer, calls.present, tx))
            model["lines"] = lines.filter { !able.isDisjoint(with: staff[$0.id] ?? []) }.map {
                ["id": $0.id.text, "label": $0.staffName] as Model
            }
        }
        return model
    }

    /// Whom a specialist may call about a request without its client.
    func colleagues(_ number: Int64, named words: String?) throws -> Model {
        let request = try Requests.called(number, for: viewer, tx)
        guard mayCallColleague(request) else { throw CallError.notAllowed }
        return [
            "href": "/requests/\(number)/calls", "find": "/requests/\(number)/calls/colleagues",
            "about": text("calls.about", ["number": String(number)]),
            "people": try people(request, named: words ?? "", besides: []),
        ]
    }

    private static let mostFound = 8, mostNamed = 40

    /// Colleagues who may see a request: by their name, or all of them; first those who can answer now.
    private func people(_ request: CalledRequest, named words: String, besides: Set<PersonID>) throws -> [Model] {
        var known: Set<PersonID> = besides.union([viewer.person])
        let candidates: [PersonID] =
            if words.isEmpty {
                try Lines.staff(of: request.line, tx).map(\.0)
                    + Lines.staff(of: Lines.all(in: viewer.organisation, tx).filter { !$0.isArchived }.map(\.id), tx)
                    .values.joined()
            } else {
                try Directory.find(words, staffOnly: true, for: viewer, atMost: Self.mostNamed, text, tx).map(\.id)
            }
        let able = try Calls.seeing(
            request.id, candidates.filter { known.insert($0).inserted }, for: viewer, calls.present, tx)
        let names = try Names.shown(able, to: viewer, text, tx), talking = try Calls.talking(able, tx)
        let here = try Presence.here(able, at: calls.site.now(), tx)
        let states = Dictionary(
            (try Duty.now(of: [request.line], tx)[request.line] ?? []).map { ($0.person, $0.state) },
            uniquingKeysWith: { $1 })
        func rank(_ person: PersonID) -> Int {
            if talking.contains(person) { return 3 }
            if states[person] == .on { return 0 }
            return here.contains(person) ? 1 : 2
        }
        func state(_ person: PersonID) -> String {
            if talking.contains(person) { return text("calls.colleague.talking") }
            guard let state = states[person], state != .away else {
                return text(here.contains(person) ? "calls.colleague.here" : "calls.colleague.away")
            }
            return text("calls.colleague.\(state.rawValue)")
        }
        return able.compactMap { names[$0] }.sorted { (rank($0.id), $0.name) < (rank($1.id), $1.name) }
            .prefix(Self.mostFound).map { person -> Model in
                [
                    "id": person.id.text, "name": person.name, "monogram": person.monogram, "hue": person.hue,
                    "words": state(person.id), "busy": talking.contains(person.id),
                ]
            }
    }
}
