/// How urgent a request is; the words on pages are the catalogue's.
package enum Priority: String, Sendable, CaseIterable {
    case low, normal, high, urgent
}
