import AgentProtocol
import Glibc

/// Lets visitors in: asks the person, shows who is here, starts and ends what was granted. One thread, one loop.
package final class Porter {
    /// Those who look at this computer with one consent.
    struct Visit {
        var question: Question
        var granted: Rights
        /// Who looks.
        var names: [String]
    }

    /// A file that was kept in a session.
    struct Arrival: Hashable {
        var session: UInt32
        var name: String
        var sha256: [UInt8]
    }

    /// So long a visit outlives its connection.
    static let patienceMilliseconds: UInt64 = 120_000
    /// From nothing to an open WebSocket, through the logins of a slow proxy.
    static let connectMilliseconds: UInt64 = 20_000

    /// From a ping to the next thing heard; pictures on their way are heard of by their credit.
    private static let answerMilliseconds: UInt64 = 3_500
    /// Between two pings of a computer that waits.
    private static let waitingMilliseconds: UInt64 = 15_000

    let invocation: Invocation
    let surroundings: Surroundings
    let log: (String) -> Void
    let screen: Screen?
    let words: Words
    private let kept: Secret
    var secret: String?
    var connection: Connection
    var isKnown = false
    var visits: [UInt32: Visit] = [:]
    var streams: [UInt32: ViewerStream] = [:]
    var files: [UInt32: IncomingFile] = [:]
    var questions: [(session: UInt32, question: Question)] = []
    /// Visits that ended here and that the server has not let go of: it is told again after each break, until it answers.
    var unsaid: [UInt32: Ending] = [:]
    var unsaidSince: UInt64 = 0
    var pane: ConsentPane?
    /// Files that specialists ask for, those that the person chose, and the window in which this is done.
    var wishes: [Wish] = []
    var outgoing: [OutgoingFile] = []
    var chooser: FilePane?
    /// The last channel of ours on this connection.
    var channels: UInt32 = 1
    /// Files that were kept in this connection and in the one before: the server may have missed that. On these channels it
    /// offers them again.
    var arrived: Set<Arrival> = [], arrivedBefore: Set<Arrival> = [], known: Set<UInt32> = []
    /// What became of the last file, for the card.
    var fileWords = ""
    var presence: Presence?
    var clipboard: Clipboard?
    var lastClipboard = ""
    /// When somebody at the computer ended a visit: for a while after it everybody is asked for.
    var stoppedAt: UInt64?
    /// Tries since the last welcome.
    private var tries = 0
    private var saidFault = ""
    private var saidScript = false
    private var nextTry: UInt64 = 0
    private var lostAt: UInt64?
    private var pingMilliseconds: UInt64 = 20_000
    private var pingedAt = Clock.milliseconds
    /// The first ping that nothing has followed.
    private var askedAt: UInt64?
    private var deliveredBefore = 0
    /// Set when the program is to end.
    var result: Int32?

    package init(_ invocation: Invocation, _ surroundings: Surroundings, log: @escaping (String) -> Void) {
        (self.invocation, self.surroundings, self.log) = (invocation, surroundings, log)
        words = Words(surroundings.language)
        screen = surroundings.isWayland || surroundings.display.isEmpty ? nil : Screen(surroundings.display)
        kept = invocation.machine.map { Secret(machine: $0) } ?? Secret(surroundings, host: invocation.host)
        secret = invocation.code == nil ? kept.read() : nil
        connection = Connection(invocation, surroundings, patience: Self.connectMilliseconds)
    }

    package func run() -> Int32 {
        guard invocation.code != nil || secret != nil else {
            log(words.unknownCode)
            return 2
        }
        if invocation.isResident, invocation.code == nil, !kept.hold() {
            log(words.runsAlready)
            return 4
        }
        // A computer that starts has no screen yet: whoever watches over it tries again.
        if invocation.machine != nil, !invocation.leavesWhenKnown, screen == nil {
            log(words.noDisplay)
            return 3
        }
        if screen == nil { log(surroundings.isWayland ? words.wayland : words.noDisplay) }
        screen?.stops = { [unowned self] in stopAll() }
        if let screen {
            let clipboard = Clipboard(screen) { [unowned self] in copied($0, isCut: $1) }
            screen.changed = { [unowned self] in
                if isKnown { connection.send(.screens(screen.monitors)) }
            }
            screen.heard = { clipboard.heard($0) }
            self.clipboard = clipboard
        }
        while result == nil {
            turn()
            if result == nil { wait() }
        }
        endAll()
        connection.close()
        return result ?? 0
    }

    // MARK: - The loop

    private func turn() {
        if Interruption.isAsked { result = Interruption.result }
        let now = Clock.milliseconds
        if connection.state == .closed {
            if now >= nextTry {
                // The desktop is not asked for its proxy again while somebody waits, as long as that may be a short break.
                let proxy = tries == 1 && !visits.isEmpty ? connection.desktopProxy : nil
                connection = Connection(invocation, surroundings, patience: patience, proxy)
            }
        } else {
            let wasOpen = connection.state == .open
            let messages = connection.step()
            if case .script = connection.desktopProxy, !saidScript {
                saidScript = true
                log(words.proxyScript)
            }
            if !wasOpen, connection.state == .open { greet() }
            take(messages)
            if connection.state == .open { beat(now) }
            if connection.state == .closed { lose(now) }
        }
        for (channel, stream) in streams where !stream.step(connection) {
            streams[channel] = nil
            connection.send(.close(channel: channel, .backEnd, words: ""))
        }
        pane?.tick()
        chooser?.tick()
        carry()
        if let since = lostAt ?? (unsaid.isEmpty ? nil : unsaidSince), now - since > Self.patienceMilliseconds {
            giveUp()
        }
        screen?.pump()
        if connection.state == .open, connection.wantsToWrite {
            take(connection.step())
            if connection.state == .closed { lose(now) }
        }
    }

    private func take(_ messages: [AgentMessage]) {
        if !messages.isEmpty { askedAt = nil }
        for message in messages where result == nil { hear(message) }
    }

    /// The server has ended it by itself meanwhile. A resident says so when it is back.
    private func giveUp() {
        leave(.finished)
        if invocation.leavesWhenKnown { result = 5 }
        guard !invocation.isResident else { return }
        unsaid = [:]
        leaveIfDone()
    }

    private func wait() {
        var watched: [pollfd] = []
        if connection.socket >= 0, connection.state != .closed {
            let events = POLLIN | (connection.wantsToWrite ? POLLOUT : 0)
            watched.append(pollfd(fd: connection.socket, events: Int16(events), revents: 0))
        }
        if let screen { watched.append(pollfd(fd: screen.socket, events: Int16(POLLIN), revents: 0)) }
        if !connection.isFull {
            for stream in streams.values where stream.socket >= 0 {
                watched.append(pollfd(fd: stream.socket, events: stream.events, revents: 0))
            }
        }
        poll(&watched, nfds_t(watched.count), isSomethingRead ? 0 : isSomethingDue ? 20 : 250)
    }

    private var isSomethingRead: Bool { outgoing.contains { $0.sha256 == nil } }

    private var isSomethingDue: Bool {
        connection.state == .connecting || streams.values.contains { $0.socket < 0 || $0.waits }
    }

    private func greet() {
        var abilities: Abilities = screen == nil ? [] : [.view, .clipboard, .filesIn, .filesOut]
        if screen?.takesInput == true { abilities.formUnion([.control, .attention]) }
        if invocation.isResident { abilities.insert(.resident) }
        if isUnattended { abilities.insert(.unattended) }
        connection.send(
            .hello(
                Hello(
                    system: surroundings.isWayland ? "linux-wayland" : "linux-x11", computer: surroundings.computer,
                    login: surroundings.login,
                    proof: secret.map { .secret($0) } ?? .code(invocation.code ?? ""), abilities: abilities)))
    }

    func welcome(_ welcome: Welcome) {
        guard welcome.version == AgentMessage.version else { return refuse(words.otherVersion) }
        (isKnown, lostAt, tries, saidFault) = (true, nil, 0, "")
        pingMilliseconds = UInt64(max(welcome.pingSeconds, 1)) * 1_000
        if !welcome.secret.isEmpty {
            secret = welcome.secret
            if invocation.isResident, !invocation.leavesWhenKnown, !kept.hold() { return refuse(words.runsAlready) }
            if invocation.isResident, !kept.write(welcome.secret) {
                let why = "\(invocation.machine ?? "~/.config/okno"): \(String(cString: strerror(errno)))"
                return invocation.leavesWhenKnown ? refuse(why) : log(why)
            }
        }
        if invocation.leavesWhenKnown {
            // A first word, by which the server knows that the secret has arrived.
            connection.send(.ping(0))
            result = 0
            return
        }
        if let screen { connection.send(.screens(screen.monitors)) }
        for (session, why) in unsaid { connection.send(.end(session: session, why, words: "")) }
        show()
    }

    /// The server knows neither the code nor the secret, or speaks another version.
    func refuse(_ why: String) {
        log(why)
        result = 2
    }

    func forget() {
        guard invocation.isResident else { return }
        kept.forget()
        if invocation.machine == nil {
            Autostart(configuration: surroundings.configuration).remove(server: invocation.server)
        }
    }

    /// Whether this computer lets in without a question, as its administrator has it now: read anew each time.
    var isUnattended: Bool {
        guard let folder = invocation.machine, let wide = try? MachineWide.read(folder) else { return false }
        return wide.isUnattended && wide.server == invocation.server
    }

    /// So long after somebody has ended a visit here, nobody comes in without a question.
    static let wariness: UInt64 = 600_000

    func admits(_ question: Question) -> Bool {
        guard question.isUnattended, isUnattended else { return false }
        return stoppedAt.map { Clock.milliseconds - $0 > Self.wariness } ?? true
    }

    /// A way that is cut tells nothing: it is asked, often while somebody looks, and seldom by a computer that only waits.
    private func beat(_ now: UInt64) {
        guard isKnown else { return }
        // A slow way takes a picture for longer than an answer needs: what the other side has taken is a sign of life too.
        let delivered = connection.delivered
        if delivered > deliveredBefore + 512 { (deliveredBefore, askedAt) = (delivered, nil) }
        if let askedAt, now - askedAt > Self.answerMilliseconds { return connection.close(1001) }
        let waits = invocation.isResident && visits.isEmpty && questions.isEmpty
        guard now - pingedAt > (waits ? Self.waitingMilliseconds : pingMilliseconds) else { return }
        pingedAt = now
        askedAt = askedAt ?? now
        connection.send(.ping(UInt32(truncatingIfNeeded: now)))
    }

    private func lose(_ now: UInt64) {
        let fault = words.fault(connection.fault)
        // Said once, not every half minute.
        if fault != saidFault { log(fault) }
        saidFault = fault
        streams = [:]
        files = [:]
        for file in outgoing { file.rest() }
        channels = 1
        // Not at each try that fails.
        if isKnown { (arrivedBefore, arrived) = (arrived, []) }
        known = []
        isKnown = false
        questions = []
        answered(nil)
        if lostAt == nil { lostAt = now }
        (askedAt, pingedAt, deliveredBefore) = (nil, now, 0)
        nextTry = now + pause
        tries += 1
        show()
    }

    /// Milliseconds to the next try. Somebody who waits to see the screen again is not left alone; else a server that starts is not stormed.
    private var pause: UInt64 {
        guard visits.isEmpty else { return tries == 0 ? .random(in: 0...200) : 1_000 + .random(in: 0...200) }
        return UInt64(1_000) << UInt64(min(tries, 5)) + .random(in: 0...300)
    }

    /// On a path that is cut the system asks ever more rarely whether it is back: a new try asks at once.
    private var patience: UInt64 {
        visits.isEmpty
            ? Self.connectMilliseconds : min(UInt64(1_000) << UInt64(min(tries, 5)), Self.connectMilliseconds)
    }
}
