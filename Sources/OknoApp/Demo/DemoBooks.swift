import Foundation
import Kernel

/// What the files of `share/okno/demo` say. Their author wrote them for reading; nothing here invents words.
struct DemoBooks: Sendable {
    struct Organisation: Decodable, Sendable {
        struct Branch: Decodable, Sendable { let unit: String, code: String }
        struct Formats: Decodable, Sendable {
            let room: [String: [Int]]
            let pc: String
            let doc: [String]
        }
        let name: String, fullName: String, inn: String, kpp: String, ogrn: String
        let legalAddress: String, postalAddress: String, phone: String, email: String, site: String, mailDomain: String
        let timeZone: String, accent: String, namePolicy: String
        let branches: [Branch]
        let places: [String: [String]]
        let formats: Formats
    }

    struct Unit: Decodable, Sendable {
        let name: String, kind: String
        let code: String?
        let weight: Int
        let children: [Unit]?
    }

    struct Weighted: Decodable, Sendable { let name: String, weight: Int }
    struct Paired: Decodable, Sendable {
        let male: String, female: String
        let weight: Int
        func of(_ gender: Gender) -> String { gender == .male ? male : female }
    }
    enum Gender: String, Decodable, Sendable { case male, female }
    struct Given: Decodable, Sendable { let male: [Weighted], female: [Weighted] }
    struct Job: Decodable, Sendable {
        let title: String
        let weight: Int
        let limit: Int?
        let gender: Gender?
    }
    struct Fixed: Decodable, Sendable {
        struct Knows: Decodable, Sendable { let line: String, level: String }
        let family: String, given: String, patronymic: String
        let gender: Gender
        let job: String, unit: String, login: String
        let branch: String?, room: String?, phone: String?, pc: String?
        let lines: [Knows]?
    }
    struct People: Decodable, Sendable {
        let given: Given
        let patronymics: [Paired], families: [Paired]
        let jobs: [String: [Job]]
        let specialists: [Fixed], administrators: [Fixed], clients: [Fixed]
    }

    struct Line: Decodable, Sendable {
        struct Hours: Decodable, Sendable { let days: [Int], from: String, to: String }
        struct Topic: Decodable, Sendable {
            let name: String
            let plannedMinutes: Int?, priority: String?
            let topics: [Topic]?
        }
        let key: String, name: String, staffName: String, description: String, icon: String, timeZone: String
        let hours: [Hours]
        let topics: [Topic]
    }

    struct Story: Decodable, Sendable {
        enum Outcome: String, Decodable, Sendable { case solved, reopened, cancelled, waiting, open }
        enum Act: String, Decodable, Sendable { case solve, reopen, wait, cancel }
        enum Side: String, Decodable, Sendable { case client, specialist, note }
        struct Message: Decodable, Sendable {
            let from: Side
            let afterMinutes: Int
            let text: String
            let or: [String]?
            let act: Act?
        }
        struct Rating: Decodable, Sendable {
            let stars: Int
            let comment: String?
        }
        let line: String, topic: String
        let subjects: [String]
        private(set) var messages: [Message]
        private(set) var outcome: Outcome
        let minutes: Int
        let weight: Int?
        let kinds: [String]?
        let files: [String]?
        let ratings: [Rating]?

        /// The same story while it is still being worked on.
        var underWay: Story {
            var story = self
            story.messages = Array(messages.prefix { $0.act == nil })
            story.outcome = .open
            return story
        }
    }

    let organisation: Organisation
    let units: [Unit]
    let people: People
    let lines: [Line]
    let stories: [Story]

    init(share: String) throws {
        func read<Value: Decodable>(_ name: String) throws -> Value {
            try JSONDecoder().decode(
                Value.self, from: Data(contentsOf: URL(fileURLWithPath: "\(share)/demo/\(name).json")))
        }
        organisation = try read("organisation")
        units = try read("units")
        people = try read("people")
        lines = try read("lines")
        stories = try read("conversations")
    }
}

/// The same numbers every time (SplitMix64), so that two demos differ only by their date.
struct DemoDice: RandomNumberGenerator, Sendable {
    private var state: UInt64
    init(_ seed: UInt64 = 2026) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }

    mutating func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &self) }
    mutating func chance(_ percent: Int) -> Bool { number(1...100) <= percent }
    mutating func pick<Value>(_ values: [Value]) -> Value { values[number(0...values.count - 1)] }

    mutating func pick<Value>(_ values: [Value], by weight: (Value) -> Int) -> Value {
        var rest = number(0...max(0, values.reduce(0) { $0 + weight($1) } - 1))
        for value in values {
            rest -= weight(value)
            if rest < 0 { return value }
        }
        return values[values.count - 1]
    }
}
