package import NIOCore

/// What an RFB server says of itself (RFC 6143, section 7.3.2).
package struct RFBScreen: Sendable, Equatable {
    package var width: Int
    package var height: Int
    package var format: PixelFormat
    package var name: String

    package init(width: Int, height: Int, format: PixelFormat, name: String) {
        (self.width, self.height, self.format, self.name) = (width, height, format, name)
    }

    /// The message ServerInit, whole, as a player hands it to a viewer.
    package var serverInit: ByteBuffer {
        var bytes = ByteBuffer()
        bytes.writeInteger(UInt16(width))
        bytes.writeInteger(UInt16(height))
        bytes.writeBytes(format.bytes)
        bytes.writeInteger(UInt32(name.utf8.count))
        bytes.writeString(name)
        return bytes
    }

    /// The sixteen bytes of a pixel format (section 7.4), of which only the width of a pixel matters for taking messages apart.
    package struct PixelFormat: Sendable, Equatable {
        package let bytes: [UInt8]
        package var bytesOfPixel: Int { Int(bytes[0]) / 8 }

        /// 32 bits, 8 for each colour, little-endian: what a browser draws without turning it over.
        package static let wide = PixelFormat(bytes: [32, 24, 0, 1, 0, 255, 0, 255, 0, 255, 0, 8, 16, 0, 0, 0])
        /// 16 bits: 5 red, 6 green, 5 blue, little-endian. Half the bytes, and the eye hardly sees it on a desktop.
        package static let small = PixelFormat(bytes: [16, 16, 0, 1, 0, 31, 0, 63, 0, 31, 11, 5, 0, 0, 0, 0])
    }
}

/// The stream is not what RFC 6143 says, or asks for what a recorder does not do.
package enum RFBError: Error, Equatable {
    /// Not an RFB server.
    case version
    /// The server wants a password; ours are started without one.
    case security
    /// The server said why it refuses; the words are not kept.
    case refused
    case unknownMessage(UInt8)
    case unknownEncoding(Int32)
    /// A size beyond 16,384 pixels, or a length that no sound server sends.
    case tooLarge
}
