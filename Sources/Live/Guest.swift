import NIOCore

/// Who comes for a socket: a page that wants to hear what changes, or the listener of a room's wire.
enum Guest {
    case page(LiveViewer)
    case wire(WireDoor, any WireListener)

    /// The paths where sockets are opened.
    static func isAsked(for uri: String, at door: Door) -> Bool {
        let path = path(uri)
        return path == "/live" || door.configuration.wires[path] != nil
    }

    static func path(_ uri: String) -> String { String(uri.prefix { $0 != "?" }) }

    func handlers(_ door: Door) -> [any ChannelHandler] {
        switch self {
        case .page(let viewer): LiveSocket.handlers(viewer: viewer, door: door)
        case .wire(let wire, let listener): WireEnd.handlers(wire, listener, door.limits)
        }
    }

    func isOneTooMany(_ door: Door) -> Bool {
        if case .page(let viewer) = self { !door.hub.hasRoom(for: viewer.person, door.limits) } else { false }
    }
}
