import Kernel

/// What will be late before the day's work ends: a function of values.
///
/// A line solves its requests in the order of their deadlines, as quickly as in the last week. A request is at risk when by that pace its
/// turn ends after its deadline, or when nobody is on the line at all.
enum Forecast {
    struct Pace: Sendable, Equatable {
        /// Working minutes of the week, and how many requests were solved in them.
        let worked: Int, solved: Int

        /// Working minutes until so many are solved; nil while nothing was solved.
        func minutes(for count: Int) -> Int? { solved > 0 ? worked * count / solved : nil }
    }

    struct Risk: Sendable, Equatable {
        let request: OpenRequest
        /// 1 is the next to be solved.
        let place: Int
        /// Working minutes until it would be solved; nil when nobody is there to do it.
        let minutes: Int?
    }

    /// - Parameters:
    ///   - queue: what is to be worked on, by deadline, those without one last.
    ///   - end: of the day's work.
    ///   - left: working minutes until a moment.
    static func decide(
        _ queue: [OpenRequest], at now: Instant, until end: Instant, pace: Pace, isAttended: Bool,
        left: (Instant) -> Int
    ) -> [Risk] {
        queue.enumerated().compactMap { index, request in
            guard let deadline = request.deadline, deadline >= now, deadline <= end else { return nil }
            if !isAttended { return Risk(request: request, place: index + 1, minutes: nil) }
            guard let minutes = pace.minutes(for: index + 1), minutes > left(deadline) else { return nil }
            return Risk(request: request, place: index + 1, minutes: minutes)
        }
    }
}
