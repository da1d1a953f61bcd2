import Kernel

/// What may go wrong with a request.
package enum RequestError: String, RoomError, CaseIterable {
    case notFound, notAllowed, changedMeanwhile, wrongState, noSuchLine, noSuchTopic, noSuchPerson, nothingWritten
    case clientFirst, lineFirst, deadlinePast, ratingFirst, uploadUnknown, uploadUnfinished, fileTooLarge, uploadOffset
    case noSuchField, valueWrong, fieldsMissing, noSuchState, tooManyFiles
    case tooMany, tooLate, noteInReply, firstMessage, noSuchRequest, sameRequest, otherClient
    case hasTask, momentPast

    package var status: Int {
        switch self {
        case .notFound, .uploadUnknown, .noSuchField, .noSuchState: 404
        case .notAllowed: 403
        case .changedMeanwhile, .wrongState, .uploadOffset, .uploadUnfinished, .tooLate, .hasTask: 409
        case .fileTooLarge: 413
        default: 422
        }
    }

    package var key: String { "requests.error.\(rawValue.lowercased())" }

    package var field: String? {
        switch self {
        case .noSuchLine, .lineFirst: "line"
        case .noSuchTopic: "topic"
        case .clientFirst, .noSuchPerson: "client"
        case .noSuchRequest, .sameRequest, .otherClient: "other"
        case .nothingWritten: "text"
        case .deadlinePast, .momentPast: "at"
        case .ratingFirst: "rating"
        case .valueWrong: "value"
        default: nil
        }
    }
}
