import AgentProtocol
package import HTTPTypes
package import Kernel
package import Live
import Storage

/// The two doors at the port.
extension RemoteControl {
    /// Any program may knock at `/agent/wire`: who it is, it says in its first message.
    package var agentDoor: WireDoor {
        WireDoor(isForPages: false, messageBytes: AgentWire.strangerBytes) { _, _ in AgentWire(self) }
    }

    /// `/control/stream`: a token that this browser was given.
    /// - Parameter signIn: the session of the browser that asks.
    package func viewerDoor(
        _ signIn: @escaping @Sendable (HTTPRequest) async throws -> SessionID?
    ) -> WireDoor {
        WireDoor(messageBytes: 320 << 10, outboxBytes: 128 << 10) { request, _ in
            guard let token = Self.token(request), let session = try await signIn(request),
                let viewer = try await database.read({ tx in try signedIn(session, tx) }),
                let admitted = try await admit(token, signIn: session, person: viewer)
            else { return nil }
            // The agent is at another node, or comes again in a moment.
            guard let agent = desk.wire(admitted.session) else { throw ControlError.notReady }
            return ViewerWire(self, admitted, at: agent)
        }
    }

    private static func token(_ request: HTTPRequest) -> String? {
        guard let query = request.path?.split(separator: "?", maxSplits: 1).dropFirst().first else { return nil }
        for pair in query.split(separator: "&") where pair.hasPrefix("token=") { return String(pair.dropFirst(6)) }
        return nil
    }
}
