import AgentProtocol
import Crypto
import Glibc

/// A file on its way to the person's folder: a part that stays when the connection breaks, and becomes the file when the hash is right.
final class IncomingFile {
    static let credit = 1 << 20

    let session: UInt32
    private let offer: FileOffer
    private let folder: String
    private let part: String
    private let descriptor: Int32
    private var hash = SHA256()
    private(set) var size: UInt64 = 0
    var name: String { Self.safe(offer.name) }
    var percent: Int { offer.size == 0 ? 100 : Int(size * 100 / offer.size) }
    /// By which it is known again.
    var arrival: Porter.Arrival { .init(session: session, name: offer.name, sha256: offer.sha256) }

    /// nil when it cannot be written.
    init?(_ offer: FileOffer, folder: String) {
        (session, self.offer, self.folder) = (offer.session, offer, folder)
        mkdir(folder, 0o700)
        let mark = offer.sha256.prefix(4).map { String(UInt32($0) + 256, radix: 16).dropFirst() }.joined()
        part = "\(folder)/\(Self.safe(offer.name)).\(mark).part"
        descriptor = open(part, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { return nil }
        // What came before a break is read again, as it goes into the hash.
        var piece = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = read(descriptor, &piece, piece.count)
            guard count > 0 else { break }
            hash.update(data: piece[..<count])
            size += UInt64(count)
        }
        if size > offer.size { empty() }
    }

    deinit { close(descriptor) }

    func add(_ bytes: [UInt8]) -> Ending? {
        guard size + UInt64(bytes.count) <= offer.size else { return .fault }
        var written = 0
        while written < bytes.count {
            let count = bytes[written...].withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            guard count > 0 else { return .disk }
            written += count
        }
        hash.update(data: bytes)
        size += UInt64(bytes.count)
        return nil
    }

    /// It is there as a whole: nil, or why it is not kept.
    func finish() -> Ending? {
        guard size == offer.size, Array(hash.finalize()) == offer.sha256 else {
            empty()
            unlink(part)
            return .hash
        }
        guard fsync(descriptor) == 0 else { return .disk }
        // A link is made only where nothing is, so no file of the person is written over.
        for copy in 1...1_000 where link(part, "\(folder)/\(Self.name(offer.name, copy))") == 0 {
            unlink(part)
            return nil
        }
        return .disk
    }

    private func empty() {
        ftruncate(descriptor, 0)
        lseek(descriptor, 0, SEEK_SET)
        hash = SHA256()
        size = 0
    }

    /// A name and not a path, not hidden, not too long for a folder.
    static func safe(_ name: String) -> String {
        var kept = "", count = 0
        for scalar in name.unicodeScalars {
            let isPlain =
                scalar != "/" && scalar != "\\" && scalar.properties.generalCategory != .control
                && scalar.properties.generalCategory != .format
            let shown: Unicode.Scalar = isPlain ? scalar : "_"
            count += String(shown).utf8.count
            if count > 200 { break }
            kept.unicodeScalars.append(shown)
        }
        while kept.hasPrefix(".") || kept.hasPrefix(" ") { kept.removeFirst() }
        return kept.isEmpty ? "file" : kept
    }

    /// "report.pdf", "report (2).pdf", …
    static func name(_ name: String, _ copy: Int) -> String {
        let safe = safe(name)
        guard copy > 1 else { return safe }
        guard let dot = safe.lastIndex(of: "."), dot != safe.startIndex else { return "\(safe) (\(copy))" }
        return "\(safe[..<dot]) (\(copy))\(safe[dot...])"
    }
}
