/// What an agent and the server say to each other on their one WebSocket, one message in one binary frame.
/// `docs/agent-protocol.md` describes the bytes; this file is the list.
///
/// A *session* is one specialist at one computer with what was agreed. A *channel* carries bytes inside a session: the picture
/// of one viewer, or one file. The server numbers its channels even, the agent odd.
package enum AgentMessage: Equatable, Sendable {
    /// Agent: who I am. The first message of a connection.
    case hello(Hello)
    /// Server: you are known. Anything else comes after it.
    case welcome(Welcome)
    /// Server: put this question to the person at the computer.
    case ask(session: UInt32, Question)
    /// Agent: what the person said, or why nobody could be asked.
    case answer(session: UInt32, to: UInt32, Answer)
    /// Server: start the picture for one viewer.
    case open(channel: UInt32, Opening)
    /// Agent: it runs; the server may send so many bytes of the viewer.
    case opened(channel: UInt32, BackEnd, credit: UInt32)
    /// Both: bytes of a channel, in order, never more than the other side's credit.
    case data(channel: UInt32, [UInt8])
    /// Both: so many bytes more may come.
    case credit(channel: UInt32, UInt32)
    /// Both: nothing more comes on this channel.
    case close(channel: UInt32, Ending, words: String)
    /// Both: the text that was copied on the other side.
    case clipboard(session: UInt32, String)
    /// Both: a file that could be sent.
    case offer(channel: UInt32, FileOffer)
    /// Both: send it, beginning at this byte (what came before a break is kept).
    case accept(channel: UInt32, offset: UInt64, credit: UInt32)
    /// Both: the file is sent as a whole.
    case done(channel: UInt32)
    /// Both: it arrived, and its hash is the promised one.
    case kept(channel: UInt32)
    /// Agent: the monitors, the first one is the main one.
    case screens([Monitor])
    /// Both: this session ends; 0 stands for all of them.
    case end(session: UInt32, Ending, words: String)
    /// Both: are you there?
    case ping(UInt32)
    /// Both: yes.
    case pong(UInt32)
    /// Server: press Ctrl-Alt-Del, if the agent said that it can.
    case attention(session: UInt32)
    /// Agent: words for the specialist, in the language of the question.
    case notice(session: UInt32, String)
    /// Server: the names of all who may look now.
    case viewers(session: UInt32, [String])
    /// Server: let the person choose a file for this specialist. An `offer` answers it, or `unchosen`.
    case choose(session: UInt32, wish: UInt32, specialist: String)
    /// Both: no file comes of this wish.
    case unchosen(session: UInt32, wish: UInt32)
}

extension AgentMessage {
    /// The version that this code speaks.
    package static let version: UInt16 = 1
    /// The largest frame.
    package static let frameBytes = headBytes + clipboardBytes
    /// Type and number, before the fields. A frame of type `dataType` holds nothing but bytes after them, so that the server can
    /// pass them on as they are.
    package static let headBytes = 5
    package static let dataType: UInt8 = 7
    /// The most bytes of one `data`.
    package static let dataBytes = 64 * 1024
    package static let clipboardBytes = 256 * 1024
    package static let mostScreens = 16
    package static let mostViewers = 8
}
