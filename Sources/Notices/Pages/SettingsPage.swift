import Kernel
import Storage
import Web

/// «Мои данные» → «Уведомления»: by which ways a person is told of what, and when not.
struct SettingsPage {
    /// The kinds that can reach this person, by the side they are told from.
    static func groups(_ viewer: Viewer) -> [(side: NoticeKind.Side, kinds: [NoticeKind])] {
        NoticeKind.Side.allCases.compactMap { side in
            let reaches =
                switch side {
                case .client, .call, .anybody: true
                case .staff: viewer.isSpecialist || viewer.isManager || viewer.isAdministrator
                case .manager: viewer.isManager
                case .administrator: viewer.isAdministrator
                }
            return reaches ? (side, NoticeKind.allCases.filter { $0.side == side }) : nil
        }
    }

    static func model(
        _ choices: Choices, _ viewer: Viewer, hasMail: Bool, problem: String?, _ text: Catalogue,
        _ dates: Dates
    ) -> Model {
        [
            "groups": groups(viewer).map { side, kinds -> Model in
                [
                    "title": text("notices.side.\(side.rawValue)"),
                    "kinds": kinds.map { kind -> Model in
                        [
                            "name": text("notices.kind.\(kind.rawValue)"), "icon": kind.icon,
                            "ways": Ways.named.map { code, way -> Model in
                                [
                                    "field": "\(kind.rawValue)-\(code)", "checked": choices[kind].contains(way),
                                    "label": text(
                                        "notices.way-of",
                                        [
                                            "way": text("notices.way.\(code)"),
                                            "kind": text("notices.kind.\(kind.rawValue)"),
                                        ]),
                                    "off": code == "mail" && !hasMail,
                                ]
                            },
                        ]
                    },
                ]
            },
            "ways": Ways.named.map { code, _ -> Model in
                ["name": text("notices.way.\(code)"), "hint": text("notices.way.\(code).hint")]
            },
            "quiet": choices.quiet != nil,
            "from": Dates.clock(choices.quiet?.from ?? 22 * 60).padded,
            "until": Dates.clock(choices.quiet?.until ?? 7 * 60).padded,
            "zone": viewer.zone.name, "problem": problem ?? "",
            "rhythms": Choices.rhythms.map { minutes -> Model in
                [
                    "value": minutes,
                    "label": minutes == 1440 ? text("notices.every.day") : dates.length(Minutes(minutes)),
                    "selected": choices.every.count == minutes,
                ]
            },
            "has_mail": hasMail,
        ]
    }

    /// What the form says.
    static func parsed(_ form: Form, for viewer: Viewer) throws -> Choices {
        var choices = Choices()
        for kind in groups(viewer).flatMap(\.kinds) {
            choices.ways[kind] = Ways(Ways.named.filter { form.flag("\(kind.rawValue)-\($0.code)") }.map(\.way))
        }
        choices.quiet = nil
        if form.flag("quiet") {
            guard let from = minute(form.raw("quiet_from")), let until = minute(form.raw("quiet_until")), from != until
            else { throw NoticesError.quietHours }
            choices.quiet = Quiet(from: from, until: until)
        }
        guard let every = try form.int("every", in: 1...1440), Choices.rhythms.contains(every) else {
            throw WebError.wrong(field: "every")
        }
        choices.every = Minutes(every)
        return choices
    }

    /// «22:00» as `<input type=time>` sends it.
    private static func minute(_ text: String?) -> Int? {
        guard let match = text?.wholeMatch(of: /(\d{1,2}):(\d{2})/), let hour = Int(match.1), let minute = Int(match.2),
            hour < 24, minute < 60
        else { return nil }
        return hour * 60 + minute
    }
}

extension String {
    /// «07:00», as the field of a time wants it.
    fileprivate var padded: String { count == 4 ? "0" + self : self }
}
