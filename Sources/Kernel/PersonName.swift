/// A person's name in its parts. Pages get names only from here, through the organisation's policy.
package struct PersonName: Hashable, Sendable {
    package let family: String, given: String, patronymic: String

    package init(family: String, given: String, patronymic: String = "") {
        (self.family, self.given, self.patronymic) = (family, given, patronymic)
    }

    package var full: String { [family, given, patronymic].filter { !$0.isEmpty }.joined(separator: " ") }

    /// «Иванов И. И.», with spaces that do not break.
    package var initials: String {
        let letters = [given, patronymic].compactMap { part in part.first.map { "\($0)." } }
        return ([family] + letters).filter { !$0.isEmpty }.joined(separator: "\u{A0}")
    }

    /// Two letters for an avatar.
    package var monogram: String { [family, given].compactMap { $0.first.map(String.init) }.joined().uppercased() }

    /// The name that a viewer under this policy sees; `role` is the word shown when names are closed.
    package func shown(_ policy: NamePolicy, role: String) -> String {
        switch policy {
        case .full: full
        case .initials: initials
        case .role: role
        }
    }
}
