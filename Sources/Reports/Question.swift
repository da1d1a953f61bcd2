import Kernel
import Storage

/// What one viewer asks: the filter, its days in the viewer's time zone, and how far the viewer may look.
struct Question: Sendable {
    let viewer: Viewer
    let filter: Filter
    let period: Period
    let reach: Reach
    let now: Instant

    init(_ filter: Filter, for viewer: Viewer, at now: Instant) throws(ReportError) {
        guard let reach = Reach.of(viewer) else { throw .notFound }
        self.viewer = viewer
        self.filter = filter
        self.reach = reach
        self.now = now
        period = filter.period(viewer.zone.local(now).date)
    }

    var from: Instant { viewer.zone.instant(period.from, minute: 0) }
    var until: Instant { viewer.zone.instant(period.until.adding(days: 1), minute: 0) }
    var stretches: [Stretch] { Stretch.of(period, in: viewer.zone) }

    /// Requests that belong to a period by one of their moments.
    enum Cohort: Sendable {
        case registered, solved, rated

        var moment: SQL {
            switch self {
            case .registered: "fact.registered_at"
            case .solved: "fact.solved_at"
            case .rated: "fact.rated_at"
            }
        }
    }

    /// «request_fact AS fact WHERE …»: what of a cohort this question is about.
    func facts(_ cohort: Cohort, in stretch: Stretch? = nil) -> SQL {
        """
        request_fact AS fact WHERE fact.organisation_id = \(viewer.organisation)
            AND \(cohort.moment) >= \(stretch?.from ?? from) AND \(cohort.moment) < \(stretch?.until ?? until)
            AND \(reach.condition()) AND \(filter.condition())
        """
    }

    /// The same of what is open now, whenever it was registered; solved ones only wait for a word of the client.
    func open() -> SQL {
        """
        request_fact AS fact WHERE fact.organisation_id = \(viewer.organisation) AND fact.is_open = 1
            AND fact.state <> 'solved' AND \(reach.condition()) AND \(filter.condition())
        """
    }

    /// «labour_fact AS labour JOIN request_fact AS fact … WHERE …»: entries of labour time in the period.
    func labour() -> SQL {
        """
        labour_fact AS labour JOIN request_fact AS fact ON fact.request_id = labour.request_id
        WHERE labour.organisation_id = \(viewer.organisation) AND labour.at >= \(from) AND labour.at < \(until)
            AND \(reach.condition(person: "labour.person_id")) AND \(filter.condition(person: "labour.person_id"))
        """
    }
}

extension Stretch {
    /// The local hour of a column of moments, as `hour(of:)` tells it.
    func hour(of moment: SQL) -> SQL { "(\(moment) + \(offset)) / 3600000" }
}
