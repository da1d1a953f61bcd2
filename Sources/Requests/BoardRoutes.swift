import Hummingbird
import Kernel
import Lines
import Storage
import Web

/// The board: the page, what has changed since, where a card may go, limits of columns.
extension Requests {
    func addBoardRoutes(to router: Router<WebContext>) {
        router.get("/board", use: board)
        router.get("/board/changes", use: boardChanges)
        router.get("/board/moves/:number", use: boardMoves)
        router.post("/board/limits", use: limitColumn)
    }

    @Sendable func board(_ request: Hummingbird.Request, _ context: WebContext) async throws -> Response {
        let board = try Board(Form(query: request)), words = try RequestWords(site, context)
        guard words.viewer.isStaff || words.viewer.roles.contains(.specialist) else { throw WebError.notFound }
        let page = try await database.read { tx in try BoardPage(board, words, tx) }
        return try site.page(
            "requests/board", page.model,
            Site.Frame(
                title: words.text("requests.board"), css: ["workplace", "board"], js: ["board"], topics: page.topics,
                sequence: page.sequence, place: "board", look: .staff), context)
    }

    /// The order of every column as it is now, and the cards that have changed since an event.
    @Sendable func boardChanges(_ request: Hummingbird.Request, _ context: WebContext) async throws -> Response {
        let form = try Form(query: request), board = try Board(form), words = try RequestWords(site, context)
        guard words.viewer.isStaff || words.viewer.roles.contains(.specialist) else { throw WebError.notFound }
        let after = Int64(try form.int("after", in: 0...Int.max) ?? 0)
        let page = try await database.read { tx in try BoardPage(board, after: after, words, tx) }
        return try site.fragment("requests/_board-changes", page.model, context)
    }

    /// What putting a card into each of the columns would be.
    @Sendable func boardMoves(_ request: Hummingbird.Request, _ context: WebContext) async throws -> Response {
        let number = try context.number("number"), form = try Form(query: request), viewer = try context.viewer()
        let by: Grouping = try form.code("by") ?? .state
        let text = site.text(context.language), keys = form.all("key").prefix(300)
        let (seen, moves) = try await database.read { tx in
            let seen = try Self.find(number, for: viewer, tx)
            guard seen.standing.isStaff else { throw RequestError.notFound }
            let place = try Self.place(around: seen.request, by, viewer, tx)
            return (seen, keys.map { ($0, BoardMove.decide(seen.request, seen.standing, to: $0, by: by, place)) })
        }
        var answers: [String: any Sendable] = [:]
        for (key, move) in moves {
            answers[key] =
                switch move {
                case .stays: ["stays": true] as [String: any Sendable]
                case .act(let path, let fields, let isUndoing):
                    [
                        "path": "/requests/\(number)/\(path)",
                        "fields": fields.merging(
                            isUndoing ? ["_method": "DELETE"] : [:], uniquingKeysWith: { $1 }),
                    ] as [String: any Sendable]
                case .form(let dialog, let path):
                    [
                        "form": dialog, "path": path.map { "/requests/\(number)/\($0)" } ?? "",
                        "fields": [String: String](),
                    ]
                        as [String: any Sendable]
                case .refused(let why):
                    ["why": text("requests.board.refused.\(why.rawValue)")] as [String: any Sendable]
                }
        }
        return try site.json(["version": Int(seen.request.version), "columns": answers])
    }

    private static func place(
        around request: Request, _ by: Grouping, _ viewer: Viewer, _ tx: any ReadTransaction
    ) throws -> BoardMove.Place {
        var place = BoardMove.Place(me: viewer.person)
        switch by {
        case .assignee: place.staff = Set(try Lines.staff(of: request.line, tx).map(\.0))
        case .topic:
            place.topics = Set(try Lines.topics(of: request.line, tx).filter { !$0.isArchived }.map(\.id))
        case .line: place.lines = Set(try Lines.all(in: viewer.organisation, tx).filter { !$0.isArchived }.map(\.id))
        case .state, .priority: break
        }
        return place
    }

    @Sendable func limitColumn(_ request: Hummingbird.Request, _ context: WebContext) async throws -> Response {
        let form = try await Form(request), viewer = try context.viewer()
        let by: Grouping = try form.requiredCode("by"), line: LineID = try form.requiredID("line")
        let most = try form.int("most", in: 0...Self.largestBoardLimit).flatMap { $0 > 0 ? $0 : nil }
        try await limitColumn(form.line("key", atMost: 40) ?? "", by: by, of: line, to: most, by: viewer)
        return context.wantsFragment
            ? Response(status: .noContent) : site.go(to: "/board?line=\(line)&by=\(by.rawValue)", context)
    }
}
