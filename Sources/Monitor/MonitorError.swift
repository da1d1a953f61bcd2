import Kernel

/// What may go wrong on the monitor.
package enum MonitorError: String, RoomError, CaseIterable {
    case notFound, nameFirst, wrongDays, tooMany, notYet

    package var status: Int { self == .notFound ? 404 : 422 }
    package var key: String { "monitor.error.\(rawValue.lowercased())" }
    package var field: String? {
        switch self {
        case .nameFirst: "name"
        case .wrongDays: "days"
        case .notYet: "at"
        default: nil
        }
    }
}
