import Kernel

package enum CallError: String, RoomError, CaseIterable {
    case notFound, notAllowed, closed, requestEnded, elsewhere, going, answered, ended, full, noSuchPerson, busy, nobody

    package var status: Int {
        switch self {
        case .notFound: 404
        case .notAllowed: 403
        case .noSuchPerson: 422
        default: 409
        }
    }
    package var key: String { "calls.error.\(rawValue.lowercased())" }
    package var details: [String: String] { self == .full ? ["limit": String(CallRule.mostMembers)] : [:] }
}
