/// What a session may do, as asked and as granted.
package struct Rights: OptionSet, Hashable, Sendable {
    package let rawValue: UInt8
    package init(rawValue: UInt8) { self.rawValue = rawValue }
    package static let view = Rights(rawValue: 1)
    package static let control = Rights(rawValue: 2)
    package static let clipboard = Rights(rawValue: 4)
    package static let files = Rights(rawValue: 8)
    package static let all: Rights = [.view, .control, .clipboard, .files]
    /// In the order in which they are shown.
    package static let each: [Rights] = [.view, .control, .clipboard, .files]
}

/// What an agent can do at this computer.
package struct Abilities: OptionSet, Hashable, Sendable {
    package let rawValue: UInt32
    package init(rawValue: UInt32) { self.rawValue = rawValue }
    package static let view = Abilities(rawValue: 1)
    package static let control = Abilities(rawValue: 2)
    package static let clipboard = Abilities(rawValue: 4)
    package static let filesIn = Abilities(rawValue: 8)
    package static let filesOut = Abilities(rawValue: 16)
    /// `attention` works; without it, Ctrl-Alt-Del goes as keys of the viewer.
    package static let attention = Abilities(rawValue: 32)
    /// The agent stays in the person's session and wants to be known again.
    package static let resident = Abilities(rawValue: 64)
    /// Its administrator has installed it for the whole computer and lets it admit without a question.
    package static let unattended = Abilities(rawValue: 128)
}

package struct Hello: Equatable, Sendable {
    /// How the agent proves who it is.
    package enum Proof: Equatable, Sendable {
        /// Shown to the person in the request, for one use.
        case code(String)
        /// From an earlier welcome.
        case secret(String)
    }

    package var version: UInt16
    /// "linux-x11", "linux-wayland", …
    package var system: String
    package var computer: String
    /// The name under which the person is signed in at the computer.
    package var login: String
    package var proof: Proof
    package var abilities: Abilities

    package init(
        version: UInt16 = AgentMessage.version, system: String, computer: String, login: String, proof: Proof,
        abilities: Abilities
    ) {
        (self.version, self.system, self.computer) = (version, system, computer)
        (self.login, self.proof, self.abilities) = (login, proof, abilities)
    }
}

package struct Welcome: Equatable, Sendable {
    /// Not above the version of the hello.
    package var version: UInt16
    /// Proves the agent next time: after a break, and for a resident one after a restart. Empty: keep the one you have.
    package var secret: String
    /// How often to ping.
    package var pingSeconds: UInt16

    package init(version: UInt16 = AgentMessage.version, secret: String, pingSeconds: UInt16) {
        (self.version, self.secret, self.pingSeconds) = (version, secret, pingSeconds)
    }
}

package struct Question: Equatable, Sendable {
    /// Grows with each question of a session; the answer names it.
    package var number: UInt32
    package var specialist: String
    package var request: UInt64
    package var asked: Rights
    /// "ru" or "en".
    package var language: String
    package var seconds: UInt16
    package var isRecorded: Bool
    /// The organisation lets this specialist in without a question. The computer decides by its own rule whether it does.
    package var isUnattended: Bool

    package init(
        number: UInt32 = 1, specialist: String, request: UInt64, asked: Rights, language: String, seconds: UInt16,
        isRecorded: Bool = false, isUnattended: Bool = false
    ) {
        self.number = number
        self.isUnattended = isUnattended
        (self.specialist, self.request, self.asked) = (specialist, request, asked)
        (self.language, self.seconds, self.isRecorded) = (language, seconds, isRecorded)
    }
}

package enum Answer: Equatable, Sendable {
    case granted(Rights)
    case refused
    case timedOut
    /// There is nobody to ask or nothing to show; in words for the specialist.
    case impossible(String)
    /// Nobody was asked: the computer's own rule admits whom the organisation lets in without a question.
    case admitted(Rights)
}

package enum BackEnd: UInt8, Sendable {
    case any = 0, x11vnc, tigerVNC
}

package struct Opening: Equatable, Sendable {
    package var session: UInt32
    package var isControl: Bool
    package var backEnd: BackEnd
    /// How many bytes the agent may send at first.
    package var credit: UInt32

    package init(session: UInt32, isControl: Bool, backEnd: BackEnd = .any, credit: UInt32) {
        (self.session, self.isControl, self.backEnd, self.credit) = (session, isControl, backEnd, credit)
    }
}

package struct FileOffer: Equatable, Sendable {
    package var session: UInt32
    package var name: String
    package var size: UInt64
    /// 32 bytes.
    package var sha256: [UInt8]

    package init(session: UInt32, name: String, size: UInt64, sha256: [UInt8]) {
        (self.session, self.name, self.size, self.sha256) = (session, name, size, sha256)
    }
}

package struct Monitor: Equatable, Sendable {
    package var name: String
    package var x: UInt16
    package var y: UInt16
    package var width: UInt16
    package var height: UInt16

    package init(name: String, x: UInt16, y: UInt16, width: UInt16, height: UInt16) {
        (self.name, self.x, self.y, self.width, self.height) = (name, x, y, width, height)
    }
}

/// Why a session or a channel ended.
package enum Ending: UInt8, Sendable, CaseIterable {
    /// It is finished.
    case finished = 0
    /// The person at the computer ended it.
    case person
    /// The specialist ended it.
    case specialist
    /// It was not agreed to, or not any more.
    case refused
    /// The code or the secret is not good.
    case unknown
    /// The other side is too old or too new.
    case version
    /// The program behind it ended or could not be started.
    case backEnd
    /// What arrived is not what was promised.
    case hash
    /// The disk is full or the file cannot be written.
    case disk
    /// The other side broke the rules of this protocol.
    case fault
}
