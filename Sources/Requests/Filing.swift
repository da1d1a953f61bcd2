package import EventLog
import Files
package import Kernel
import Lines
package import Storage

/// Files that do not come by the conversation: from a client's computer, and to it.
extension Requests {
    /// A complete upload of this person that no message has taken over.
    package static func uploaded(
        _ id: UploadID, by viewer: Viewer, _ tx: any ReadTransaction
    ) throws -> (name: String, size: Int64, hash: String) {
        guard let upload = try upload(id, by: viewer, tx) else { throw RequestError.uploadUnknown }
        guard let hash = upload.hash else { throw RequestError.uploadUnfinished }
        return (upload.name, upload.size, hash)
    }

    /// Where a content lies, by its hash.
    package func path(of content: String) -> String { files.object(content) }

    /// Whether a file of this size may come into a request of the line.
    package func check(file size: Int64, on line: LineID, _ tx: any ReadTransaction) throws {
        guard size <= largestFile else { throw RequestError.fileTooLarge }
        try ConditionRule.check(files: [size], Lines.conditions(of: line, tx))
    }

    /// The upload becomes a message of this person, without words.
    /// - Returns: the topics to tell after the commit.
    package static func file(
        _ upload: UploadID, in id: RequestID, by viewer: Viewer, at now: Instant, in tx: any WriteTransaction
    ) throws -> [Bell.Topic] {
        guard let number = try titles(of: [id], for: viewer, tx)[id]?.number else { throw RequestError.notFound }
        let seen = try find(number, for: viewer, tx)
        try Permission.check(.reply, seen.request, seen.standing)
        let change = Change(seen, by: viewer, at: now, in: tx)
        try change.write(Draft(id: .new(at: now), text: "", uploads: [upload]), isTyped: false)
        try change.store()
        return topics(change.before, change.request, try observers(of: id, tx))
    }
}
