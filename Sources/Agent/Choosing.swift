import AgentProtocol
import Glibc

/// A specialist's wish for a file, until the person has answered it.
struct Wish: Equatable {
    let session: UInt32
    let number: UInt32
    let specialist: String
}

/// Files from this computer: only what the person chooses here, with mouse and keys of this computer alone.
extension Porter {
    /// So many files are on their way at once.
    private static let most = 2

    func choose(_ wish: Wish) {
        guard screen != nil, visits[wish.session]?.granted.contains(.files) == true, wishes.count < 8 else {
            return connection.send(.unchosen(session: wish.session, wish: wish.number))
        }
        func isSame(_ session: UInt32, _ number: UInt32) -> Bool {
            session == wish.session && number == wish.number
        }
        // After a break the server says again what it waits for.
        guard !wishes.contains(where: { isSame($0.session, $0.number) }),
            !outgoing.contains(where: { isSame($0.session, $0.wish) })
        else { return }
        wishes.append(wish)
        askNext()
    }

    /// Nobody waits for it any more.
    func withdraw(_ session: UInt32, _ wish: UInt32) {
        wishes.removeAll { $0.session == session && $0.number == wish }
        outgoing.removeAll { $0.session == session && $0.wish == wish && $0.channel == nil }
        askNext()
    }

    /// The window of the first wish, where no question is open.
    func showChooser() {
        if let chooser, pane != nil || chooser.wish != wishes.first {
            chooser.hide()
            self.chooser = nil
        }
        guard pane == nil, chooser == nil, let screen, let wish = wishes.first, let visit = visits[wish.session] else {
            return
        }
        let chooser = FilePane(
            screen, wish, request: visit.question.request, home: surroundings.home,
            Words(visit.question.language)
        ) { [unowned self] in chosen($0) }
        self.chooser = chooser
        chooser.show()
    }

    /// - Parameter path: nil: none.
    private func chosen(_ path: String?) {
        guard let wish = chooser?.wish else { return }
        wishes.removeAll { $0 == wish }
        if let path, outgoing.count < Self.most,
            let file = OutgoingFile(path, session: wish.session, wish: wish.number)
        {
            outgoing.append(file)
        } else {
            connection.send(.unchosen(session: wish.session, wish: wish.number))
        }
        askNext()
        show()
    }

    // MARK: on the way

    /// One turn of the loop.
    func carry() {
        for file in outgoing where file.sha256 == nil {
            if !file.look() { drop(file) { connection.send(.unchosen(session: file.session, wish: file.wish)) } }
        }
        guard isKnown else { return }
        for file in outgoing {
            guard let sha256 = file.sha256 else { continue }
            guard let channel = file.channel else {
                // Odd, and not used again on this connection.
                channels += 2
                file.channel = channels
                connection.send(
                    .offer(
                        channel: channels,
                        FileOffer(session: file.session, name: file.name, size: file.size, sha256: sha256)))
                continue
            }
            send(file, channel)
        }
    }

    private func send(_ file: OutgoingFile, _ channel: UInt32) {
        let percent = file.percent
        while !connection.isFull {
            switch file.step() {
            case .data(let bytes): connection.send(.data(channel: channel, bytes))
            case .done: connection.send(.done(channel: channel))
            case .wait: return file.percent == percent ? () : show()
            case .broken: return drop(file) { connection.send(.close(channel: channel, .disk, words: "")) }
            }
        }
    }

    private func drop(_ file: OutgoingFile, _ say: () -> Void) {
        outgoing.removeAll { $0 === file }
        say()
        fileWords = visits[file.session].map { Words($0.question.language).fileFailed(file.name) } ?? ""
        show()
    }

    private func sending(_ channel: UInt32) -> OutgoingFile? { outgoing.first { $0.channel == channel } }

    func accepted(_ channel: UInt32, _ offset: UInt64, _ credit: UInt32) {
        guard let file = sending(channel) else { return }
        if !file.begin(at: offset, credit: credit) {
            drop(file) { connection.send(.close(channel: channel, .fault, words: "")) }
        }
    }

    func credit(_ channel: UInt32, _ more: UInt32) { sending(channel)?.give(more) }

    /// The server has it.
    func kept(_ channel: UInt32) {
        guard let file = sending(channel) else { return }
        outgoing.removeAll { $0 === file }
        fileWords = visits[file.session].map { Words($0.question.language).fileSent(file.name) } ?? ""
        show()
    }

    /// - Parameter words: why, for the person.
    func closedFile(_ channel: UInt32, _ words: String) {
        guard let file = sending(channel) else { return }
        drop(file) {}
        if !words.isEmpty { fileWords += " \(words)" }
        show()
    }

    /// What the card says of files.
    func fileLines(of session: UInt32, _ words: Words) -> [String] {
        outgoing.filter { $0.session == session }.map { words.fileGoes($0.name, $0.percent) }
            + files.values.filter { $0.session == session }.map { words.fileComes($0.name, $0.percent) }
    }
}
