import CArgon2
import Dispatch
import Synchronization

#if canImport(Glibc)
    import Glibc
#endif

/// Argon2id with the parameters of RFC 9106's second choice: 64 MiB, 3 passes, one lane.
package enum Passwords {
    /// Hashing takes a core and 64 MiB for some 100 ms: no more than two at a time, the rest wait in line.
    private static let bench = DispatchQueue(label: "passwords", attributes: .concurrent)
    private static let seats = DispatchSemaphore(value: 2)

    /// Cost of one hash; tests of other things use `.cheap`.
    package struct Cost: Sendable {
        package let passes: UInt32, kibibytes: UInt32
        package static let full = Cost(passes: 3, kibibytes: 64 * 1024)
        package static let cheap = Cost(passes: 1, kibibytes: 64)
    }

    package static func hash(_ password: String, cost: Cost = .full) async -> String {
        await onBench { hashNow(password, cost: cost) }
    }

    /// Whether the password fits; an unknown person's password is compared with a hash of nothing, so that the time tells nothing.
    package static func verify(_ password: String, against hash: String?) async -> Bool {
        await onBench {
            let bytes = Array(password.utf8)
            let fits = bytes.withUnsafeBytes { password in
                argon2id_verify(hash ?? nobody, password.baseAddress, password.count) == ARGON2_OK.rawValue
            }
            return fits && hash != nil
        }
    }

    private static let nobody = hashNow("", cost: .full)

    package static func hashNow(_ password: String, cost: Cost) -> String {
        let bytes = Array(password.utf8), salt = Random.bytes(16)
        var encoded = [CChar](repeating: 0, count: 160)
        let code = bytes.withUnsafeBytes { password in
            salt.withUnsafeBytes { salt in
                argon2id_hash_encoded(
                    cost.passes, cost.kibibytes, 1, password.baseAddress, password.count, salt.baseAddress, salt.count,
                    32,
                    &encoded, encoded.count)
            }
        }
        precondition(code == ARGON2_OK.rawValue, "argon2 has no memory")
        return String(decoding: encoded.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    private static func onBench<Value: Sendable>(_ work: @escaping @Sendable () -> Value) async -> Value {
        await withCheckedContinuation { continuation in
            bench.async {
                seats.wait()
                defer { seats.signal() }
                continuation.resume(returning: work())
            }
        }
    }
}

package enum Random {
    package static func bytes(_ count: Int) -> [UInt8] {
        var random = SystemRandomNumberGenerator()
        return (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &random) }
    }

    /// A secret of 256 bits for an address or a cookie.
    package static func token() -> String {
        bytes(32).map { byte in hex[Int(byte)] }.joined()
    }

    private static let hex = (0..<256).map { value in
        let text = String(value, radix: 16)
        return text.count == 1 ? "0" + text : text
    }
}
