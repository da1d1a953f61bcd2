import Kernel

/// Faults that belong to no room.
package enum WebError: RoomError, Equatable {
    case signInFirst, keyUnknown, beyondKey, notFound, forbidden, foreignForm, tooLarge, notText, busy, unavailable,
        diskFull
    case missing(field: String)
    case tooLong(field: String, limit: Int)
    case wrong(field: String)

    package var status: Int {
        switch self {
        case .signInFirst, .keyUnknown: 401
        case .notFound: 404
        case .beyondKey, .forbidden, .foreignForm: 403
        case .tooLarge: 413
        case .notText, .missing, .tooLong, .wrong: 422
        case .busy: 429
        case .unavailable: 503
        case .diskFull: 507
        }
    }

    package var key: String {
        switch self {
        case .signInFirst: "web.error.sign-in-first"
        case .keyUnknown: "web.error.key-unknown"
        case .beyondKey: "web.error.beyond-key"
        case .notFound: "web.error.not-found"
        case .forbidden: "web.error.forbidden"
        case .foreignForm: "web.error.csrf"
        case .tooLarge: "web.error.too-large"
        case .notText: "web.error.not-text"
        case .busy: "web.error.busy"
        case .unavailable: "web.error.unavailable"
        case .diskFull: "web.error.disk-full"
        case .missing: "web.error.missing"
        case .tooLong: "web.error.too-long"
        case .wrong: "web.error.wrong"
        }
    }

    package var details: [String: String] {
        if case .tooLong(_, let limit) = self { return ["limit": String(limit)] }
        return [:]
    }

    package var field: String? {
        switch self {
        case .missing(let field), .tooLong(let field, _), .wrong(let field): field
        default: nil
        }
    }
}
