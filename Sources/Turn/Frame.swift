package import NIOCore

/// What comes over a TCP connection, one after the other: messages, and packets under the number of a channel.
package enum Frame: Sendable {
    case message(ByteBuffer)
    case packet(channel: UInt16, ByteBuffer)

    package enum Fault: Error { case garbage, tooLong }

    /// Numbers of channels. Clients of RFC 5766 use all of them, those of RFC 8656 the first quarter.
    static let channels: Range<UInt16> = 0x4000..<0x8000

    /// Takes the next whole frame off the bytes; nil when more must come.
    package static func next(in bytes: inout ByteBuffer, most: Int) throws(Fault) -> Frame? {
        let start = bytes.readerIndex
        guard let first: UInt16 = bytes.getInteger(at: start) else { return nil }
        guard let length = bytes.getInteger(at: start + 2, as: UInt16.self).map(Int.init) else {
            guard first < channels.upperBound else { throw .garbage }
            return nil
        }
        switch first {
        case 0..<0x4000:
            guard length % 4 == 0 else { throw .garbage }
            guard length <= most else { throw .tooLong }
            guard let cookie: UInt32 = bytes.getInteger(at: start + 4) else { return nil }
            guard cookie == STUNMessage.cookie else { throw .garbage }
            return bytes.readSlice(length: STUNMessage.headBytes + length).map(Frame.message)
        case channels:
            guard length <= most else { throw .tooLong }
            guard bytes.readableBytes >= 4 + length + length.padding else { return nil }
            bytes.moveReaderIndex(forwardBy: 4)
            guard let packet = bytes.readSlice(length: length) else { return nil }
            bytes.moveReaderIndex(forwardBy: length.padding)
            return .packet(channel: first, packet)
        default: throw .garbage
        }
    }
}

/// In which of the two shapes a packet is told to a client.
enum Shape {
    case channel(UInt16)
    case indication(from: TransportAddress)

    func write(_ packet: ByteBuffer, to bytes: inout ByteBuffer) {
        switch self {
        case .channel(let number):
            bytes.writeMultipleIntegers(number, UInt16(packet.readableBytes))
            bytes.writeImmutableBuffer(packet)
            bytes.writeRepeatingByte(0, count: packet.readableBytes.padding)
        case .indication(let sender):
            var message = STUNMessage(.indication, .data, .random())
            message.add(.xorPeerAddress, sender)
            message.attributes.append(.init(.data, packet))
            bytes.writeImmutableBuffer(message.encoded())
        }
    }
}
