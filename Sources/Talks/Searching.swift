import Kernel
import Requests
import Storage
import TextSearch

extension Talks {
    /// Talks of the viewer in which every word was said, or that are called so; the newest words first.
    static func found(_ text: String, for viewer: Viewer, _ tx: any ReadTransaction) throws -> [StaffTalk] {
        let mine = try all(of: viewer, atMost: 300, tx)
        let rows = try SearchIndex.find(
            text, own: mine.map { SearchIndex.scope("t", $0.id) }, staff: [], atMost: 60, tx)
        let said: [TalkID] =
            rows.isEmpty
            ? []
            : try tx.all("SELECT talk_id FROM talk_message WHERE search_row IN (\(rows)) ORDER BY number DESC") {
                row in try row[0]
            }
        let folded = Text.folded(text)
        let called = mine.filter { !$0.title.isEmpty && Text.folded($0.title).contains(folded) }.map(\.id)
        let order = Dictionary((called + said).enumerated().map { ($1, $0) }, uniquingKeysWith: min)
        return mine.filter { order[$0.id] != nil }.sorted { order[$0.id]! < order[$1.id]! }
    }
}
