import Kernel
import Storage
import Web

/// What the viewer has to do beside the queue: tasks in requests of others and of one's own, and reminders.
struct TasksPage {
    let model: Model
    let topics: [String]

    init(_ words: RequestWords, _ tx: any ReadTransaction) throws {
        let viewer = words.viewer
        let tasks = try Requests.tasks(of: [viewer.person], for: viewer, tx)
        let reminders = try Requests.reminders(of: viewer, tx)
        topics = ["person/\(viewer.person)"]
        let groups = Self.groups(tasks, words)
        model = [
            "live": topics.joined(separator: " "),
            "groups": groups.map { title, tasks -> Model in
                [
                    "title": words.text("requests.tasks.\(title)"), "count": tasks.count,
                    "tasks": tasks.map { task -> Model in
                        [
                            "act": "/requests/\(task.number)/checklist/\(task.id)", "text": task.text,
                            "href": "/requests/\(task.number)?view=all", "number": words.number(task.number),
                            "subject": task.subject, "due": words.due(task.due, isDone: false),
                        ]
                    },
                ]
            },
            "anyTasks": !tasks.isEmpty, "reminders": reminders.map(words.reminder), "anyReminders": !reminders.isEmpty,
            "presets": words.presets,
        ]
    }

    private static func groups(_ tasks: [RequestTask], _ words: RequestWords) -> [(String, [RequestTask])] {
        let today = words.dates.zone.local(words.now).date
        let groups = Dictionary(grouping: tasks) { task -> String in
            guard let due = task.due else { return "some-day" }
            if due <= words.now { return "late" }
            return words.dates.zone.local(due).date <= today ? "today" : "later"
        }
        return ["late", "today", "later", "some-day"].compactMap { name in groups[name].map { (name, $0) } }
    }
}

/// The number at the entry of the navigation, and what rings just now.
struct TasksBadge {
    let model: Model

    init(_ words: RequestWords, _ tx: any ReadTransaction) throws {
        let viewer = words.viewer
        let rung = try Requests.reminders(of: viewer, rung: true, tx)
        let late = try Requests.tasks(
            of: [viewer.person], due: Instant(milliseconds: 0)..<words.now, for: viewer, atMost: 100, tx
        ).count
        let count = rung.count + late
        model = [
            "count": count > 99 ? "99+" : count > 0 ? words.text.number(count) : "",
            "words": words.text("requests.tasks.badge", count: count),
            "rings": rung.map { reminder -> Model in
                [
                    "id": reminder.id.text, "href": "/requests/\(reminder.number)?view=all",
                    "words": words.text(
                        "requests.reminders.toast",
                        [
                            "number": words.number(reminder.number),
                            "text": reminder.text ?? reminder.subject,
                        ]),
                ]
            },
        ]
    }
}
