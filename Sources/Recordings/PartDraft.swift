import Files

/// A part of a recording while it grows: entries of milliseconds since the recording began (u32), a length (u32) and so many bytes,
/// big-endian, made smaller as they come. The first entry is what a viewer must know of the screen, the second shows all of it.
package final class PartDraft {
    package let from: Int64
    private let deflating: Deflating

    package init(from: Int64) throws {
        self.from = from
        deflating = try Deflating()
    }

    package func add(_ bytes: UnsafeRawBufferPointer, at moment: Int64) {
        let head = [UInt32(clamping: moment).bigEndian, UInt32(clamping: bytes.count).bigEndian]
        head.withUnsafeBytes(deflating.add)
        deflating.add(bytes)
    }

    /// Bytes so far, made smaller.
    package var size: Int { deflating.size }

    package func finish() -> [UInt8] { deflating.finish() }
}
