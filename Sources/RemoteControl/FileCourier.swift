import AgentProtocol
import Kernel
import Synchronization

/// Files at the wire of the agent: each is carried in a task of its own, within credit.
extension AgentWire {
    /// Seconds between tries to write what became of a file.
    private static let tries = [1, 2, 4, 8, 15]

    func isFile(_ channel: UInt32) -> Bool {
        state.withLock { $0.files.sending[channel] != nil || $0.files.taking[channel] != nil }
    }

    /// Begins what is given, ends what is over, puts wishes to the person.
    func carry(_ sight: ControlSight) {
        guard sight.agreed.contains(.files) else { return stopFiles(.refused) }
        let over = Set(sight.files.filter { !$0.isOpen }.map(\.id))
        let wishes = sight.files.filter { $0.state == .wanted }
        let (offers, closed, withdrawn) = state.withLock { state -> ([(UInt32, ControlFile)], [UInt32], [Int]) in
            guard state.wire != nil, !state.isOver else { return ([], [], []) }
            let closed =
                state.files.sending.filter { over.contains($0.value.file.id) }.map(\.key)
                + state.files.taking.filter { $0.value.file.map { over.contains($0.id) } ?? false }.map(\.key)
            for channel in closed {
                state.files.sending.removeValue(forKey: channel)?.credits?.finish()
                state.files.taking.removeValue(forKey: channel)?.parts.finish()
            }
            var offers: [(UInt32, ControlFile)] = []
            let busy = Set(state.files.sending.values.map(\.file.id))
            for file in sight.files
            where file.way == .to && file.state == .going && !busy.contains(file.id)
                && !state.files.settled.contains(file.id) && state.files.sending.count < FileRule.atOnce
            {
                offers.append((state.files.add(file), file))
            }
            let withdrawn = state.files.told.intersection(sight.files.filter { !$0.isOpen }.map(\.number))
            state.files.told.subtract(withdrawn)
            return (offers, closed, withdrawn.sorted())
        }
        for channel in closed { say(.close(channel: channel, .specialist, words: "")) }
        for wish in withdrawn { say(.unchosen(session: number, wish: UInt32(wish))) }
        for (channel, file) in offers { offer(file, channel) }
        for wish in wishes where state.withLock({ $0.files.told.insert(wish.number).inserted }) {
            say(
                .choose(
                    session: number, wish: UInt32(wish.number), specialist: sight.wishers[wish.person] ?? ""))
        }
        guard let (session, organisation) = place else { return }
        if !wishes.isEmpty {
            Task { [room] in try? await room.endWishes(of: session, in: organisation, wishes) }
        }
    }

    /// - Parameter why: said to the agent of each; nil: the end of the session says it, or nobody can.
    func stopFiles(_ why: Ending? = nil) {
        let channels = state.withLock { state in
            defer {
                state.files.clear()
                // A new consent puts them anew.
                state.files.told = []
            }
            return Array(state.files.sending.keys) + Array(state.files.taking.keys)
        }
        if let why { for channel in channels { say(.close(channel: channel, why, words: "")) } }
    }

    var place: (ControlID, OrganisationID)? {
        state.withLock { state in
            guard let session = state.session, let organisation = state.organisation else { return nil }
            return (session, organisation)
        }
    }

    func heardOfFile(_ message: AgentMessage) {
        switch message {
        case .offer(let channel, let offer): take(channel, offer)
        case .accept(let channel, let offset, let credit): send(channel, from: offset, credit: Int(credit))
        case .kept(let channel):
            guard let sent = state.withLock({ $0.files.sending[channel] }) else { return }
            // Whoever says so before the end has something else.
            settle(channel, sent.file, sent.isSent ? nil : .fault)
        case .done(let channel):
            state.withLock { state in
                state.files.taking[channel]?.isDone = true
                state.files.taking[channel]?.parts.finish()
            }
        case .close(let channel, let why, _): closedFile(channel, why)
        case .unchosen(number, let wish):
            guard let (session, organisation) = place else { return }
            Task { [room] in try? await room.unchosen(Int(wish), in: session, of: organisation) }
        default: break
        }
    }

    func closedFile(_ channel: UInt32, _ why: Ending) {
        let (sent, taken) = state.withLock { state in
            (state.files.sending[channel], state.files.taking.removeValue(forKey: channel))
        }
        if let sent {
            guard why == .hash, sent.isResumed, sent.isSent else {
                return settle(channel, sent.file, ControlFile.Why(why))
            }
            let again = state.withLock { state in
                state.files.sending[channel] = nil
                return state.files.add(sent.file)
            }
            return offer(sent.file, again)
        }
        taken?.parts.finish()
        if let file = taken?.file { settle(nil, file, ControlFile.Why(why)) }
    }

    /// Writes what became of a file; while the database does not answer, again.
    /// - Parameter why: nil: it is kept at the computer.
    func settle(_ channel: UInt32?, _ file: ControlFile, _ why: ControlFile.Why?) {
        state.withLock { state in
            if let channel { state.files.sending.removeValue(forKey: channel)?.credits?.finish() }
            state.files.settled.insert(file.id)
        }
        guard let (session, organisation) = place else { return }
        Task { [room] in
            for pause in Self.tries {
                do {
                    guard let why else { return try await room.kept(file.id, in: session, of: organisation) }
                    return try await room.fail(file.id, why, in: session, of: organisation)
                } catch {
                    try? await Task.sleep(for: .seconds(pause))
                }
            }
        }
    }

    /// Pages see how far it is, at each hundredth.
    func show(_ file: ControlFile, _ done: Int64) {
        let percent = file.percent(done)
        let viewers = state.withLock { state -> [ViewerWire] in
            guard state.files.shown.updateValue(percent, forKey: file.id) != percent else { return [] }
            return state.streams.viewers
        }
        for viewer in viewers { viewer.send(SideWords(file: SideWords.File(id: file.id.text, percent: percent))) }
    }
}
