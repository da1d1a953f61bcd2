import AgentProtocol
import Foundation
import Kernel
import Requests
import Synchronization

/// Files to the computer: offered, sent within the agent's credit, and over when it says that it kept them.
extension AgentWire {
    func offer(_ file: ControlFile, _ channel: UInt32) {
        say(
            .offer(
                channel: channel,
                FileOffer(
                    session: number, name: file.name, size: UInt64(file.size),
                    sha256: RemoteControl.bytes(file.sha256))))
    }

    func moreOfFile(_ count: Int, on channel: UInt32) {
        state.withLock { $0.files.sending[channel]?.credits }?.yield(count)
    }

    func send(_ channel: UInt32, from offset: UInt64, credit: Int) {
        let (credits, feed) = AsyncStream.makeStream(of: Int.self)
        let file = state.withLock { state -> ControlFile? in
            guard let sending = state.files.sending[channel], sending.credits == nil else { return nil }
            state.files.sending[channel]?.credits = feed
            state.files.sending[channel]?.isResumed = offset > 0
            return sending.file
        }
        guard let file else { return }
        guard let offset = Int64(exactly: offset), offset <= file.size else {
            say(.close(channel: channel, .fault, words: ""))
            return settle(channel, file, .fault)
        }
        Task { [room] in
            var taken = offset
            do {
                taken = try await pump(channel, file, from: offset, credit: credit, credits)
            } catch {
                say(.close(channel: channel, .disk, words: ""))
                return settle(channel, file, .disk)
            }
            if taken < file.size, let (_, organisation) = place {
                try? await room.note(taken, of: file.id, in: organisation)
            }
        }
    }

    /// - Returns: how much the agent has taken.
    private func pump(
        _ channel: UInt32, _ file: ControlFile, from offset: Int64, credit: Int, _ credits: AsyncStream<Int>
    ) async throws -> Int64 {
        let path = room.requests.path(of: file.sha256)
        guard let content = FileHandle(forReadingAtPath: path) else { throw CocoaError(.fileReadNoSuchFile) }
        defer { try? content.close() }
        try content.seek(toOffset: UInt64(offset))
        var (sent, taken, may) = (offset, offset, credit)
        var more = credits.makeAsyncIterator()
        while sent < file.size {
            let count = min(
                may, CarriedFiles.window - Int(sent - taken), AgentMessage.dataBytes, Int(clamping: file.size - sent))
            if count > 0 {
                guard isFile(channel) else { return taken }
                guard let bytes = try content.read(upToCount: count), !bytes.isEmpty else {
                    throw CocoaError(.fileReadCorruptFile)
                }
                say(.data(channel: channel, Array(bytes)))
                sent += Int64(bytes.count)
                may -= bytes.count
            } else {
                guard let credit = await more.next() else { return taken }
                may += credit
                taken = min(sent, taken + Int64(credit))
                show(file, taken)
            }
        }
        let isStill = state.withLock { state in
            state.files.sending[channel]?.isSent = true
            return state.files.sending[channel] != nil
        }
        if isStill { say(.done(channel: channel)) }
        return file.size
    }
}
