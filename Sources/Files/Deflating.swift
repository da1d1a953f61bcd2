import CZlib

/// Bytes made smaller as they come (gzip, RFC 1952): a browser opens them by itself when the answer says so.
package final class Deflating {
    private var stream = z_stream()
    private var out: [UInt8] = []
    private var isOver = false

    /// Throws `full` when there is no memory.
    package init() throws(FileStore.Fault) {
        // Screens are mostly even areas: the second of nine levels costs a third of the usual one and is a tenth longer.
        let made = deflateInit2_(
            &stream, 2, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION, CInt(MemoryLayout<z_stream>.size))
        guard made == Z_OK else { throw .full }
    }

    package func add(_ bytes: UnsafeRawBufferPointer) { run(bytes, Z_NO_FLUSH) }

    /// Bytes that came out so far.
    package var size: Int { out.count }

    /// The whole, closed. Nothing can be added after it.
    package func finish() -> [UInt8] {
        if !isOver { run(UnsafeRawBufferPointer(start: nil, count: 0), Z_FINISH) }
        isOver = true
        return out
    }

    private func run(_ bytes: UnsafeRawBufferPointer, _ flush: CInt) {
        stream.next_in = UnsafeMutablePointer(mutating: bytes.bindMemory(to: UInt8.self).baseAddress)
        stream.avail_in = UInt32(bytes.count)
        withUnsafeTemporaryAllocation(byteCount: 64 << 10, alignment: 1) { part in
            repeat {
                stream.next_out = part.bindMemory(to: UInt8.self).baseAddress
                stream.avail_out = UInt32(part.count)
                guard deflate(&stream, flush) != Z_STREAM_ERROR else { return }
                out.append(contentsOf: part.prefix(part.count - Int(stream.avail_out)))
            } while stream.avail_out == 0
        }
    }

    deinit { deflateEnd(&stream) }
}
