import Kernel
import People
import Web

/// Steps, tasks and reminders in the side panel of a request.
extension RequestPage {
    var checklistModel: Model {
        let people = Set(colleagues + observers + checklist.compactMap(\.person)).compactMap { named.people[$0] }
            .sorted { $0.name < $1.name }
        return [
            "items": checklist.map { item -> Model in
                [
                    "id": item.id.text, "text": item.text, "done": item.isDone,
                    "mayDo": may(.edit) || item.person == words.viewer.person,
                    "who": item.person.map { words.name($0, named.people) } ?? "",
                    "due": words.due(item.due, isDone: item.isDone),
                    "dueAt": item.due.map(words.dates.field) ?? "",
                    "people": people.map {
                        ["id": $0.id.text, "label": $0.name, "current": $0.id == item.person] as Model
                    },
                ]
            },
            "any": !checklist.isEmpty, "newId": CheckItemID.new(at: words.now).text,
            "doneWords": words.text(
                "requests.checklist.done",
                [
                    "done": words.text.number(checklist.count(where: \.isDone)),
                    "all": words.text.number(checklist.count),
                ]),
        ]
    }

    /// What a reminder that waits to be put away says at the head of the request.
    var rings: String {
        guard let first = reminders.first(where: \.hasRung) else { return "" }
        return first.text ?? words.text("requests.reminders.rings")
    }

    var remindersModel: Model {
        let open = seen.request.state.isOpen
        return [
            "rows": reminders.map(words.reminder), "any": !reminders.isEmpty, "may": open && may(.note),
            "mayClient": open && may(.reply) && !seen.standing.isClient, "newId": ReminderID.new(at: words.now).text,
            "presets": words.presets, "href": "/requests/\(seen.number)/reminders",
        ]
    }
}

extension RequestWords {
    /// The deadline of a task: in words, and whether it has passed.
    func due(_ due: Instant?, isDone: Bool) -> any Sendable {
        guard let due else { return false }
        let isLate = !isDone && due <= now
        return [
            "words": isLate
                ? text("requests.task.late", ["time": dates.length(Minutes(Int(now.since(due) / 60_000)))])
                : dates.until(due), "late": isLate, "tip": dates.moment(due),
        ] as Model
    }

    func reminder(_ reminder: Reminder) -> Model {
        [
            "id": reminder.id.text, "href": "/requests/\(reminder.number)?view=all", "rings": reminder.hasRung,
            "words": reminder.toClient
                ? text("requests.reminders.to-client") : reminder.text ?? text("requests.reminders.to-me"),
            "when": dates.moment(reminder.due), "number": number(reminder.number), "subject": reminder.subject,
        ]
    }

    /// «Через час», «Завтра утром», «В понедельник», each with its moment.
    var presets: [Model] {
        ReminderRule.Preset.allCases.map { preset in
            [
                "code": preset.rawValue, "label": text("requests.reminders.preset.\(preset.rawValue)"),
                "when": dates.moment(ReminderRule.moment(preset, from: now, in: viewer.zone)),
            ]
        }
    }
}
