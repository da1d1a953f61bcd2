/// A key or the pointer as a viewer moves them.
package enum ViewerEvent: Equatable, Sendable {
    case key(symbol: UInt32, isDown: Bool)
    /// Buttons are bits, the left one the lowest; the place is in pixels of the screen.
    case pointer(buttons: UInt8, x: UInt16, y: UInt16)
}

/// What a viewer sends towards the screen, taken apart so far that keys and pointer can be kept back. The server does it and the agent
/// does it again: the rights of a session hold whatever the other side and the back end think. Cut text is always dropped, it has a
/// way of its own.
package struct ViewerInput: Sendable {
    package enum Fault: Error, Equatable, Sendable { case version, message(UInt8), tooLong }

    private enum Stage { case version, security, start, messages }
    /// May keys and pointer pass.
    package var isControl: Bool
    /// A question is open: nobody may press its buttons from afar.
    package var isHeld = false
    private var stage = Stage.version
    private var buffer: [UInt8] = []
    /// What of the buffer is done with; it is thrown away once a pass, so that many small messages cost what they are long.
    private var start = 0
    /// Rest of a message that is dropped or passed without being looked at.
    private var rest = 0
    private var pressed: UInt8 = 0

    package init(isControl: Bool) { self.isControl = isControl }

    /// The bytes that may go on.
    /// - Parameter taking: gets the keys and the pointer that may go on; they are not among the bytes then.
    package mutating func pass(
        _ bytes: some Sequence<UInt8>, taking: ((ViewerEvent) -> Void)? = nil
    ) throws(Fault) -> [UInt8] {
        buffer += bytes
        defer {
            buffer.removeFirst(start)
            start = 0
        }
        var passed: [UInt8] = []
        while try step(&passed, taking) {}
        return passed
    }

    /// Whether keys may be pressed now.
    package var mayPress: Bool { stage == .messages && isControl && !isHeld }

    private mutating func step(
        _ passed: inout [UInt8], _ taking: ((ViewerEvent) -> Void)?
    ) throws(Fault) -> Bool {
        if rest > 0 {
            let count = min(rest, left)
            start += count
            rest -= count
            return rest == 0 && left > 0
        }
        switch stage {
        case .version:
            guard left >= 12 else { return false }
            guard
                ["RFB 003.008\n", "RFB 003.007\n"].contains(String(decoding: buffer[start..<start + 12], as: UTF8.self))
            else {
                throw .version
            }
            move(12, to: &passed)
            stage = .security
        case .security, .start:
            guard left > 0 else { return false }
            move(1, to: &passed)
            stage = stage == .security ? .start : .messages
        case .messages:
            guard left > 0, case let type = buffer[start], let count = try length(type) else { return false }
            if type == 6 {
                start += 8
                rest = count - 8
                return true
            }
            guard left >= count else { return false }
            guard may(type) else {
                start += count
                return true
            }
            if let taking, let event = event(type) {
                taking(event)
                start += count
                return true
            }
            move(count, to: &passed)
        }
        return true
    }

    private func event(_ type: UInt8) -> ViewerEvent? {
        switch type {
        case 4: .key(symbol: number(at: 4), isDown: at(1) != 0)
        // The same with the number of the key (QEMU Extended Key Event).
        case 255 where at(1) == 0: .key(symbol: number(at: 4), isDown: at(2) != 0 || at(3) != 0)
        case 5: .pointer(buttons: at(1), x: UInt16(at(2)) << 8 | UInt16(at(3)), y: UInt16(at(4)) << 8 | UInt16(at(5)))
        default: nil
        }
    }

    /// A release always passes: a key that was pressed before a question must not stay down.
    private mutating func may(_ type: UInt8) -> Bool {
        switch type {
        case 4: return isControl && (!isHeld || at(1) == 0)
        case 255: return isControl && (!isHeld || (at(2) == 0 && at(3) == 0))
        case 5:
            let passes = isControl && (!isHeld || (pressed != 0 && at(1) == 0))
            if passes { pressed = at(1) }
            return passes
        case 250, 251: return isControl && !isHeld
        default: return true
        }
    }

    /// Of the whole message; nil while that cannot be known.
    private func length(_ type: UInt8) throws(Fault) -> Int? {
        switch type {
        case 0: return 20
        case 2: return left < 4 ? nil : 4 + 4 * (Int(at(2)) << 8 | Int(at(3)))
        case 3, 150: return 10
        case 4: return 8
        case 5: return 6
        case 6:
            guard left >= 8 else { return nil }
            // A negative length is the extended clipboard.
            let count = Int(Int32(bitPattern: number(at: 4)))
            guard abs(count) <= 16 << 20 else { throw .tooLong }
            return 8 + abs(count)
        case 248: return left < 9 ? nil : 9 + Int(at(8))
        case 250: return 4
        case 251: return left < 8 ? nil : 8 + 16 * Int(at(6))
        case 255: return 12
        default: throw .message(type)
        }
    }

    private var left: Int { buffer.count - start }
    private func at(_ place: Int) -> UInt8 { buffer[start + place] }
    private func number(at place: Int) -> UInt32 {
        (0..<4).reduce(0) { $0 << 8 | UInt32(at(place + $1)) }
    }

    private mutating func move(_ count: Int, to passed: inout [UInt8]) {
        passed += buffer[start..<start + count]
        start += count
    }
}
