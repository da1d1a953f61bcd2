import Kernel
import People
import Recordings
import Requests
import Storage
import Web

/// A recorded session, played: the picture, its time, and what the history of the request tells of that time.
struct ReplayPage {
    private let page: ControlContext
    private let seen: SeenRecording
    private let client: String
    private let marks: [Model]

    init(_ id: ControlID, _ page: ControlContext, _ tx: any ReadTransaction) throws {
        self.page = page
        let seen = try RemoteControl.watched(id, by: page.viewer, tx)
        self.seen = seen
        client = try Names.shown([seen.request.client], to: page.viewer, page.text, tx)[seen.request.client]?.name ?? ""
        marks = try Mark.all(
            of: seen.request, from: seen.recording.began, length: seen.recording.length, to: page.viewer, page.text,
            page.dates, tx
        ).map { ["ms": $0.moment, "time": Recording.time($0.moment), "words": $0.words, "who": $0.who] as Model }
    }

    var frame: Site.Frame {
        Site.Frame(
            title: page.text("remote.recording.title", ["client": client]), css: ["workplace", "remote", "replay"],
            place: "requests", look: page.viewer.isStaff ? .staff : .client)
    }

    var model: Model {
        let recording = seen.recording
        return [
            "id": seen.session.id.text, "href": "/control/\(seen.session.id)/recording", "length": recording.length,
            "time": Recording.time(recording.length), "when": page.dates.moment(recording.began), "client": client,
            "computer": seen.session.computer, "marks": marks, "any_marks": !marks.isEmpty,
            "over": recording.isRemoved
                ? page.text("remote.recording.over", ["time": page.length(recording.length)]) : "",
            "empty": !recording.isRemoved && recording.length == 0,
            "plays": !recording.isRemoved && recording.length > 0,
            "request": [
                "number": seen.request.number, "subject": seen.subject, "href": "/requests/\(seen.request.number)",
            ] as Model,
        ]
    }
}

extension ControlContext {
    /// «5 мин»: a minute that began counts.
    func length(_ milliseconds: Int64) -> String { dates.labour(Minutes(ControlRule.minutes(milliseconds))) }

    /// The recordings of a request, for those who may watch them.
    func recordings(of request: CalledRequest, _ tx: any ReadTransaction) throws -> [Model] {
        try RemoteControl.watched(of: request, by: viewer, tx).map { recording in
            let id = ControlID(recording.id.text)
            let values = ["when": dates.moment(recording.began), "time": length(recording.length)]
            return [
                "href": "/control/\(id)/recording",
                "words": text(recording.isRemoved ? "remote.recording.removed" : "remote.recording.of", values),
            ]
        }
    }
}
