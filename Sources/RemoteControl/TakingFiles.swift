import AgentProtocol
import Kernel
import NIOCore
import Requests
import Storage
import Synchronization

/// What comes of a file, and what is told before each part of it is waited for.
private struct Parts: AsyncSequence {
    typealias Element = ByteBuffer
    let stream: AsyncStream<ByteBuffer>
    /// The file is open, or so many bytes more of it are written.
    let ready: @Sendable (Int) -> Void

    struct AsyncIterator: AsyncIteratorProtocol {
        var parts: AsyncStream<ByteBuffer>.Iterator
        let ready: @Sendable (Int) -> Void
        var written = 0

        mutating func next() async -> ByteBuffer? {
            ready(written)
            let part = await parts.next()
            written = part?.readableBytes ?? 0
            return part
        }
    }

    func makeAsyncIterator() -> AsyncIterator { AsyncIterator(parts: stream.makeAsyncIterator(), ready: ready) }
}

/// Files from the computer: written as they come, and a part of the request when they are what was promised.
extension AgentWire {
    func came(_ bytes: ByteBuffer, on channel: UInt32) {
        let isKept = state.withLock { state -> Bool in
            guard var taking = state.files.taking[channel] else { return false }
            taking.toCome -= bytes.readableBytes
            state.files.taking[channel] = taking
            guard taking.toCome >= 0, !taking.isDone else { return false }
            taking.parts.yield(bytes)
            return true
        }
        if isKept { return }
        say(.close(channel: channel, .fault, words: ""))
        closedFile(channel, .fault)
    }

    func take(_ channel: UInt32, _ offer: FileOffer) {
        let (parts, feed) = AsyncStream.makeStream(of: ByteBuffer.self)
        let isNew = state.withLock { state -> Bool in
            guard !state.isOver, state.wire != nil, channel % 2 == 1, state.files.taking[channel] == nil,
                state.files.taking.count < FileRule.atOnce, offer.session == state.number
            else { return false }
            state.files.taking[channel] = CarriedFiles.Taking(parts: feed)
            return true
        }
        guard isNew, let (session, organisation) = place else {
            return say(.close(channel: channel, .refused, words: ""))
        }
        Task { [room] in
            do {
                let (file, client) = try await room.begin(offer, in: session, of: organisation)
                let isStill = state.withLock { state in
                    state.files.taking[channel]?.file = file
                    return state.files.taking[channel] != nil
                }
                guard isStill else { return }
                try await take(file, from: client, of: organisation, channel, parts)
            } catch {
                // Closed already, or told why.
                guard let taken = state.withLock({ $0.files.taking.removeValue(forKey: channel) }) else { return }
                guard let file = taken.file else {
                    let words = (error as? RemoteControl.Untaken)?.words ?? ""
                    return say(.close(channel: channel, .refused, words: words))
                }
                let why: Ending = error is RequestError ? .fault : .disk
                say(.close(channel: channel, why, words: ""))
                settle(nil, file, ControlFile.Why(why))
            }
        }
    }

    private func take(
        _ file: ControlFile, from client: Viewer, of organisation: OrganisationID, _ channel: UInt32,
        _ parts: AsyncStream<ByteBuffer>
    ) async throws {
        let received = try await receive(file, from: client, channel, parts)
        let isStill = state.withLock { $0.files.taking[channel] != nil }
        guard isStill, received == file.size else {
            if isStill, state.withLock({ $0.files.taking.removeValue(forKey: channel)?.isDone == true }) {
                say(.close(channel: channel, .hash, words: ""))
                try await room.fail(file.id, .hash, in: file.session, of: organisation)
            }
            return await rest(file, received, of: client, in: organisation)
        }
        do {
            let isRight = try await room.take(file, from: client, of: organisation)
            state.withLock { $0.files.taking[channel] = nil }
            say(isRight ? .kept(channel: channel) : .close(channel: channel, .hash, words: ""))
        } catch is RequestError {
            state.withLock { $0.files.taking[channel] = nil }
            say(.close(channel: channel, .refused, words: ""))
            try await room.fail(file.id, .refused, in: file.session, of: organisation)
        }
    }

    /// What was cut waits for the next wire; what is over is thrown away.
    private func rest(_ file: ControlFile, _ received: Int64, of client: Viewer, in organisation: OrganisationID) async
    {
        let isOpen = try? await room.database.read { tx in try ControlFile.find(file.id, tx)?.isOpen }
        if isOpen == false {
            try? await room.requests.dropUpload(file.id, by: client)
        } else {
            try? await room.note(received, of: file.id, in: organisation)
        }
    }

    /// - Returns: how many bytes of the file are here.
    private func receive(
        _ file: ControlFile, from client: Viewer, _ channel: UInt32, _ parts: AsyncStream<ByteBuffer>
    ) async throws -> Int64 {
        let requests = room.requests
        for _ in 0..<40 {
            let offset = try await requests.received(file.id, by: client)
            let ready = Parts(stream: parts) { [self] written in
                written == 0 ? accept(file, channel, offset) : wrote(written, of: file, channel)
            }
            do {
                let received = try await requests.append(to: file.id, at: offset, ready, by: client)
                // All of it was here before.
                if offset == file.size, received == offset { accept(file, channel, offset) }
                return received
            } catch RequestError.uploadOffset {
                // The task of the wire that broke has not let it go yet.
                try await Task.sleep(for: .milliseconds(250))
            }
        }
        throw RemoteControl.Untaken()
    }

    private func accept(_ file: ControlFile, _ channel: UInt32, _ offset: Int64) {
        let isFirst = state.withLock { state in
            guard state.files.taking[channel]?.isAccepted == false else { return false }
            state.files.taking[channel]?.isAccepted = true
            state.files.taking[channel]?.toCome = CarriedFiles.window
            state.files.taking[channel]?.done = offset
            return true
        }
        guard isFirst else { return }
        say(.accept(channel: channel, offset: UInt64(offset), credit: UInt32(CarriedFiles.window)))
        show(file, offset)
    }

    private func wrote(_ count: Int, of file: ControlFile, _ channel: UInt32) {
        let done = state.withLock { state -> Int64? in
            state.files.taking[channel]?.toCome += count
            state.files.taking[channel]?.done += Int64(count)
            return state.files.taking[channel]?.done
        }
        guard let done else { return }
        say(.credit(channel: channel, UInt32(count)))
        show(file, done)
    }
}
