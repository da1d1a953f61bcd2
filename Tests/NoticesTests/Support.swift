import Duty
import EventLog
import Kernel
import People
import Requests
import Storage
import TestOffice

@testable import Notices
@testable import OknoApp

extension Office {
    /// Does what is due now: readers of the log take everything, timers are done, as servers do within a second.
    func settle() async throws {
        for node in nodes {
            for reader in node.readers { try await LogReading.advance(reader, on: node.database) }
            let due = try await node.database.read { [now = clock.now] tx in try Timers.due(at: now, atMost: 1000, tx) }
            for timer in due { try await node.timerHandlers[timer.kind]?(timer) }
            for reader in node.readers { try await LogReading.advance(reader, on: node.database) }
        }
    }

    func pass(_ minutes: Int) async throws {
        clock.pass(Minutes(minutes))
        try await settle()
    }

    func stand(_ who: Who, _ state: DutyState = .on) async throws {
        try await installation.duty.stand(state, by: try await viewer(who))
        try await settle()
    }

    @discardableResult
    func write(_ text: String, as who: Who, isNote: Bool = false, mentions: [Who] = [], in number: Int64? = nil)
        async throws -> Int64
    {
        clock.pass(milliseconds: 1000)
        var draft = Draft(id: .new(at: clock.now), text: text, isNote: isNote)
        draft.mentions = mentions.map(id)
        try await requests.write(draft, in: number ?? self.number, by: try await viewer(who))
        try await settle()
        return number ?? self.number
    }

    /// What is unread, newest first, as «kind count».
    func unread(_ who: Who) async throws -> [String] {
        let viewer = try await viewer(who)
        return try await database.read { tx in
            try Notice.unread(of: viewer, tx).map {
                $0.count > 1 ? "\($0.kind.rawValue) \($0.count)" : $0.kind.rawValue
            }
        }
    }

    /// Rows in the table, whether or not their person may see them.
    func kept(_ who: Who) async throws -> [String] {
        let person = id(who)
        return try await database.read { tx in
            try tx.all("SELECT kind FROM notice WHERE person_id = \(person) ORDER BY at, id") { row in try row[0] }
        }
    }

    func noticeID(_ who: Who, _ kind: NoticeKind) async throws -> NoticeID {
        let person = id(who)
        return try await database.read { tx in
            try tx.value(
                "SELECT id FROM notice WHERE person_id = \(person) AND kind = \(kind) ORDER BY at DESC LIMIT 1")!
        }
    }

    /// An event that another part of the program writes.
    func happen(_ kind: String, _ data: EventData = [:], by actor: Who? = nil) async throws {
        let (request, actor) = (request, actor.map(id))
        try await database.write(in: north) { [now = clock.now] tx in
            try EventLog.append(EventKind(kind), by: actor, at: now, request: request, data: data, in: tx)
        }
        try await settle()
    }
}
