extension AgentMessage {
    /// A message from the bytes of one frame; nothing is taken for granted about them.
    package init(decoding frame: some Collection<UInt8>) throws(ProtocolFault) {
        guard frame.count <= Self.frameBytes else { throw .tooLong }
        var fields = FieldReader(Array(frame))
        let type = try fields.number(UInt8.self)
        let number = try fields.number(UInt32.self)
        if [1, 2, 15].contains(type), number != 0 { throw .field }
        switch type {
        case 1: self = .hello(try Hello(&fields))
        case 2:
            self = .welcome(
                Welcome(
                    version: try fields.number(), secret: try fields.text(most: TextLimit.proof),
                    pingSeconds: try fields.number()))
        case 3: self = .ask(session: number, try Question(&fields))
        case 4: self = .answer(session: number, to: try fields.number(), try Answer(&fields))
        case 5:
            self = .open(
                channel: number,
                Opening(
                    session: try fields.number(), isControl: try fields.flag(), backEnd: try fields.choice(),
                    credit: try fields.number()))
        case 6: self = .opened(channel: number, try fields.choice(), credit: try fields.number())
        case Self.dataType: self = .data(channel: number, Array(try fields.rest(most: Self.dataBytes)))
        case 8: self = .credit(channel: number, try fields.number())
        case 9: self = .close(channel: number, try fields.choice(), words: try fields.text(most: TextLimit.words))
        case 10: self = .clipboard(session: number, try FieldReader.text(fields.rest(most: Self.clipboardBytes)))
        case 11:
            self = .offer(
                channel: number,
                FileOffer(
                    session: try fields.number(), name: try fields.text(most: TextLimit.fileName),
                    size: try fields.number(), sha256: Array(try fields.take(32))))
        case 12: self = .accept(channel: number, offset: try fields.number(), credit: try fields.number())
        case 13: self = .done(channel: number)
        case 14: self = .kept(channel: number)
        case 15:
            var monitors: [Monitor] = []
            let count = Int(try fields.number(UInt8.self))
            guard count <= Self.mostScreens else { throw .field }
            for _ in 0..<count { monitors.append(try Monitor(&fields)) }
            self = .screens(monitors)
        case 16: self = .end(session: number, try fields.choice(), words: try fields.text(most: TextLimit.words))
        case 17: self = .ping(number)
        case 18: self = .pong(number)
        case 19: self = .attention(session: number)
        case 20: self = .notice(session: number, try fields.text(most: TextLimit.words))
        case 21:
            var names: [String] = []
            let count = Int(try fields.number(UInt8.self))
            guard count <= Self.mostViewers else { throw .field }
            for _ in 0..<count { names.append(try fields.text(most: TextLimit.name)) }
            self = .viewers(session: number, names)
        case 22:
            self = .choose(
                session: number, wish: try fields.number(), specialist: try fields.text(most: TextLimit.name))
        case 23: self = .unchosen(session: number, wish: try fields.number())
        default: throw .unknownType(type)
        }
        try fields.end()
    }
}

extension FieldReader {
    fileprivate mutating func choice<Choice: RawRepresentable<UInt8>>() throws(ProtocolFault) -> Choice {
        guard let choice = Choice(rawValue: try number()) else { throw .field }
        return choice
    }

    fileprivate mutating func rights() throws(ProtocolFault) -> Rights {
        let rights = Rights(rawValue: try number())
        guard Rights.all.isSuperset(of: rights) else { throw .field }
        return rights
    }
}

extension Hello {
    fileprivate init(_ fields: inout FieldReader) throws(ProtocolFault) {
        version = try fields.number()
        system = try fields.text(most: TextLimit.name)
        computer = try fields.text(most: TextLimit.name)
        login = try fields.text(most: TextLimit.name)
        switch try fields.number(UInt8.self) {
        case 1: proof = .code(try fields.text(most: TextLimit.proof))
        case 2: proof = .secret(try fields.text(most: TextLimit.proof))
        default: throw .field
        }
        abilities = Abilities(rawValue: try fields.number())
    }
}

extension Question {
    fileprivate init(_ fields: inout FieldReader) throws(ProtocolFault) {
        number = try fields.number()
        specialist = try fields.text(most: TextLimit.name)
        request = try fields.number()
        asked = try fields.rights()
        language = try fields.text(most: 8)
        seconds = try fields.number()
        let how = try fields.number(UInt8.self)
        guard how <= 3 else { throw .field }
        (isRecorded, isUnattended) = (how & 1 != 0, how & 2 != 0)
    }
}

extension Answer {
    fileprivate init(_ fields: inout FieldReader) throws(ProtocolFault) {
        switch try fields.number(UInt8.self) {
        case 0: self = .refused
        case 1: self = .granted(try fields.rights())
        case 2: self = .timedOut
        case 3: self = .impossible(try fields.text(most: TextLimit.words))
        case 4: self = .admitted(try fields.rights())
        default: throw .field
        }
    }
}

extension Monitor {
    fileprivate init(_ fields: inout FieldReader) throws(ProtocolFault) {
        x = try fields.number()
        y = try fields.number()
        width = try fields.number()
        height = try fields.number()
        name = try fields.text(most: TextLimit.name)
    }
}
