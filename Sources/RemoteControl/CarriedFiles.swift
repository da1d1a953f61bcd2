import Kernel
import NIOCore

/// The files that are on their way over one wire.
struct CarriedFiles: Sendable {
    /// Bytes on their way for one file: what is pressed and shown meanwhile must not wait behind more.
    static let window = 256 << 10

    struct Sending: Sendable {
        let file: ControlFile
        /// What the agent has taken, when it is being sent.
        var credits: AsyncStream<Int>.Continuation?
        var isSent = false
        /// It began in the middle: if it is not what was promised, the agent's part was to blame, and it begins anew once.
        var isResumed = false
    }

    struct Taking: Sendable {
        var file: ControlFile?
        let parts: AsyncStream<ByteBuffer>.Continuation
        /// Bytes that the agent may still send.
        var toCome = 0
        /// Bytes of the file that are here.
        var done: Int64 = 0
        var isAccepted = false, isDone = false
    }

    /// To the computer, and from there, by channel.
    var sending: [UInt32: Sending] = [:], taking: [UInt32: Taking] = [:]
    /// Files that have come to their end here, though their row may not say so yet.
    var settled: Set<UploadID> = []
    /// Wishes that the agent knows of.
    var told: Set<Int> = []
    /// What the pages were told last.
    var shown: [UploadID: Int] = [:]
    private var last: UInt32 = 1 << 29

    /// Above the channels of viewers and below those of recorders.
    mutating func add(_ file: ControlFile, again: Bool = false) -> UInt32 {
        last += 2
        sending[last] = Sending(file: file, isResumed: again)
        return last
    }

    mutating func clear() {
        for each in sending.values { each.credits?.finish() }
        for each in taking.values { each.parts.finish() }
        (sending, taking) = ([:], [:])
    }
}
