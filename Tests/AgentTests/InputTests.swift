import AgentProtocol
import Testing

/// What a viewer sends, whatever it is.
@Suite struct InputTests {
    private let start = Array("RFB 003.008\n".utf8) + [1, 1]

    private func begun(control: Bool) throws -> ViewerInput {
        var input = ViewerInput(isControl: control)
        #expect(try input.pass(start) == start)
        return input
    }

    @Test func keysAndCutTextWithoutRights() throws {
        var looks = try begun(control: false), controls = try begun(control: true)
        let key: [UInt8] = [4, 1, 0, 0, 0, 0, 0, 65], pointer: [UInt8] = [5, 1, 0, 9, 0, 9]
        let cut: [UInt8] = [6, 0, 0, 0, 0, 0, 0, 3, 1, 2, 3], update: [UInt8] = [3, 0, 0, 0, 0, 0, 0, 9, 0, 9]
        #expect(try looks.pass(key + pointer + cut + update) == update)
        #expect(try controls.pass(key + cut + pointer + update) == key + pointer + update)
        controls.isHeld = true
        #expect(try controls.pass(key + update) == update)
        #expect(!controls.mayPress && !looks.mayPress)
        controls.isHeld = false
        #expect(controls.mayPress)
        var early = ViewerInput(isControl: true)
        _ = try early.pass(start.dropLast())
        #expect(!early.mayPress)
    }

    @Test func keysAndPointerCanBeTakenOut() throws {
        var taken: [ViewerEvent] = []
        let key: [UInt8] = [4, 1, 0, 0, 0, 0, 6, 0xC1], far: [UInt8] = [255, 0, 0, 0, 0, 0, 6, 0xC1, 0, 0, 0, 33]
        let pointer: [UInt8] = [5, 5, 1, 2, 0, 9], update: [UInt8] = [3, 0, 0, 0, 0, 0, 0, 9, 0, 9]
        var input = try begun(control: true)
        #expect(try input.pass(key + update + far + pointer) { taken.append($0) } == update)
        #expect(
            taken == [
                .key(symbol: 0x6C1, isDown: true), .key(symbol: 0x6C1, isDown: false),
                .pointer(buttons: 5, x: 258, y: 9),
            ])
        input.isHeld = true
        #expect(try input.pass(key + far) { taken.append($0) }.isEmpty)
        #expect(taken.last == .key(symbol: 0x6C1, isDown: false) && taken.count == 4)
        input.isControl = false
        #expect(try input.pass(key + far + pointer) { taken.append($0) }.isEmpty && taken.count == 4)
    }

    @Test func piecesOfAnySizeGiveTheSame() throws {
        let stream: [UInt8] =
            start + [0, 0, 0, 0] + Array(repeating: 7, count: 16) + [2, 0, 0, 2, 0, 0, 0, 7, 0, 0, 0, 1]
            + [6, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFC, 9, 9, 9, 9] + [5, 0, 0, 1, 0, 1]
        var whole = ViewerInput(isControl: true)
        let expected = try whole.pass(stream)
        for size in 1...20 {
            var input = ViewerInput(isControl: true), passed: [UInt8] = []
            for place in stride(from: 0, to: stream.count, by: size) {
                passed += try input.pass(stream[place..<min(place + size, stream.count)])
            }
            #expect(passed == expected)
        }
    }

    /// Never a trap, and never more kept than the longest message: what comes is passed, dropped or a fault.
    @Test func anyBytesPassOrAreAFault() {
        let types: [UInt8] = [0, 2, 3, 4, 5, 6, 150, 248, 250, 251, 255]
        for round in 0..<4_000 {
            var input = ViewerInput(isControl: round % 2 == 0)
            _ = try? input.pass(start)
            for _ in 0..<20 {
                var bytes = (0..<Int.random(in: 0...80)).map { _ in UInt8.random(in: 0...255) }
                if !bytes.isEmpty, round % 3 > 0 { bytes[0] = types.randomElement() ?? 0 }
                guard let passed = try? input.pass(bytes) else { break }
                #expect(passed.count <= 400_000)
            }
        }
        var endless = ViewerInput(isControl: true)
        #expect(throws: ViewerInput.Fault.tooLong) { try endless.pass(start + [6, 0, 0, 0, 0x7F, 0xFF, 0xFF, 0xFF]) }
        var least = ViewerInput(isControl: true)
        #expect(throws: ViewerInput.Fault.tooLong) { try least.pass(start + [6, 0, 0, 0, 0x80, 0, 0, 0]) }
    }
}
