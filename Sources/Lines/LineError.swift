import Kernel

/// What can be wrong with an act on a line. An id of another organisation is an unknown one.
package enum LineError: String, RoomError {
    case notFound = "notfound"
    case topicNotFound = "topic.notfound"
    case changedMeanwhile = "changed"
    case nameTaken = "name.taken"
    case topicNameTaken = "topic.taken"
    case waysEmpty = "ways"
    case plannedWrong = "planned"
    case hoursWrong = "hours"
    case hoursEmpty = "hours.none"
    case audienceEmpty = "audience"
    case audienceUnknown = "audience.unknown"
    case personUnknown = "person"
    case topicInItself = "topic.in-itself"
    case topicTooDeep = "topic.too-deep"
    case parentUnknown = "topic.parent"
    case dayWrong = "day"
    case dayHoursWrong = "day.hours"
    case calendarUnreadable = "calendar"
    case normEmpty = "norm"
    case normWrong = "norm.minutes"
    case normUnknown = "norm.notfound"
    case unitUnknown = "unit"
    case choicesWrong = "choices"
    case ownNameTaken = "own.taken"
    case ownTooMany = "own.many"
    case ownUnknown = "own.notfound"

    package var status: Int {
        switch self {
        case .notFound, .topicNotFound, .normUnknown, .ownUnknown: 404
        case .changedMeanwhile: 409
        default: 422
        }
    }

    package var key: String { "lines.error.\(rawValue)" }

    package var field: String? {
        switch self {
        case .notFound, .topicNotFound, .changedMeanwhile, .normUnknown, .ownUnknown: nil
        case .nameTaken, .topicNameTaken: "name"
        case .waysEmpty: "ways"
        case .plannedWrong: "planned"
        case .hoursWrong, .hoursEmpty: "hours"
        case .audienceEmpty, .audienceUnknown: "audience"
        case .personUnknown: "person"
        case .topicInItself, .topicTooDeep, .parentUnknown: "parent"
        case .choicesWrong: "choices"
        case .ownNameTaken, .ownTooMany: "name"
        case .dayWrong: "day"
        case .dayHoursWrong: "hours"
        case .calendarUnreadable: "text"
        case .normEmpty, .normWrong: "answer"
        case .unitUnknown: "unit"
        }
    }
}
