package import Kernel
import Storage

/// A subject that a desk answers for, with the people who know it.
package struct Line: Sendable {
    package let id: LineID
    package let organisation: OrganisationID
    /// What clients read.
    package let clientName: String
    /// What those who work on it read.
    package let staffName: String
    package let description: String
    package let icon: String
    package let zone: Zone
    /// How a request may reach it.
    package let ways: Set<Way>
    /// Within how much working time a request is to be solved, when its topic says nothing else.
    package let planned: Minutes
    package let hours: WorkingHours
    package let isForEverybody: Bool
    package let archivedAt: Instant?
    /// Whether the organisation's production calendar holds for it.
    package var followsCalendar = false
    package var special = SpecialDays()

    /// When it works, with holidays and its own days: all arithmetic of working time goes through this.
    package var calendar: WorkCalendar { WorkCalendar(hours, zone, special) }

    package var isArchived: Bool { archivedAt != nil }

    package func isOpen(at instant: Instant) -> Bool { calendar.isOpen(at: instant) }

    /// When a request that comes now is to be solved.
    package func deadline(from instant: Instant, topic: Topic? = nil) -> Instant {
        calendar.deadline(from: instant, after: topic?.planned ?? planned)
    }
}

package enum Way: String, Sendable, CaseIterable, SQLBindable, SQLReadable {
    case chat, phone, oral

    /// The codes joined by spaces, as the database keeps them.
    static func text(_ ways: Set<Way>) -> String {
        allCases.filter(ways.contains).map(\.rawValue).joined(separator: " ")
    }
    static func parse(_ text: String) -> Set<Way> {
        Set(text.split(separator: " ").compactMap { Way(rawValue: String($0)) })
    }
}

/// A kind of request within a line: a node of the line's tree.
package struct Topic: Sendable {
    package let id: TopicID
    package let line: LineID
    package let parent: TopicID?
    package let name: String
    /// What was said of this topic itself.
    package let ownPlanned: Minutes?, ownPriority: Priority?
    /// What holds for it: its own, otherwise that of the nearest topic above; nil leaves it to the line.
    package let planned: Minutes?, priority: Priority?
    package let isArchived: Bool

    func inheriting(_ above: Topic?) -> Topic {
        Topic(
            id: id, line: line, parent: parent, name: name, ownPlanned: ownPlanned, ownPriority: ownPriority,
            planned: ownPlanned ?? above?.planned, priority: ownPriority ?? above?.priority, isArchived: isArchived)
    }
}
