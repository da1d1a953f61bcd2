import Duty
import Files
import Foundation
import Kernel
import Lines
import NIOCore
import Requests
import Storage
import Web

/// Plays the stories by the room's own acts in the order of time, each under a clock of its own.
///
/// Acts that follow each other wait in the organisation's lane together and share a durable commit. `Task.immediate` puts each
/// into the lane before the next begins, so the order of the log is the order of time.
struct DemoPlay: Sendable {
    private static let together = 48

    let requests: Requests
    let duty: DutyRoom
    let office: DemoOffice

    /// - Parameter progress: is told how much has been played, in percent.
    func run(_ stories: [DemoStory], progress: (Int) -> Void) async throws {
        var numbers = [Int64](repeating: 0, count: stories.count)
        let moments = stories.indices.flatMap { story in stories[story].moments.map { (story: story, moment: $0) } }
            .sorted { $0.moment.at < $1.moment.at }
        var waiting: [Int: Task<Int64, any Error>] = [:]
        for (index, entry) in moments.enumerated() {
            // An act needs the one before it on the same request; files are written before an act is in the lane.
            let hasFiles = !entry.moment.files.isEmpty
            if waiting[entry.story] != nil || waiting.count >= Self.together || hasFiles {
                for (story, act) in waiting { numbers[story] = try await act.value }
                waiting = [:]
            }
            let number = numbers[entry.story], story = stories[entry.story]
            let act = Task.immediate {
                try await DemoClock.$moment.withValue(entry.moment.at) {
                    try await play(entry.moment, of: story, number)
                }
            }
            if hasFiles { numbers[entry.story] = try await act.value } else { waiting[entry.story] = act }
            if index % (moments.count / 100 + 1) == 0 { progress(index * 100 / moments.count) }
        }
        for act in waiting.values { _ = try await act.value }
    }

    /// - Returns: the number of the request.
    private func play(_ moment: DemoStory.Moment, of story: DemoStory, _ known: Int64) async throws -> Int64 {
        do { return try await act(moment, of: story, known) } catch {
            throw InstallationFault("Request \(known) of the demo, \(moment.step): \(error)")
        }
    }

    private func act(_ moment: DemoStory.Moment, of story: DemoStory, _ number: Int64) async throws -> Int64 {
        let client = office.viewer(story.client), specialist = office.viewer(story.specialist)
        switch moment.step {
        case .register(let text, let origin, let minutes):
            return try await register(story, text, origin, minutes, moment.files)
        case .say(let text): try await write(text, moment.files, in: number, by: client)
        case .answer(let text): try await write(text, in: number, by: specialist)
        case .note(let text): try await write(text, isNote: true, in: number, by: specialist)
        case .setTopic: try await requests.setTopic(number, to: story.topic, by: specialist)
        case .wait: try await requests.wait(number, by: specialist)
        case .solve(let text): try await requests.solve(number, answer: text, by: specialist)
        case .refuse(let text): try await requests.refuse(number, text: text, by: client)
        case .cancel: try await requests.cancel(number, reason: nil, by: client)
        case .addTime(let minutes): try await requests.addTime(number, Minutes(minutes), reason: nil, by: specialist)
        case .rate(let stars, let comment):
            try await requests.confirm(number, rating: stars, comment: comment, by: client)
        case .closeUnanswered: try await requests.closeUnanswered(number, by: specialist)
        case .due(let moment): try await requests.setDeadline(number, to: moment, by: specialist)
        case .stand(let state): try await duty.stand(state, by: specialist)
        }
        return number
    }

    private func register(
        _ story: DemoStory, _ text: String, _ origin: Request.Origin, _ minutes: Int?, _ files: [String]
    ) async throws -> Int64 {
        let byClient = origin == .chat
        let author = office.viewer(byClient ? story.client : story.specialist)
        var registration = Registration(id: .new(at: DemoClock.moment), line: story.line.id, text: text)
        registration.topic = story.hasTopic || !byClient ? story.topic : nil
        registration.origin = origin
        registration.client = byClient ? nil : story.client.id
        registration.minutes = minutes.map { Minutes($0) }
        registration.take = !byClient
        registration.uploads = try await upload(files, by: author)
        return try await requests.register(registration, by: author)
    }

    private func write(
        _ text: String, _ files: [String] = [], isNote: Bool = false, in number: Int64, by viewer: Viewer
    ) async throws {
        let uploads = try await upload(files, by: viewer)
        try await requests.write(
            Draft(id: .new(at: DemoClock.moment), text: text, isNote: isNote, uploads: uploads), in: number, by: viewer)
    }

    private func upload(_ names: [String], by viewer: Viewer) async throws -> [UploadID] {
        var uploads: [UploadID] = []
        for name in names {
            let id = UploadID.new(at: DemoClock.moment), content = DemoFile.content(of: name)
            _ = try await requests.beginUpload(id, name: name, size: Int64(content.count), by: viewer)
            let hash = try Self.store(content, as: id, in: requests.files)
            try await requests.database.write(in: viewer.organisation) { tx in
                _ = try tx.run("UPDATE upload SET hash = \(hash) WHERE id = \(id)")
            }
            uploads.append(id)
        }
        return uploads
    }

    private static func store(_ content: [UInt8], as id: UploadID, in files: FileStore) throws -> String {
        let pending = try files.append(to: id, at: 0)
        try content.withUnsafeBytes { try pending.write($0) }
        try pending.synchronise()
        return try files.finish(id)
    }
}

/// The content of a file of the demo, by its name: a picture where the name promises one, a few lines otherwise.
enum DemoFile {
    static func content(of name: String) -> [UInt8] {
        switch name.split(separator: ".").last?.lowercased() {
        case "png", "jpg", "jpeg": picture(name)
        default: Array("\(name)\r\n\r\nФайл показательной организации: настоящего содержания в нём нет.\r\n".utf8)
        }
    }

    /// A PNG of 480 × 300 grey levels, without compression: a window with some lines of text, like a snapshot of a screen.
    private static func picture(_ name: String) -> [UInt8] {
        let width = 480, height = 300
        let seed = Int(name.utf8.reduce(UInt32(7)) { $0 &* 31 &+ UInt32($1) } % 97)
        var rows: [UInt8] = []
        rows.reserveCapacity((width + 1) * height)
        for y in 0..<height {
            rows.append(0)
            for x in 0..<width {
                let inWindow = (40..<440).contains(x) && (30..<270).contains(y)
                let isTitle = inWindow && y < 52
                let line = (y - 70) / 22, inLine = inWindow && y > 70 && (y - 70) % 22 < 8 && line < 8
                let isText =
                    inLine && x > 60 && x < 160 + (line * 53 + seed * 7) % 240 && (x / 7 + line * seed) % 5 != 0
                rows.append(isText ? 90 : isTitle ? 150 : inWindow ? 250 : UInt8(200 - y / 6))
            }
        }
        var header = bigEndian(UInt32(width)) + bigEndian(UInt32(height))
        header += [8, 0, 0, 0, 0]
        return [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A] + chunk("IHDR", header) + chunk("IDAT", stored(rows))
            + chunk("IEND", [])
    }

    private static func chunk(_ type: String, _ data: [UInt8]) -> [UInt8] {
        let body = Array(type.utf8) + data
        var crc: UInt32 = 0xFFFF_FFFF
        for byte in body {
            crc ^= UInt32(byte)
            for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0xEDB8_8320 : crc >> 1 }
        }
        return bigEndian(UInt32(data.count)) + body + bigEndian(~crc)
    }

    /// zlib with blocks that are not compressed.
    private static func stored(_ data: [UInt8]) -> [UInt8] {
        var result: [UInt8] = [0x78, 0x01]
        var rest = data[...]
        while !rest.isEmpty {
            let part = rest.prefix(65_535), count = UInt16(part.count)
            rest = rest.dropFirst(part.count)
            result += [
                rest.isEmpty ? 1 : 0, UInt8(count & 255), UInt8(count >> 8), UInt8(~count & 255), UInt8(~count >> 8),
            ]
            result += part
        }
        var (low, high): (UInt32, UInt32) = (1, 0)
        for byte in data {
            low = (low + UInt32(byte)) % 65_521
            high = (high + low) % 65_521
        }
        return result + bigEndian(high << 16 | low)
    }

    private static func bigEndian(_ number: UInt32) -> [UInt8] {
        [UInt8(number >> 24), UInt8(number >> 16 & 255), UInt8(number >> 8 & 255), UInt8(number & 255)]
    }
}
