import HTTPTypes
import Hummingbird
import Kernel
import Live
import NIOCore
import Web

/// The live page where no socket passes: a request that is held until something changes.
extension Installation {
    func addPolling(to router: Router<WebContext>) {
        let hub = hub, mayWatch = mayWatch
        router.get("/live/poll") { request, context in
            let viewer = try context.viewer(), form = try Form(query: request)
            guard case .session(let session) = viewer.kind else { throw WebError.forbidden }
            guard let seq = try form.int("seq", in: 0...Int.max) else { throw WebError.missing(field: "seq") }
            let topics = (form.raw("topics") ?? "").split(separator: ",").map(String.init)
            guard topics.count <= LiveLimits().topics else { throw WebError.wrong(field: "topics") }
            let hold = try form.int("wait", in: 0...25) ?? 25
            let hints = try await hub.poll(
                LiveViewer(organisation: viewer.organisation, person: viewer.person, session: session),
                topics: topics, after: Int64(seq), hold: .seconds(hold), mayWatch: mayWatch)
            guard let hints else { throw WebError.busy }
            return Response(
                status: .ok, headers: [.contentType: "application/x-ndjson", .cacheControl: "no-store"],
                body: ResponseBody(byteBuffer: ByteBuffer(string: hints)))
        }
    }
}
