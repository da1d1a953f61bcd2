/// A fault with words for the person. Each room has a closed list of its own; `Web` renders them once, in one place.
/// Anything else that is thrown becomes a 500 page with a request id, and its text goes to the log only.
package protocol RoomError: Error, Sendable {
    /// The HTTP status.
    var status: Int { get }
    /// The key of the words in the message catalogue.
    var key: String { get }
    /// What the words name, by the placeholders of the message («{limit}»).
    var details: [String: String] { get }
    /// The field of the form that the words belong to, if any.
    var field: String? { get }
}

extension RoomError {
    package var details: [String: String] { [:] }
    package var field: String? { nil }
}
