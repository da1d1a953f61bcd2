import AgentProtocol
import CX11

/// What the porter does on each message, and what the person does.
extension Porter {
    func hear(_ message: AgentMessage) {
        if case .welcome(let welcome) = message { return self.welcome(welcome) }
        switch message {
        case .ping(let number): connection.send(.pong(number))
        case .pong: break
        case .end(let session, let why, let words): end(session, why, words)
        case .ask(let session, let question) where isKnown: ask(session, question)
        case .open(let channel, let opening) where isKnown: open(channel, opening)
        case .data(let channel, let bytes): data(channel, bytes)
        case .credit(let channel, let more):
            streams[channel]?.give(more)
            credit(channel, more)
        case .close(let channel, _, let words):
            streams[channel] = nil
            if files.removeValue(forKey: channel) != nil { show() }
            closedFile(channel, words)
        case .clipboard(let session, let text):
            guard visits[session]?.granted.contains(.clipboard) == true else { return }
            lastClipboard = text
            clipboard?.put(text)
        case .offer(let channel, let offer) where isKnown: take(channel, offer)
        case .done(let channel): finish(channel)
        case .accept(let channel, let offset, let credit): accepted(channel, offset, credit)
        case .kept(let channel): kept(channel)
        case .choose(let session, let wish, let specialist) where isKnown:
            choose(Wish(session: session, number: wish, specialist: specialist))
        case .unchosen(let session, let wish): withdraw(session, wish)
        case .attention(let session) where isKnown: attention(session)
        case .viewers(let session, let names) where isKnown:
            visits[session]?.names = names
            show()
        // Not for an agent, or not before the welcome.
        default: connection.close(1002)
        }
    }

    // MARK: - Consent

    private func ask(_ session: UInt32, _ question: Question) {
        guard screen != nil else {
            let words = Words(question.language)
            return connection.send(
                .answer(
                    session: session, to: question.number,
                    .impossible(surroundings.isWayland ? words.wayland : words.noDisplay)))
        }
        if let place = questions.firstIndex(where: { $0.session == session }) {
            guard questions[place].question.number != question.number else { return }
            // Nobody waits any more for the answer to the one before.
            questions.remove(at: place)
            if place == 0 { answered(nil) }
        }
        guard session > 0, questions.count < 8 else { return }
        if admits(question) {
            // Files are for somebody who is here to choose and to find them.
            let rights = question.asked.subtracting(.files)
            grant(rights, of: session, question)
            connection.send(.answer(session: session, to: question.number, .admitted(rights)))
            return show()
        }
        questions.append((session, question))
        askNext()
    }

    func askNext() {
        if pane == nil, let screen, let next = questions.first {
            let pane = ConsentPane(screen, next.question) { [unowned self] in answered($0) }
            self.pane = pane
            pane.show()
        }
        showChooser()
        for stream in streams.values { stream.hold(isHeld) }
    }

    /// A window is open in which only the person at the computer may press anything.
    var isHeld: Bool { pane != nil || chooser != nil }

    /// nil: the question is withdrawn.
    func answered(_ answer: Answer?) {
        guard let pane else { return }
        pane.hide()
        self.pane = nil
        guard let answer, !questions.isEmpty else { return askNext() }
        let (session, question) = questions.removeFirst()
        if case .granted(let rights) = answer { grant(rights, of: session, question) }
        connection.send(.answer(session: session, to: question.number, answer))
        show()
        askNext()
    }

    private func grant(_ rights: Rights, of session: UInt32, _ question: Question) {
        // Until the server names all of them.
        let names = (visits[session]?.names ?? []).filter { $0 != question.specialist } + [question.specialist]
        visits[session] = Visit(question: question, granted: rights, names: names)
        if !rights.contains(.files) { endFiles(of: session) }
        for (channel, stream) in streams where stream.session == session {
            stream.allow(control: rights.contains(.control))
            if !rights.contains(.view) {
                streams[channel] = nil
                connection.send(.close(channel: channel, .refused, words: ""))
            }
        }
    }

    /// The frame and the card, as long as anybody is here.
    func show() {
        guard let screen, let first = visits.values.first else {
            presence?.hide()
            presence = nil
            screen?.spareKeys.clear()
            return
        }
        let words = Words(first.question.language)
        let presence = self.presence ?? Presence(screen) { [unowned self] in stopAll() }
        self.presence = presence
        var lines = visits.sorted { $0.key < $1.key }.flatMap { session, visit in
            [words.request(visit.question.request)] + visit.names
                + [words.controls(visit.granted, by: visit.names.count), words.also(visit.granted)].compactMap { $0 }
                + fileLines(of: session, words)
        }
        if !fileWords.isEmpty { lines.append(fileWords) }
        if visits.values.contains(where: { $0.question.isRecorded }) { lines.append(words.isRecorded) }
        if !isKnown { lines.append(words.isLost) }
        presence.say(lines, words)
    }

    // MARK: - Ends

    /// Pause, or the button of the card.
    func stopAll() {
        if pane != nil { answered(.refused) }
        guard !visits.isEmpty else { return }
        stoppedAt = Clock.milliseconds
        leave(.person)
    }

    /// Everything ends here at once; the server is told now if it can be, and again when it has come back.
    func leave(_ why: Ending) {
        if !visits.isEmpty { unsaidSince = Clock.milliseconds }
        for session in visits.keys {
            unsaid[session] = why
            if isKnown { connection.send(.end(session: session, why, words: "")) }
        }
        endAll()
    }

    func endAll() {
        streams = [:]
        (files, outgoing, wishes, fileWords) = ([:], [], [], "")
        (arrived, arrivedBefore, known) = ([], [], [])
        visits = [:]
        showChooser()
        show()
        leaveIfDone()
    }

    private func end(_ session: UInt32, _ why: Ending, _ said: String) {
        if session == 0 {
            let isOver = !unsaid.isEmpty
            unsaid = [:]
            if why == .unknown { forget() }
            // It was over for the server too.
            if isOver, why == .unknown { return leaveIfDone() }
            if why == .unknown || why == .version {
                let unknown = secret == nil || !invocation.isResident ? words.unknownCode : words.disconnected
                return refuse(why == .unknown ? unknown : words.otherVersion)
            }
            questions = []
            answered(nil)
            return endAll()
        }
        unsaid[session] = nil
        if questions.first?.session == session {
            questions.removeFirst()
            answered(nil)
        } else {
            questions.removeAll { $0.session == session }
        }
        streams = streams.filter { $0.value.session != session }
        endFiles(of: session)
        visits[session] = nil
        askNext()
        show()
        leaveIfDone()
    }

    /// A code is for one visit.
    func leaveIfDone() {
        if !invocation.isResident, visits.isEmpty, questions.isEmpty, unsaid.isEmpty, result == nil { result = 0 }
    }

    // MARK: - Channels

    private func open(_ channel: UInt32, _ opening: Opening) {
        let needed: Rights = opening.isControl ? [.view, .control] : [.view]
        guard let screen, let visit = visits[opening.session], visit.granted.isSuperset(of: needed),
            streams[channel] == nil, streams.count < 8
        else { return connection.send(.close(channel: channel, .refused, words: "")) }
        let name = String(cString: XDisplayString(screen.display))
        // What was said at the start of the program comes before the viewer's wish.
        let wanted = invocation.backEnd == .any ? opening.backEnd : invocation.backEnd
        for source in ScreenSources.chosen(wanted) {
            guard let feed = source.start(display: name, surroundings) else { continue }
            let stream = ViewerStream(channel: channel, opening, feed, VirtualInput(screen))
            stream.hold(isHeld)
            streams[channel] = stream
            return connection.send(.opened(channel: channel, source.kind, credit: UInt32(ViewerStream.credit)))
        }
        connection.send(.close(channel: channel, .backEnd, words: Words(visit.question.language).noBackEnd))
    }

    /// X11 keeps no keys for itself: what Ctrl-Alt-Del does is up to the desktop, and often it does nothing.
    private func attention(_ session: UInt32) {
        guard let screen, let visit = visits[session] else { return }
        let words = Words(visit.question.language)
        let isPressed = streams.values.contains { $0.session == session && $0.pressAttention() }
        if !isPressed {
            connection.send(.notice(session: session, words.noAttention))
        } else if !screen.attentionIsHeard {
            connection.send(.notice(session: session, words.attentionUnheard))
        }
    }

    private func data(_ channel: UInt32, _ bytes: [UInt8]) {
        if let stream = streams[channel] {
            if !stream.heard(bytes) {
                streams[channel] = nil
                connection.send(.close(channel: channel, .fault, words: ""))
            }
        } else if let file = files[channel] {
            if let why = file.add(bytes) {
                files[channel] = nil
                connection.send(.close(channel: channel, why, words: ""))
            } else {
                connection.send(.credit(channel: channel, UInt32(bytes.count)))
                show()
            }
        }
    }

    /// Nothing of this session is carried any more, either way.
    func endFiles(of session: UInt32) {
        files = files.filter { $0.value.session != session }
        arrived = arrived.filter { $0.session != session }
        arrivedBefore = arrivedBefore.filter { $0.session != session }
        outgoing.removeAll { $0.session == session }
        wishes.removeAll { $0.session == session }
        fileWords = ""
    }

    private func take(_ channel: UInt32, _ offer: FileOffer) {
        guard visits[offer.session]?.granted.contains(.files) == true, streams[channel] == nil, files.count < 4 else {
            return connection.send(.close(channel: channel, .refused, words: ""))
        }
        if arrivedBefore.remove(Porter.Arrival(session: offer.session, name: offer.name, sha256: offer.sha256)) != nil {
            known.insert(channel)
            return connection.send(.accept(channel: channel, offset: offer.size, credit: 0))
        }
        guard let file = IncomingFile(offer, folder: surroundings.downloads) else {
            return connection.send(.close(channel: channel, .disk, words: ""))
        }
        files[channel] = file
        connection.send(.accept(channel: channel, offset: file.size, credit: UInt32(IncomingFile.credit)))
    }

    private func finish(_ channel: UInt32) {
        if known.remove(channel) != nil { return connection.send(.kept(channel: channel)) }
        guard let file = files.removeValue(forKey: channel) else { return }
        if let why = file.finish() {
            connection.send(.close(channel: channel, why, words: ""))
        } else {
            arrived.insert(file.arrival)
            fileWords = visits[file.session].map { Words($0.question.language).fileCame(file.name) } ?? ""
            connection.send(.kept(channel: channel))
        }
        show()
    }

    /// The person copied something.
    func copied(_ text: String, isCut: Bool) {
        guard text != lastClipboard else { return }
        lastClipboard = text
        for (session, visit) in visits where visit.granted.contains(.clipboard) {
            connection.send(.clipboard(session: session, text))
            if isCut { connection.send(.notice(session: session, Words(visit.question.language).clipboardIsCut)) }
        }
    }
}
