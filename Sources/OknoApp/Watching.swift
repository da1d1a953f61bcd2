import Calls
import Connection
import Duty
import EventLog
import Foundation
import HTTPTypes
import Kernel
package import Live
import Logging
import NIOCore
import People
import RemoteControl
import Requests
import Storage
import Talks
import Turn
import Web

/// Who may open a socket and what it may be told of.
extension Installation {
    package func liveConfiguration(_ certificates: Certificates?) -> LiveConfiguration {
        let accounts = accounts
        var configuration = LiveConfiguration(
            hub: hub,
            authenticate: { request in
                guard let token = Self.sessionToken(request),
                    let signedIn = try await accounts.recognise(token, from: nil)
                else { return nil }
                return LiveViewer(
                    organisation: signedIn.viewer.organisation, person: signedIn.viewer.person,
                    session: signedIn.session)
            },
            mayWatch: mayWatch, presence: presence, publicOrigins: settings.origin.map { [$0] } ?? [],
            certificates: certificates,
            trustedProxies: settings.proxies, turn: relay)
        configuration.wires["/connection/wire"] = echoWire
        configuration.wires["/calls/wire"] = callWire
        configuration.wires["/agent/wire"] = remote.agentDoor
        configuration.wires["/control/stream"] = remote.viewerDoor { request in
            guard let token = Self.sessionToken(request) else { return nil }
            return try await accounts.recognise(token, from: nil)?.session
        }
        for path in ["/agent/wire", "/control/stream"] { configuration.wires[path]?.rate = relayRate }
        return configuration
    }

    /// None when other servers relay.
    private var relay: (any TurnSeam)? {
        guard case .own(let turn) = iceServers else { return nil }
        return TurnOnThePort(turn: turn)
    }

    /// Only somebody who is signed in may make the server work.
    private var echoWire: WireDoor {
        let accounts = accounts, echoes = echoes, connection = connection
        return WireDoor { request, _ in
            do {
                if let holder = try await connection.holder(of: request) { return echoes.listener(for: holder) }
            } catch is ConnectionError {
                return nil
            }
            guard let token = Self.sessionToken(request),
                let signedIn = try await accounts.recognise(token, from: nil)
            else { return nil }
            return echoes.listener(for: signedIn.viewer.person)
        }
    }

    /// The wire of a call, for whoever holds a ticket of it and the session that the ticket was given to.
    private var callWire: WireDoor {
        let accounts = accounts, calls = calls
        // Sound that waits here comes late: what does not fit is left out.
        return WireDoor(messageBytes: Calls.longestMessage, outboxBytes: 64 << 10) { request, _ in
            guard let cookie = Self.sessionToken(request), let path = request.path,
                let mark = path.range(of: "?token="),
                let signedIn = try await accounts.recognise(cookie, from: nil)
            else { return nil }
            return try await calls.admit(
                String(path[mark.upperBound...]), session: signedIn.session,
                from: calls.site.address(of: request), by: signedIn.viewer)
        }
    }

    var mayWatch: @Sendable (LiveViewer, [String]) async throws -> (allowed: [String], seq: Int64) {
        let accounts = accounts, database = database
        return { viewer, topics in
            try await database.read { tx in
                // Rights as they are now, not as they were when the socket was opened.
                guard let now = try accounts.viewer(of: viewer.session, tx) else { return ([], 0) }
                return (
                    try Self.allowed(topics, to: now, tx),
                    try EventLog.newest(in: .organisation(now.organisation), tx)
                )
            }
        }
    }

    /// Colleagues see who is here.
    private var presence: @Sendable (LiveViewer, Bool) -> Void {
        let database = database, node = settings.node, now = site.now, accounts = accounts, logger = logger, duty = duty
        return { viewer, isHere in
            Task {
                do {
                    let isStaff = try await database.read { tx in
                        try accounts.viewer(of: viewer.session, tx)?.mayWork == true
                    }
                    guard isStaff || !isHere else { return }
                    try await database.write(in: .installation) { tx in
                        if isHere {
                            try Presence.came(viewer.person, to: node, at: now(), in: tx)
                        } else {
                            try Presence.left(viewer.person, node, in: tx)
                        }
                    }
                    if !isHere { try await duty.left(viewer.person, in: viewer.organisation) }
                } catch {
                    logger.debug("presence was not told", metadata: ["fault": "\(error)"])
                }
            }
        }
    }

    private static func sessionToken(_ request: HTTPRequest) -> String? {
        for field in request.headerFields[values: .cookie] {
            for pair in field.split(separator: ";") {
                let parts = pair.split(separator: "=", maxSplits: 1)
                if parts.count == 2, parts[0].drop(while: { $0 == " " }) == Guarding.cookie { return String(parts[1]) }
            }
        }
        return nil
    }

    /// A hint says only that something changed, but even that is told only to those who may see the thing.
    static func allowed(_ topics: [String], to viewer: Viewer, _ tx: any ReadTransaction) throws -> [String] {
        let parts = topics.map { topic in
            let words = topic.split(separator: "/", maxSplits: 1)
            return (topic: topic, kind: words.first ?? "", id: words.count == 2 ? String(words[1]) : "")
        }
        let asked = parts.filter { $0.kind == "request" }.compactMap { RequestID(parsing: $0.id) }
        let talks = try Talks.visible(
            parts.filter { $0.kind == "talk" }.compactMap { TalkID(parsing: $0.id) }, to: viewer, tx)
        let visible = try Requests.visible(asked, to: viewer, tx)
        return parts.filter { part in
            switch part.kind {
            case "request": RequestID(parsing: part.id).map(visible.contains) ?? false
            case "talk": TalkID(parsing: part.id).map(talks.contains) ?? false
            case "line": viewer.isStaff
            case "person": viewer.isStaff || part.id == viewer.person.text
            case "notices": part.id == viewer.person.text
            case "people": viewer.isAdministrator && part.id == viewer.organisation.text
            default: false
            }
        }.map(\.topic)
    }
}

/// `Live` and `Turn` know nothing of each other.
private struct TurnOnThePort: TurnSeam {
    let turn: TurnServer

    func accept(_ channel: any Channel, client: IPAddress?) throws {
        // Behind a proxy the port is that of the proxy: nobody but the client itself reads it.
        let address = client.flatMap {
            try? SocketAddress(ipAddress: $0.description, port: channel.remoteAddress?.port ?? 0)
        }
        try turn.accept(channel, client: address)
    }
}
