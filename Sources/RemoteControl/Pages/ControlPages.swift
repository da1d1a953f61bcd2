import AgentProtocol
import EventLog
import Kernel
import Lines
import People
import Requests
import Storage
import Web

/// What every page of this room needs to speak.
struct ControlContext {
    let viewer: Viewer
    let text: Catalogue
    let dates: Dates
    let now: Instant

    init(_ site: Site, _ context: WebContext) throws {
        now = site.now()
        viewer = try context.viewer()
        text = site.text(context.language)
        dates = site.dates(context)
    }

    static func stream(_ token: String) -> String { "/control/stream?token=\(token)" }

    /// The client reads of himself: what he did, and what he is waited for.
    func words(_ session: ControlSession, toClient isClient: Bool = false) -> String {
        let isOwn = isClient && [.offered, .waiting, .refused, .timedOut].contains(session.state)
        return text(
            isOwn ? "remote.own.\(session.state.rawValue)" : "remote.state.\(session.state.rawValue)",
            ["computer": session.computer])
    }

    func right(_ code: String) -> Model { ["code": code, "label": text("remote.right.\(code)")] }

    /// What the viewer may ask for; nothing when nobody can be asked.
    func asks(_ seen: SeenSession) -> Model? {
        let session = seen.session, open = Rights.offered.subtracting(session.agreed)
        let hindrance = ControlRule.hindersQuestion(
            seen.request.standing, session.state, isAsking: session.asked != nil, asked: open, agreed: session.agreed)
        // A computer that is known is asked anew as it was the first time.
        let isReached = session.machine != nil && ControlRule.givesWay(session.state, isOfMachine: true)
        guard hindrance == nil, !isReached else { return nil }
        return [
            "href": "/control/\(session.id)",
            "rights": open.codes.map {
                right($0).merging(["checked": session.state != .agreed && Rights.usual.codes.contains($0)]) { $1 }
            },
        ]
    }

    func state(_ seen: SeenSession, _ tx: any ReadTransaction) throws -> Model {
        let session = seen.session
        return [
            "state": session.state.rawValue, "words": words(session),
            "rights": Rights.offered.codes.map { code in
                right(code).merging(["on": session.agreed.codes.contains(code)]) { $1 }
            }, "asks": asks(seen) ?? false, "invitation": try invitation(session, tx) ?? false,
        ]
    }

    /// What became of the wish to have a colleague look too; for the one who had it.
    private func invitation(_ session: ControlSession, _ tx: any ReadTransaction) throws -> Model? {
        guard session.invitedBy == viewer.person, let invitation = session.invitation, let person = session.askedBy
        else { return nil }
        let name = try Names.shown([person], to: viewer, text, tx)[person]?.name ?? ""
        return ["words": text("remote.invitation.\(invitation.rawValue)", ["to": name])]
    }

    func code(_ code: String, until: Instant, at address: PageAddress) -> Model {
        let origin = address.origin
        return [
            "code": "\(code.prefix(4)) \(code.suffix(4))",
            "link": address.isSecure ? "okno://\(origin.split(separator: "/").last ?? "")/\(code)" : "",
            // A browser keeps no right to run what it has downloaded.
            "command": "chmod +x okno-agent && ./okno-agent \(origin) \(code)",
            "until": text("remote.code.until", ["until": dates.time(until)]), "download": "/agent/okno-agent",
        ]
    }
}

/// Control in the head of a request.
struct ControlBar {
    let model: Model

    init(_ number: Int64, _ page: ControlContext, _ tx: any ReadTransaction) throws {
        let viewer = page.viewer, request = try Requests.called(number, for: viewer, tx)
        let isWayOpen = try Lines.isOpen(.control, on: request.line, to: request.client, tx)
        let offers = ControlRule.hindersOffer(
            request.standing, isRequestOpen: request.isOpen, isWayOpen: isWayOpen)
        var model: Model = ["href": "/requests/\(number)/control", "session": false]
        let present = try RemoteControl.present(of: request.id, tx)
        model["offer"] = offers == nil && (present == nil || present?.state == .offered)
        let works = ControlRule.mayWork(request.standing)
        if let present, request.standing.isClient || works {
            let looks = try RemoteControl.viewers(of: present.id, tx).contains(viewer.person)
            let seen = SeenSession(session: present, request: request, subject: "")
            model["session"] =
                [
                    "id": present.id.text, "href": "/control/\(present.id)",
                    "words": page.words(present, toClient: request.standing.isClient),
                    "state": present.state.rawValue, "asks": page.asks(seen) ?? false,
                    "opens": works && looks && present.state == .agreed,
                    "ends": ControlRule.mayEnd(request.standing, isViewer: looks),
                ] as Model
        }
        model["machines"] =
            works && request.isOpen && isWayOpen
            ? try page.machines(of: request, besides: present, tx) : []
        let recordings = try page.recordings(of: request, tx)
        model["recordings"] = recordings
        model["recorded"] = present?.isRecorded == true && present?.state == .agreed
        self.model = model
    }
}

/// The specialist's page of a session.
struct ControlPage {
    private let page: ControlContext
    private let seen: SeenSession
    private let sequence: Int64
    private let client: String
    private let colleagues: [Model]
    private let state: Model
    private let files: Model

    init(_ id: ControlID, _ page: ControlContext, _ tx: any ReadTransaction) throws {
        self.page = page
        let seen = try RemoteControl.find(id, for: page.viewer, tx)
        self.seen = seen
        state = try page.state(seen, tx)
        files = try page.files(of: seen, tx)
        sequence = try EventLog.newest(in: .organisation(page.viewer.organisation), tx)
        let competent = try Lines.staff(of: seen.request.line, tx).map(\.0).filter { $0 != page.viewer.person }
        let people = try Names.shown(Set(competent + [seen.request.client]), to: page.viewer, page.text, tx)
        client = people[seen.request.client]?.name ?? ""
        colleagues = competent.compactMap { people[$0] }.sorted { $0.name < $1.name }
            .map { ["id": $0.id.text, "name": $0.name] }
    }

    var frame: Site.Frame {
        Site.Frame(
            title: page.text("remote.title", ["client": client]), css: ["workplace", "remote"],
            topics: ["request/\(seen.request.id)"], sequence: sequence, place: "requests", look: .staff)
    }

    /// - Parameter limit: bytes of one file.
    func model(token: String, limit: Int64) -> Model {
        let id = seen.session.id
        return [
            "id": id.text, "href": "/control/\(id)", "live": "request/\(seen.request.id)", "seq": sequence,
            "stream": ControlContext.stream(token), "tokens": "/control/\(id)/tokens",
            "request": [
                "number": seen.request.number, "subject": seen.subject, "href": "/requests/\(seen.request.number)",
            ] as Model,
            "computer": seen.session.computer, "client": client, "state": state, "files": files,
            "uploads": "/uploads", "limit": limit,
            "ability": ["attention": seen.session.abilities.contains(.attention)] as Model, "colleagues": colleagues,
        ]
    }
}
