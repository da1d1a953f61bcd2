import Kernel
import Requests

/// When a call may be recorded, and which parts of it are taken: functions of values.
enum ConsentRule {
    /// Milliseconds: of one part; how long a part may wait in its page for a way to the server; without a part for so long nothing is being
    /// recorded; what was recorded before the end may come after it for so long; a page hears of the end a little later.
    static let longestPart: Int64 = 30_000, longestWait: Int64 = 120_000, silence: Int64 = 90_000, tail: Int64 = 60_000,
        slack: Int64 = 2_000
    static let largestPart = 8 << 20
    /// With what a film begins (RFC 8794).
    static let film: [UInt8] = [0x1A, 0x45, 0xDF, 0xA3]

    /// - Parameter me: the state of who asks; nil: not of this call.
    /// - Returns: what hinders; nil: nothing.
    static func hindersQuestion(
        isAllowed: Bool, me: CallMember.State?, isClient: Bool, call: Call.State, inside: Int, isOpen: Bool
    ) -> RecordingError? {
        guard me == .inside, call != .ended else { return .notFound }
        // The page of a specialist makes the recording.
        guard !isClient else { return .notAllowed }
        guard isAllowed else { return .forbidden }
        guard call == .open, inside > 1 else { return .alone }
        return isOpen ? .going : nil
    }

    /// Everybody who is in the call has agreed.
    static func isAgreed(inside: [PersonID], agreed: Set<PersonID>) -> Bool {
        inside.count > 1 && agreed.isSuperset(of: inside)
    }

    /// Where a part stands, in milliseconds since the recording began; nil: it is not of the time that was agreed to.
    /// - Parameters:
    ///   - length: of the part.
    ///   - ago: how long before now it ended. Clocks of pages are not asked.
    ///   - last: until when there are parts already.
    ///   - ended: when the recording was stopped.
    static func place(length: Int64, ago: Int64, now: Int64, last: Int64, ended: Int64?) -> Range<Int64>? {
        let heard = now - ago, from = max(last, heard - length, 0)
        if let ended, heard > ended + slack { return nil }
        let until = min(heard, ended ?? heard)
        return from < until ? from..<until : nil
    }

    static func mayWatch(_ viewer: Standing, hasAgreed: Bool) -> Bool {
        viewer.isStaff || (viewer.sees && hasAgreed)
    }
}
