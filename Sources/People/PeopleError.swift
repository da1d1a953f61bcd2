import Kernel

/// What an act of this room may refuse, with the words for the person in the catalogue.
package enum PeopleError: RoomError, Equatable {
    case notFound, notAllowed
    case missing(field: String), tooLong(field: String, limit: Int), wrong(field: String)
    case nameTaken(field: String)
    case changedMeanwhile
    case lastAdministrator, noSuchRole, roleNeedsLimit, noUnitChosen, nobodyChosen, notHere, alreadyBlocked, notBlocked,
        alreadyLeft, notLeft
    case unitArchived, intoItself, unitNameTaken
    case wrongTaxNumber(field: String, isLength: Bool)
    case accentTooPale(ratio: String), accentIsRed
    case logoTooLarge, logoNotAPicture
    case passwordTooShort(minimum: Int), passwordIsLogin, passwordIsKnown, wrongPassword
    case signInWrong, signInClosed, tooManyGuesses(minutes: Int)
    case invitationUsed, invitationExpired
    case tooManyKeys

    package var status: Int {
        switch self {
        case .notFound: 404
        case .notAllowed: 403
        case .changedMeanwhile, .lastAdministrator, .notHere, .alreadyBlocked, .notBlocked, .alreadyLeft, .notLeft,
            .unitArchived, .intoItself, .tooManyKeys:
            409
        case .logoTooLarge: 413
        case .tooManyGuesses: 429
        case .invitationUsed, .invitationExpired: 410
        default: 422
        }
    }

    package var key: String {
        switch self {
        case .notFound: "people.error.notfound"
        case .notAllowed: "people.error.not-allowed"
        case .missing(let field): field == "email" ? "people.error.login.none" : "people.error.required"
        case .tooLong: "people.error.long"
        case .wrong(let field):
            switch field {
            case "email", "login", "phone": "people.error.\(field)"
            case "accent": "people.organisation.accent.wrong"
            default: "people.error.wrong"
            }
        case .nameTaken(let field): "people.error.\(field).taken"
        case .changedMeanwhile: "people.error.changed-meanwhile"
        case .lastAdministrator: "people.error.last-admin"
        case .noSuchRole: "people.error.no-such-role"
        case .roleNeedsLimit: "people.error.role.limit"
        case .noUnitChosen: "people.mass.error.unit"
        case .nobodyChosen: "people.mass.error.nobody"
        case .notHere: "people.error.not-here"
        case .alreadyBlocked: "people.error.already-blocked"
        case .notBlocked: "people.error.not-blocked"
        case .alreadyLeft: "people.error.already-left"
        case .notLeft: "people.error.not-left"
        case .unitArchived: "people.error.unit-archived"
        case .intoItself: "people.error.unit.inside"
        case .unitNameTaken: "people.error.unit.same"
        case .wrongTaxNumber(let field, let isLength):
            "people.error.\(field)\(isLength || field == "kpp" ? "" : ".sum")"
        case .accentTooPale: "people.organisation.accent.refused"
        case .accentIsRed: "people.organisation.accent.red"
        case .logoTooLarge: "people.error.logo.large"
        case .logoNotAPicture: "people.error.logo"
        case .passwordTooShort: "account.password.short"
        case .passwordIsLogin: "people.error.password-is-login"
        case .passwordIsKnown: "account.password.common"
        case .wrongPassword: "account.password.wrong"
        case .signInWrong: "account.sign-in.wrong"
        case .signInClosed: "account.sign-in.blocked"
        case .tooManyGuesses: "people.error.too-many-guesses"
        case .invitationUsed: "people.error.invitation-used"
        case .invitationExpired: "people.error.invitation-expired"
        case .tooManyKeys: "people.error.too-many-keys"
        }
    }

    package var details: [String: String] {
        switch self {
        case .tooLong(_, let limit): ["limit": String(limit)]
        case .accentTooPale(let ratio): ["ratio": ratio]
        case .passwordTooShort(let minimum): ["n": String(minimum)]
        case .tooManyGuesses(let minutes): ["minutes": String(minutes)]
        default: [:]
        }
    }

    package var field: String? {
        switch self {
        case .missing(let field), .tooLong(let field, _), .wrong(let field), .nameTaken(let field),
            .wrongTaxNumber(let field, _):
            field
        case .accentTooPale, .accentIsRed: "accent"
        case .logoTooLarge, .logoNotAPicture: "logo"
        case .passwordTooShort, .passwordIsLogin, .passwordIsKnown: "password"
        case .wrongPassword: "current"
        case .intoItself: "parent"
        case .unitNameTaken: "name"
        case .noSuchRole, .roleNeedsLimit: "role"
        case .noUnitChosen, .unitArchived: "unit"
        case .nobodyChosen: "person"
        default: nil
        }
    }
}
