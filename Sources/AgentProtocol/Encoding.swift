/// The longest texts, in bytes of UTF-8.
enum TextLimit {
    static let name = 200
    static let words = 1_000
    static let proof = 200
    static let fileName = 255
}

extension AgentMessage {
    /// The bytes of one frame.
    package func encoded() -> [UInt8] {
        var fields = FieldWriter(type, number)
        switch self {
        case .hello(let hello): hello.put(into: &fields)
        case .welcome(let welcome):
            fields.put(welcome.version)
            fields.put(welcome.secret, most: TextLimit.proof)
            fields.put(welcome.pingSeconds)
        case .ask(_, let question): question.put(into: &fields)
        case .answer(_, let question, let answer):
            fields.put(question)
            answer.put(into: &fields)
        case .open(_, let opening):
            fields.put(opening.session)
            fields.put(opening.isControl)
            fields.put(opening.backEnd.rawValue)
            fields.put(opening.credit)
        case .opened(_, let backEnd, let credit):
            fields.put(backEnd.rawValue)
            fields.put(credit)
        case .data(_, let bytes): fields.put(all: bytes)
        case .credit(_, let more): fields.put(more)
        case .close(_, let why, let words), .end(_, let why, let words):
            fields.put(why.rawValue)
            fields.put(words, most: TextLimit.words)
        case .clipboard(_, let text): fields.put(all: FieldWriter.cut(text, Self.clipboardBytes).utf8)
        case .offer(_, let offer):
            fields.put(offer.session)
            fields.put(offer.name, most: TextLimit.fileName)
            fields.put(offer.size)
            fields.put(all: offer.sha256)
        case .accept(_, let offset, let credit):
            fields.put(offset)
            fields.put(credit)
        case .screens(let monitors):
            let shown = monitors.prefix(Self.mostScreens)
            fields.put(UInt8(shown.count))
            for monitor in shown { monitor.put(into: &fields) }
        case .notice(_, let words): fields.put(words, most: TextLimit.words)
        case .viewers(_, let names):
            let named = names.prefix(Self.mostViewers)
            fields.put(UInt8(named.count))
            for name in named { fields.put(name, most: TextLimit.name) }
        case .choose(_, let wish, let specialist):
            fields.put(wish)
            fields.put(specialist, most: TextLimit.name)
        case .unchosen(_, let wish): fields.put(wish)
        case .done, .kept, .ping, .pong, .attention: break
        }
        return fields.bytes
    }

    private var type: UInt8 {
        switch self {
        case .hello: 1
        case .welcome: 2
        case .ask: 3
        case .answer: 4
        case .open: 5
        case .opened: 6
        case .data: Self.dataType
        case .credit: 8
        case .close: 9
        case .clipboard: 10
        case .offer: 11
        case .accept: 12
        case .done: 13
        case .kept: 14
        case .screens: 15
        case .end: 16
        case .ping: 17
        case .pong: 18
        case .attention: 19
        case .notice: 20
        case .viewers: 21
        case .choose: 22
        case .unchosen: 23
        }
    }

    /// The session or the channel that a message belongs to, or what a ping wants back.
    package var number: UInt32 {
        switch self {
        case .hello, .welcome, .screens: 0
        case .ask(let number, _), .answer(let number, _, _), .open(let number, _), .opened(let number, _, _),
            .data(let number, _), .credit(let number, _), .close(let number, _, _), .clipboard(let number, _),
            .offer(let number, _), .accept(let number, _, _), .done(let number), .kept(let number),
            .end(let number, _, _), .ping(let number), .pong(let number), .attention(let number),
            .notice(let number, _), .viewers(let number, _), .choose(let number, _, _), .unchosen(let number, _):
            number
        }
    }
}

extension Hello {
    fileprivate func put(into fields: inout FieldWriter) {
        fields.put(version)
        fields.put(system, most: TextLimit.name)
        fields.put(computer, most: TextLimit.name)
        fields.put(login, most: TextLimit.name)
        switch proof {
        case .code(let code):
            fields.put(UInt8(1))
            fields.put(code, most: TextLimit.proof)
        case .secret(let secret):
            fields.put(UInt8(2))
            fields.put(secret, most: TextLimit.proof)
        }
        fields.put(abilities.rawValue)
    }
}

extension Question {
    fileprivate func put(into fields: inout FieldWriter) {
        fields.put(number)
        fields.put(specialist, most: TextLimit.name)
        fields.put(request)
        fields.put(asked.rawValue)
        fields.put(language, most: 8)
        fields.put(seconds)
        fields.put(UInt8(isRecorded ? 1 : 0) | (isUnattended ? 2 : 0))
    }
}

extension Answer {
    fileprivate func put(into fields: inout FieldWriter) {
        switch self {
        case .refused: fields.put(UInt8(0))
        case .granted(let rights):
            fields.put(UInt8(1))
            fields.put(rights.rawValue)
        case .timedOut: fields.put(UInt8(2))
        case .impossible(let words):
            fields.put(UInt8(3))
            fields.put(words, most: TextLimit.words)
        case .admitted(let rights):
            fields.put(UInt8(4))
            fields.put(rights.rawValue)
        }
    }
}

extension Monitor {
    fileprivate func put(into fields: inout FieldWriter) {
        fields.put(x)
        fields.put(y)
        fields.put(width)
        fields.put(height)
        fields.put(name, most: TextLimit.name)
    }
}
