import Storage

/// What is tried from the person's chair, in this order.
package enum Step: String, Sendable, CaseIterable {
    case address, certificate, socket, relay, media, microphone, camera, screen, throughput

    /// What a page may say of it.
    package var outcomes: [Outcome] {
        switch self {
        case .address, .media, .throughput: [.works, .slow, .fails]
        case .certificate: [.works, .slow, .insecure, .absent]
        case .socket: [.works, .fails]
        case .relay: [.works, .fails, .absent]
        case .microphone, .camera: [.works, .refused, .absent, .insecure, .untried]
        case .screen: [.works, .absent, .insecure]
        }
    }
}

package enum Outcome: String, Sendable, CaseIterable {
    case works
    /// It works, but badly.
    case slow
    case fails
    /// There is none: no device, no relay, no such ability of the browser.
    case absent
    /// The person or the company forbade it in the browser.
    case refused
    /// The browser gives it only to pages that came over HTTPS.
    case insecure
    /// The browser would ask, and nobody has pressed the button.
    case untried

    /// Whether somebody has to do something before the first call.
    package var isTrouble: Bool {
        switch self {
        case .works, .untried: false
        case .slow, .fails, .absent, .refused, .insecure: true
        }
    }
}

/// What is measured. Each number is kept inside its range.
package enum Figure: String, Sendable, CaseIterable {
    /// Milliseconds and hundredths of the requests.
    case delay, jitter, loss
    /// Milliseconds until it was open, or there and back.
    case socket, relay, media
    /// Kbit/s.
    case mediaDown = "media-down", mediaUp = "media-up", down, up
    /// Milliseconds of the whole walk.
    case spent

    package var range: ClosedRange<Int> {
        switch self {
        case .loss: 0...100
        case .delay, .jitter, .socket, .relay, .media: 0...600_000
        case .mediaDown, .mediaUp, .down, .up: 0...100_000_000
        case .spent: 0...3_600_000
        }
    }
}

extension Step: SQLBindable {}
extension Outcome: SQLBindable {}
extension Figure: SQLBindable {}
