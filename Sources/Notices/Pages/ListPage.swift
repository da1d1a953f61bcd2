import EventLog
import Kernel
import Storage
import Web

/// Everything that a person was told of: what is unread, then what was read.
struct ListPage {
    let model: Model
    let sequence: Int64

    init(_ viewer: Viewer, before: Instant?, _ text: Catalogue, _ dates: Dates, _ tx: any ReadTransaction) throws {
        let unread = before == nil ? try Notice.unread(of: viewer, tx) : []
        let read = try Notice.read(of: viewer, before: before, tx)
        let words = try NoticeWords(unread + read, to: viewer, text, dates, tx)
        sequence = try EventLog.newest(in: .organisation(viewer.organisation), tx)
        model = [
            "live": "\(Notices.topic(viewer.person)) person/\(viewer.person)",
            "here": before.map { "/notices?before=\($0.milliseconds)" } ?? "/notices",
            "unread": unread.map { Self.row($0, words) }, "read": read.map { Self.row($0, words) },
            "count": unread.isEmpty ? "" : text("notices.unread", count: unread.count),
            "nothing": unread.isEmpty && read.isEmpty,
            "earlier": read.count < Notice.readShown ? "" : "/notices?before=\(read.last!.at.milliseconds)",
            "newest": before == nil ? "" : "/notices",
        ]
    }

    private static func row(_ notice: Notice, _ words: NoticeWords) -> Model {
        [
            "href": "/notices/\(notice.id)", "icon": notice.kind.icon, "tone": notice.kind.tone,
            "words": words.sentence(notice), "about": words.about(notice), "when": words.dates.short(notice.at),
            "moment": words.dates.moment(notice.at), "unread": notice.isUnread,
        ]
    }
}

/// What every page shows of it: how many are unread, and the newest of them for the page's own short words.
struct BellPart {
    let model: Model

    init(_ viewer: Viewer, _ text: Catalogue, _ dates: Dates, _ tx: any ReadTransaction) throws {
        let unread = try Notice.unread(of: viewer, tx)
        let newest = unread.max { $0.event < $1.event }
        let words = try NoticeWords(newest.map { [$0] } ?? [], to: viewer, text, dates, tx)
        model = [
            "count": unread.isEmpty ? "" : unread.count > 99 ? "99+" : text.number(unread.count),
            "title": text("notices.unread", count: unread.count),
            "newest": Int(newest?.event ?? 0), "tag": newest?.tag ?? "",
            "href": newest.map { "/notices/\($0.id)" } ?? "", "target": newest?.target ?? "",
            "words": newest.map(words.sentence) ?? "", "about": newest.map(words.about) ?? "",
            "browser": newest?.inBrowser ?? false, "silent": newest?.isShownElsewhere ?? false,
        ]
    }
}
