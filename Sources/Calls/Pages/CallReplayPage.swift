import Kernel
import People
import Recordings
import Requests
import Storage
import Web

/// A recorded call, played: the film, its time, and what the history of the request tells of that time.
struct CallReplayPage {
    let frame: Site.Frame
    let model: Model
    init(_ id: RecordingID, _ page: CallPages) throws {
        let seen = try Calls.watched(id, by: page.viewer, page.tx)
        let names = try Names.shown(Set(seen.people), to: page.viewer, page.text, page.tx)
        let people = seen.people.compactMap { names[$0]?.name }.sorted().joined(separator: ", ")
        let marks = try Mark.all(
            of: seen.request, from: seen.recording.began, length: seen.recording.length, to: page.viewer, page.text,
            page.dates, page.tx
        ).map { ["ms": $0.moment, "time": Recording.time($0.moment), "words": $0.words, "who": $0.who] as Model }
        frame = Site.Frame(
            title: page.text("recordings.call.title", ["people": people]), css: ["workplace", "replay"],
            js: ["call-replay"], place: "requests", look: page.viewer.isStaff ? .staff : .client)
        let recording = seen.recording
        model = [
            "href": "/calls/recordings/\(recording.id)", "length": recording.length,
            "time": Recording.time(recording.length), "when": page.dates.moment(recording.began), "people": people,
            "marks": marks, "any_marks": !marks.isEmpty,
            "over": recording.isRemoved
                ? page.text("recordings.call.over", ["time": page.length(recording.length)]) : "",
            "empty": !recording.isRemoved && recording.length == 0,
            "plays": !recording.isRemoved && recording.length > 0,
            "request": [
                "number": seen.request.number, "subject": seen.subject, "href": "/requests/\(seen.request.number)",
            ] as Model,
        ]
    }
}

/// The model of the part `calls/_recording`.
extension CallPages {
    /// «5 мин»: a minute that began counts.
    func length(_ milliseconds: Int64) -> String { dates.labour(Minutes(CallRule.minutes(milliseconds))) }

    func recording(of id: CallID) throws -> Model {
        let call = try Calls.find(id, for: viewer, tx)
        return try recording(of: call, Calls.members(of: id, tx))
    }

    func recording(of call: Call, _ members: [CallMember]) throws -> Model {
        let me = members.first { $0.person == viewer.person }, inside = members.filter { $0.state == .inside }
        guard me?.state == .inside, call.state != .ended else {
            return ["call": call.id.text, "id": "", "state": "none", "href": "", "mine": false]
        }
        let last = try CallRecording.last(of: call.id, tx), isOpen = last.map { $0.state != .ended } ?? false
        let hindrance = try ConsentRule.hindersQuestion(
            isAllowed: RecordingPolicy.of(call.organisation, tx).calls, me: me?.state,
            isClient: me?.isClient ?? true, call: call.state, inside: inside.count, isOpen: isOpen)
        var model: Model = [
            "call": call.id.text, "id": last?.id.text ?? "", "state": last?.state.rawValue ?? "none",
            "href": last.map { "/calls/recordings/\($0.id)" } ?? "", "mine": last?.askedBy == viewer.person,
            "may_ask": hindrance == nil,
        ]
        guard let last else { return model }
        let agreed = try CallRecording.agreed(to: last.id, tx)
        let waited = inside.map(\.person).filter { !agreed.contains($0) }
        let names = try Names.shown(
            Set(waited + [last.askedBy, last.endedBy].compactMap(\.self)), to: viewer, text, tx)
        func name(_ person: PersonID) -> String { names[person]?.name ?? text("calls.somebody") }
        switch last.state {
        case .asked:
            let isAsked = waited.contains(viewer.person)
            model["asked"] = isAsked
            model["waits"] = !isAsked
            model["words"] =
                isAsked
                ? text("recordings.call.asked", ["name": name(last.askedBy)])
                : text("recordings.call.waits", ["people": waited.map(name).joined(separator: ", ")])
        case .going: model["going"] = true
        case .ended:
            guard let why = last.why, why != .callEnded else { break }
            let by = last.endedBy.map(name) ?? text("calls.somebody")
            model["over"] = text("recordings.call.end.\(why.rawValue)", ["name": by])
        }
        return model
    }
}
