import HTTPTypes
import Hummingbird
import Kernel
import NIOCore
import Recordings
import Storage
import Web

/// Recordings of calls: asking and answering, parts coming from the page that records, and their replay.
extension Calls {
    func addRecordingRoutes(to router: Router<WebContext>) {
        router.get("/calls/:call/recording", use: recordingState)
        router.post("/calls/:call/recordings", use: askHere)
        let recording = router.group("/calls/recordings/:recording")
        recording.post("answer", use: answerToAsked)
        recording.post("end", use: stopHere)
        recording.post("parts/:number", use: takePart)
        recording.get(use: replay)
        recording.get("parts", use: part)
    }

    /// A program with an access key has no page that could record, nor a person who could agree.
    private func session(_ context: WebContext) throws -> SessionID {
        guard let signedIn = context.signedIn else { throw WebError.signInFirst }
        guard signedIn.reach == nil else { throw WebError.forbidden }
        return signedIn.session
    }

    @Sendable func recordingState(_ request: Request, _ context: WebContext) async throws -> Response {
        let id: CallID = try context.id("call")
        return try site.fragment("calls/_recording", await read(context) { try $0.recording(of: id) }, context)
    }

    @Sendable func askHere(_ request: Request, _ context: WebContext) async throws -> Response {
        let form = try await Form(request), session = try session(context)
        try await askToRecord(context.id("call"), as: form.requiredID("id"), session: session, by: context.viewer())
        return Response(status: .noContent)
    }

    @Sendable func answerToAsked(_ request: Request, _ context: WebContext) async throws -> Response {
        let form = try await Form(request), answer = try form.requiredLine("answer")
        guard ["yes", "no"].contains(answer) else { throw WebError.wrong(field: "answer") }
        _ = try session(context)
        try await answerToRecord(answer == "yes", context.id("recording"), by: context.viewer())
        return Response(status: .noContent)
    }

    @Sendable func stopHere(_ request: Request, _ context: WebContext) async throws -> Response {
        let form = try await Form(request), why: CallRecording.End = try form.code("why") ?? .stopped
        guard why == .stopped || CallRecording.End.ofPage.contains(why) else { throw WebError.wrong(field: "why") }
        try await stopRecording(context.id("recording"), why, by: context.viewer())
        return Response(status: .noContent)
    }

    @Sendable func takePart(_ request: Request, _ context: WebContext) async throws -> Response {
        let form = try Form(query: request), session = try session(context)
        guard let text = context.parameters.get("number"), let number = Int(text), number >= 0 else {
            throw WebError.notFound
        }
        guard let length = try form.int("length", in: 0...Int(ConsentRule.longestPart)) else {
            throw WebError.missing(field: "length")
        }
        guard let ago = try form.int("ago", in: 0...Int(ConsentRule.longestWait)) else {
            throw WebError.missing(field: "ago")
        }
        let part = SentPart(number: number, length: Int64(length), ago: Int64(ago), isLast: form.flag("last"))
        try await keep(part, of: context.id("recording"), session: session, by: context.viewer()) {
            let declared = request.headers[.contentLength].flatMap(Int.init) ?? 0
            guard declared <= ConsentRule.largestPart else { throw WebError.tooLarge }
            var film = ByteBuffer()
            for try await piece in request.body {
                guard film.readableBytes + piece.readableBytes <= ConsentRule.largestPart else {
                    throw WebError.tooLarge
                }
                film.writeImmutableBuffer(piece)
            }
            return Array(film.readableBytesView)
        }
        return Response(status: .noContent)
    }

    @Sendable func replay(_ request: Request, _ context: WebContext) async throws -> Response {
        let id: RecordingID = try context.id("recording")
        let shown = try await read(context) { try CallReplayPage(id, $0) }
        return try site.page("calls/replay", shown.model, shown.frame, context)
    }

    @Sendable func part(_ request: Request, _ context: WebContext) async throws -> Response {
        let viewer = try context.viewer(), id: RecordingID = try context.id("recording")
        return try await recordings.part(
            request, of: id, as: [.contentType: "video/webm", .contentDisposition: "attachment"]
        ) { tx in _ = try Self.watched(id, by: viewer, tx) }
    }
}
