package import Kernel
import People
package import Requests
import Storage
package import Web

/// What a report is narrowed to; the whole of it stands in the address of the page.
package struct Filter: Sendable, Equatable {
    /// One thing, or those without any.
    package enum Pick<Tag>: Sendable, Equatable {
        case one(ID<Tag>), none

        init?(parsing text: String?) {
            guard let text, !text.isEmpty else { return nil }
            if text == "none" {
                self = .none
            } else if let id = ID<Tag>(parsing: text) {
                self = .one(id)
            } else {
                return nil
            }
        }

        var text: String { if case .one(let id) = self { id.text } else { "none" } }
    }

    package var preset = Period.Preset.thirty
    package var from: LocalDate?, until: LocalDate?
    package var line: LineID?
    /// The specialist in whose hands a request is.
    package var specialist: Pick<PersonTag>?
    /// The client's unit at registration, with all below it.
    package var unit: Pick<UnitTag>?
    /// With all below it.
    package var topic: Pick<TopicTag>?
    package var client: PersonID?
    package var origin: Request.Origin?

    package init() {}

    /// Reads an address. What is not understood is left out: an old link still opens.
    package init(_ form: Form) {
        preset = form.raw("period").flatMap(Period.Preset.init(rawValue:)) ?? .thirty
        if preset == .days {
            from = form.raw("from").flatMap { LocalDate(text: $0) }
            until = form.raw("until").flatMap { LocalDate(text: $0) }
        }
        line = form.raw("line").flatMap { LineID(parsing: $0) }
        specialist = Pick(parsing: form.raw("specialist"))
        unit = Pick(parsing: form.raw("unit"))
        topic = Pick(parsing: form.raw("topic"))
        client = form.raw("client").flatMap { PersonID(parsing: $0) }
        origin = form.raw("origin").flatMap(Request.Origin.init(rawValue:))
    }

    /// The filter as an address says it, in one order.
    package var query: String {
        let fields: [(String, String?)] = [
            ("period", preset.rawValue), ("from", from?.description), ("until", until?.description),
            ("line", line?.text), ("specialist", specialist?.text), ("unit", unit?.text), ("topic", topic?.text),
            ("client", client?.text), ("origin", origin?.rawValue),
        ]
        return fields.compactMap { name, value in value.map { "\(name)=\($0)" } }.joined(separator: "&")
    }

    func period(_ today: LocalDate) -> Period { Period(preset, from: from, until: until, today: today) }

    /// The same over some days of it.
    func over(_ first: LocalDate, _ last: LocalDate) -> Filter {
        var filter = self
        (filter.preset, filter.from, filter.until) = (.days, first, last)
        return filter
    }

    /// Whether anything but the period is chosen.
    var isNarrowed: Bool {
        line != nil || specialist != nil || unit != nil || topic != nil || client != nil || origin != nil
    }

    /// The filter over `request_fact AS fact`, without the period.
    /// - Parameter person: whose the thing counted is.
    func condition(person: SQL = "fact.assignee_id") -> SQL {
        var parts: [SQL] = ["1 = 1"]
        if let line { parts.append("fact.line_id = \(line)") }
        switch specialist {
        case .one(let id): parts.append("\(person) = \(id)")
        case Pick.none?: parts.append("\(person) IS NULL")
        case nil: break
        }
        switch unit {
        case .one(let id): parts.append("fact.unit_id IN (\(Units.subtree([id])))")
        case Pick.none?: parts.append("fact.unit_id IS NULL")
        case nil: break
        }
        switch topic {
        case .one(let id): parts.append("fact.topic_id IN (\(Self.subtree(id)))")
        case Pick.none?: parts.append("fact.topic_id IS NULL")
        case nil: break
        }
        if let client { parts.append("fact.client_id = \(client)") }
        if let origin { parts.append("fact.origin = \(origin)") }
        return SQL.joined(parts, by: " AND ")
    }

    private static func subtree(_ topic: TopicID) -> SQL {
        """
        WITH RECURSIVE below AS (
            SELECT id FROM topic WHERE id = \(topic)
            UNION ALL SELECT topic.id FROM topic JOIN below ON topic.parent_id = below.id)
        SELECT id FROM below
        """
    }
}
