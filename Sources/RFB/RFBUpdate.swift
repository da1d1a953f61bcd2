import NIOCore

/// Measures a message FramebufferUpdate while it comes: how long it is and what it shows. Its pixels are not decoded, and what was
/// measured is not looked at again, however small the pieces are in which it comes.
struct RFBUpdate {
    /// After what was measured: an update may change the size.
    private(set) var screen: RFBScreen
    /// Bytes that were measured: up to the last whole rectangle, head of a rectangle or tile.
    private(set) var length = 0
    /// Rectangles that follow; nil: the head of the message has not come.
    private var toCome: Int?
    private var isEmpty = true, shown = 0
    /// The one that is coming, and how many of its tiles are whole.
    private var present: RFBRectangle?, tiles = 0

    init(on screen: RFBScreen) { self.screen = screen }

    var showsEverything: Bool { !isEmpty && shown >= screen.width * screen.height }

    /// - Parameter message: all of it that has come so far.
    /// - Returns: whether it is whole.
    mutating func measure(_ message: ByteBuffer) throws(RFBError) -> Bool {
        var rest = message
        rest.moveReaderIndex(forwardBy: length)
        defer { length = rest.readerIndex - message.readerIndex }
        if toCome == nil {
            guard rest.readableBytes >= 4 else { return false }
            rest.moveReaderIndex(forwardBy: 2)
            toCome = Int(rest.readInteger(as: UInt16.self) ?? 0)
            isEmpty = toCome == 0
        }
        while let left = toCome, left > 0 {
            if present == nil {
                guard let rectangle = RFBRectangle(&rest) else { return false }
                try begin(rectangle)
            }
            if let rectangle = present {
                guard try rectangle.skip(&rest, screen.format.bytesOfPixel, &tiles) else { return false }
                // Rectangles of one update do not overlap.
                if rectangle.encoding != RFBRectangle.copy { shown += rectangle.width * rectangle.height }
            }
            (present, tiles, toCome) = (nil, 0, left - 1)
        }
        return true
    }

    private mutating func begin(_ rectangle: RFBRectangle) throws(RFBError) {
        if rectangle.encoding == RFBRectangle.desktopSize {
            guard 1...16_384 ~= rectangle.width, 1...16_384 ~= rectangle.height else { throw .tooLarge }
            (screen.width, screen.height, shown) = (rectangle.width, rectangle.height, 0)
            return
        }
        guard rectangle.x + rectangle.width <= screen.width, rectangle.y + rectangle.height <= screen.height else {
            throw .tooLarge
        }
        present = rectangle
    }
}

/// One rectangle of an update (RFC 6143, section 7.6.1).
struct RFBRectangle {
    static let raw: Int32 = 0, copy: Int32 = 1, hextile: Int32 = 5, desktopSize: Int32 = -223
    static let wanted = [hextile, copy, raw, desktopSize]

    let x: Int, y: Int, width: Int, height: Int
    let encoding: Int32

    init?(_ bytes: inout ByteBuffer) {
        guard bytes.readableBytes >= 12, let x = bytes.readInteger(as: UInt16.self),
            let y = bytes.readInteger(as: UInt16.self), let width = bytes.readInteger(as: UInt16.self),
            let height = bytes.readInteger(as: UInt16.self), let encoding = bytes.readInteger(as: Int32.self)
        else { return nil }
        (self.x, self.y, self.width, self.height) = (Int(x), Int(y), Int(width), Int(height))
        self.encoding = encoding
    }

    /// Moves past what follows the head, as far as it is whole; false: not all of it is.
    /// - Parameter tiles: how many of its tiles were passed.
    func skip(_ bytes: inout ByteBuffer, _ pixel: Int, _ tiles: inout Int) throws(RFBError) -> Bool {
        switch encoding {
        case Self.raw: return Self.skip(width * height * pixel, &bytes)
        case Self.copy: return Self.skip(4, &bytes)
        case Self.hextile:
            let inRow = (width + 15) / 16
            while tiles < inRow * ((height + 15) / 16) {
                let area = min(16, width - tiles % inRow * 16) * min(16, height - tiles / inRow * 16)
                let start = bytes.readerIndex
                guard Self.skipTile(area, &bytes, pixel) else {
                    bytes.moveReaderIndex(to: start)
                    return false
                }
                tiles += 1
            }
            return true
        default: throw .unknownEncoding(encoding)
        }
    }

    /// A tile of 16 × 16 or what is left of it: a byte says what follows (section 7.7.4).
    private static func skipTile(_ area: Int, _ bytes: inout ByteBuffer, _ pixel: Int) -> Bool {
        guard let kind = bytes.readInteger(as: UInt8.self) else { return false }
        if kind & 1 != 0 { return skip(area * pixel, &bytes) }
        guard skip((kind & 2 != 0 ? pixel : 0) + (kind & 4 != 0 ? pixel : 0), &bytes) else { return false }
        guard kind & 8 != 0 else { return true }
        guard let count = bytes.readInteger(as: UInt8.self) else { return false }
        return skip(Int(count) * (2 + (kind & 16 != 0 ? pixel : 0)), &bytes)
    }

    private static func skip(_ count: Int, _ bytes: inout ByteBuffer) -> Bool {
        guard bytes.readableBytes >= count else { return false }
        bytes.moveReaderIndex(forwardBy: count)
        return true
    }
}
