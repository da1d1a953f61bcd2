import Kernel

package enum ControlError: String, RoomError, CaseIterable {
    // Of files.
    case cannotFiles, wishing, noSuchFile, tooManyFiles

    case notFound, notAllowed, closed, requestEnded, notReady, asking, nothingAsked, notAgreed, ended, noSuchPerson
    case noProgram, tooMany, busy, notUnattended

    package var status: Int {
        switch self {
        case .noSuchFile: 404
        case .notFound, .noProgram: 404
        case .notAllowed, .notUnattended: 403
        case .nothingAsked, .noSuchPerson: 422
        case .notReady: 503
        default: 409
        }
    }
    package var key: String { "remote.error.\(rawValue.lowercased())" }
    package var field: String? { self == .nothingAsked ? "what" : self == .noSuchPerson ? "person" : nil }
}
