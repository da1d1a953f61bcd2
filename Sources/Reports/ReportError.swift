import Kernel

/// What may go wrong with reports.
enum ReportError: String, RoomError, CaseIterable {
    case notFound, nameFirst, notShared, tooMany

    var status: Int {
        switch self {
        case .notFound: 404
        case .notShared: 403
        case .nameFirst, .tooMany: 422
        }
    }

    var key: String { "reports.error.\(rawValue.lowercased())" }
    var field: String? { self == .nameFirst ? "name" : nil }
}
