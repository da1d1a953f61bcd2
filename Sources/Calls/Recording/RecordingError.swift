import Kernel

enum RecordingError: String, RoomError, CaseIterable {
    case notFound, notAllowed, forbidden, going, alone, ended, outOfTurn, early, notFilm

    var status: Int {
        switch self {
        case .notFound: 404
        case .notAllowed, .forbidden: 403
        case .notFilm: 422
        // The page comes again a little later.
        case .early: 429
        default: 409
        }
    }
    var key: String { "recordings.error.\(rawValue.lowercased())" }
}
