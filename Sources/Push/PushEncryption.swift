package import Crypto
import Foundation

/// A message that only one browser can read: aes128gcm (RFC 8188) under keys agreed with it (RFC 8291).
package enum PushEncryption {
    package enum Fault: Error { case tooLong }
    /// A push service need take no more.
    package static let longest = 3_900

    /// - Parameters:
    ///   - own: an ephemeral key, new for each message.
    ///   - salt: 16 random bytes, new for each message.
    package static func encrypt(
        _ message: [UInt8], for subscription: PushSubscription, own: P256.KeyAgreement.PrivateKey = .init(),
        salt: [UInt8]
    ) throws -> [UInt8] {
        guard message.count <= longest else { throw Fault.tooLong }
        let theirs = try P256.KeyAgreement.PublicKey(x963Representation: subscription.key)
        let ours = Array(own.publicKey.x963Representation)
        let shared = try own.sharedSecretFromKeyAgreement(with: theirs)
        let material = shared.hkdfDerivedSymmetricKey(
            using: SHA256.self, salt: subscription.secret,
            sharedInfo: Array("WebPush: info\0".utf8) + subscription.key + ours, outputByteCount: 32)
        let key = HKDF<SHA256>.deriveKey(
            inputKeyMaterial: material, salt: salt, info: Array("Content-Encoding: aes128gcm\0".utf8),
            outputByteCount: 16)
        let nonce = HKDF<SHA256>.deriveKey(
            inputKeyMaterial: material, salt: salt, info: Array("Content-Encoding: nonce\0".utf8), outputByteCount: 12)
        // One record; 2 is the mark of the last.
        let box = try AES.GCM.seal(
            message + [2], using: key, nonce: AES.GCM.Nonce(data: nonce.withUnsafeBytes { Array($0) }))
        let recordSize: [UInt8] = [0, 0, 16, 0]
        return salt + recordSize + [UInt8(ours.count)] + ours + Array(box.ciphertext) + Array(box.tag)
    }
}
