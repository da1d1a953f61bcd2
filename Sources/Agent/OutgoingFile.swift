import AgentProtocol
import Crypto
import Glibc

/// A file that the person chose for the specialist: read once for its hash, and then sent from where the server has it.
final class OutgoingFile {
    /// So much is read in one turn of the loop, that nothing else waits.
    private static let turn = 4 << 20

    let session: UInt32
    let wish: UInt32
    let name: String
    let size: UInt64
    private let descriptor: Int32
    private var hash = SHA256()
    private var read: UInt64 = 0
    /// When it is known.
    private(set) var sha256: [UInt8]?
    /// On the present connection; nil: it was not offered there.
    var channel: UInt32?
    private(set) var isSending = false
    private(set) var sent: UInt64 = 0
    private var credit: UInt64 = 0
    /// The server has said so of so much, or been sent so much.
    var percent: Int { size == 0 ? 100 : Int(sent * 100 / size) }

    /// nil: it cannot be read, or is no file.
    init?(_ path: String, session: UInt32, wish: UInt32) {
        // Something that is no file might keep whoever opens it.
        descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        var facts = stat()
        guard descriptor >= 0, fstat(descriptor, &facts) == 0, facts.st_mode & S_IFMT == S_IFREG else {
            if descriptor >= 0 { close(descriptor) }
            return nil
        }
        (self.session, self.wish, size) = (session, wish, UInt64(facts.st_size))
        name = path.split(separator: "/").last.map(String.init) ?? "file"
    }

    deinit { close(descriptor) }

    /// - Returns: false when it cannot be read.
    func look() -> Bool {
        var piece = [UInt8](repeating: 0, count: 1 << 18), seen = 0
        while sha256 == nil, seen < Self.turn {
            let count = pread(descriptor, &piece, piece.count, Int(read))
            guard count >= 0 else { return false }
            // One that grows meanwhile, like a journal, is sent as it was when it was chosen.
            let kept = min(UInt64(count), size - read)
            hash.update(data: piece[..<Int(kept)])
            (read, seen) = (read + kept, seen + count)
            if read == size {
                sha256 = Array(hash.finalize())
            } else if count == 0 {
                return false
            }
        }
        return true
    }

    /// - Returns: false when the server wants what is not there.
    func begin(at offset: UInt64, credit: UInt32) -> Bool {
        guard offset <= size else { return false }
        (sent, self.credit, isSending) = (offset, UInt64(credit), true)
        return true
    }

    func give(_ more: UInt32) { credit = min(credit + UInt64(more), 1 << 30) }

    /// The connection is another one now.
    func rest() { (channel, isSending) = (nil, false) }

    enum Step { case data([UInt8]), done, wait, broken }

    func step() -> Step {
        guard isSending else { return .wait }
        if sent == size {
            isSending = false
            return .done
        }
        let count = min(credit, size - sent, UInt64(AgentMessage.dataBytes))
        guard count > 0 else { return .wait }
        var bytes = [UInt8](repeating: 0, count: Int(count))
        let found = pread(descriptor, &bytes, bytes.count, Int(sent))
        guard found > 0 else { return .broken }
        bytes.removeLast(bytes.count - found)
        (sent, credit) = (sent + UInt64(found), credit - UInt64(found))
        return .data(bytes)
    }
}
