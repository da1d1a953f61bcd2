import Kernel

/// What an act of this room may refuse, with the words for the person in the catalogue.
package enum PeopleError: RoomError, Equatable {
    case notFound, notAllowed
    case missing(field: String), tooLong(field: String, limit: Int), wrong(field: String)
    case nameTaken(field: String)
    case changedMeanwhile
    case lastAdministrator, noSuchRole, notHere, alreadyBlocked, notBlocked, alreadyLeft, notLeft
    case unitArchived, intoItself, unitNotEmpty, unitNotArchived
    case wrongTaxNumber(field: String)
    case accentTooPale, accentIsRed
    case logoTooLarge(limit: Int), logoNotAPicture
    case passwordTooShort(minimum: Int), passwordIsLogin, passwordIsKnown, wrongPassword
    case signInWrong, signInClosed, tooManyGuesses(minutes: Int)
    case invitationUsed, invitationExpired

    package var status: Int {
        switch self {
        case .notFound: 404
        case .notAllowed: 403
        case .changedMeanwhile, .lastAdministrator, .notHere, .alreadyBlocked, .notBlocked, .alreadyLeft, .notLeft,
            .unitArchived, .intoItself, .unitNotEmpty, .unitNotArchived:
            409
        case .logoTooLarge: 413
        case .tooManyGuesses: 429
        case .invitationUsed, .invitationExpired: 410
        default: 422
        }
    }

    package var key: String {
        switch self {
        case .notFound: "people.error.not-found"
        case .notAllowed: "people.error.not-allowed"
        case .missing: "people.error.missing"
        case .tooLong: "people.error.too-long"
        case .wrong: "people.error.wrong"
        case .nameTaken: "people.error.name-taken"
        case .changedMeanwhile: "people.error.changed-meanwhile"
        case .lastAdministrator: "people.error.last-administrator"
        case .noSuchRole: "people.error.no-such-role"
        case .notHere: "people.error.not-here"
        case .alreadyBlocked: "people.error.already-blocked"
        case .notBlocked: "people.error.not-blocked"
        case .alreadyLeft: "people.error.already-left"
        case .notLeft: "people.error.not-left"
        case .unitArchived: "people.error.unit-archived"
        case .intoItself: "people.error.into-itself"
        case .unitNotEmpty: "people.error.unit-not-empty"
        case .unitNotArchived: "people.error.unit-not-archived"
        case .wrongTaxNumber: "people.error.wrong-tax-number"
        case .accentTooPale: "people.error.accent-too-pale"
        case .accentIsRed: "people.error.accent-is-red"
        case .logoTooLarge: "people.error.logo-too-large"
        case .logoNotAPicture: "people.error.logo-not-a-picture"
        case .passwordTooShort: "people.error.password-too-short"
        case .passwordIsLogin: "people.error.password-is-login"
        case .passwordIsKnown: "people.error.password-is-known"
        case .wrongPassword: "people.error.wrong-password"
        case .signInWrong: "people.error.sign-in-wrong"
        case .signInClosed: "people.error.sign-in-closed"
        case .tooManyGuesses: "people.error.too-many-guesses"
        case .invitationUsed: "people.error.invitation-used"
        case .invitationExpired: "people.error.invitation-expired"
        }
    }

    package var details: [String: String] {
        switch self {
        case .tooLong(_, let limit): ["limit": String(limit)]
        case .logoTooLarge(let limit): ["limit": String(limit / 1024)]
        case .passwordTooShort(let minimum): ["limit": String(minimum)]
        case .tooManyGuesses(let minutes): ["minutes": String(minutes)]
        default: [:]
        }
    }

    package var field: String? {
        switch self {
        case .missing(let field), .tooLong(let field, _), .wrong(let field), .nameTaken(let field),
            .wrongTaxNumber(let field):
            field
        case .accentTooPale, .accentIsRed: "accent"
        case .logoTooLarge, .logoNotAPicture: "logo"
        case .passwordTooShort, .passwordIsLogin, .passwordIsKnown: "password"
        case .wrongPassword: "current"
        case .intoItself: "parent"
        case .noSuchRole: "role"
        default: nil
        }
    }
}
