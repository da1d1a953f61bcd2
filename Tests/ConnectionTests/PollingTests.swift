import HTTPTypes
import Kernel
import Live
import TestOffice
import Testing

@testable import OknoApp

/// The live page by requests that are held: no socket passes here.
@Suite struct PollingTests {
    private func newest(_ office: Office) async throws -> Int64 {
        try await office.newestEvent(in: office.north)
    }

    /// A poll that is held already.
    private func held(
        as who: Who, _ topics: String, _ office: Office, wait: Int = 10
    ) async throws -> Task<Answer, any Error> {
        let hub = office.installation.hub, before = hub.counters.connected, seq = try await newest(office)
        let poll = Task { try await office.get(as: who, "/live/poll?seq=\(seq)&topics=\(topics)&wait=\(wait)") }
        while hub.counters.connected <= before { try await Task.sleep(for: .milliseconds(5)) }
        // What it may watch is being asked; what happens meanwhile is told too.
        return poll
    }

    @Test func aHintEndsTheWaiting() async throws {
        try await Office.with(.sqlite) { office in
            let topic = "request/\(office.request)", hub = office.installation.hub
            let poll = try await held(as: .boris, topic, office)
            hub.publish(Hint(organisation: office.north, seq: 900, topics: ["line/x", topic]))
            let answer = try await poll.value
            #expect(answer.status == 200)
            #expect(answer.body.hasPrefix(#"{"seq":900,"topic":"\#(topic)"}"#), "\(answer.body)")
            #expect(hub.counters.connected == 0)
        }
    }

    @Test func whoIsBehindReadsEverythingAgain() async throws {
        try await Office.with(.sqlite) { office in
            let seq = try await newest(office)
            try await office.check(
                as: .boris, .get, "/live/poll?seq=0&topics=&wait=10", status: 200,
                shows: [#"{"seq":\#(seq),"reload":true}"#])
            let quiet = try await office.get(as: .boris, "/live/poll?seq=\(seq)&topics=&wait=0")
            #expect(quiet.body == #"{"seq":\#(seq)}"#)
        }
    }

    @Test func nothingIsToldOfWhatIsNotTheirs() async throws {
        try await Office.with(.sqlite) { office in
            let topic = "request/\(office.request)", hub = office.installation.hub
            let strange = try await held(as: .gleb, "notices/\(office.id(.anna)),\(topic)x", office, wait: 1)
            let foreign = Task { try await office.get(as: .oleg, "/live/poll?seq=99999&topics=\(topic)&wait=1") }
            try await Task.sleep(for: .milliseconds(300))
            let topics = [topic, "\(topic)x", "notices/\(office.id(.anna))"]
            hub.publish(Hint(organisation: office.north, seq: 900, topics: topics))
            #expect(try await strange.value.body == #"{"seq":900}"#)
            #expect(try await foreign.value.body == #"{"seq":99999}"#)
        }
    }

    @Test func rightsThatChangedAndSessionsThatEndedAreHeard() async throws {
        try await Office.with(.sqlite) { office in
            let hub = office.installation.hub
            let anna = try await held(as: .anna, "", office), boris = try await held(as: .boris, "", office)
            hub.reconnect([office.id(.boris)])
            #expect(try await boris.value.body.contains(#""reload":true"#))
            hub.publishReload(office.north)
            #expect(try await anna.value.body.contains(#""reload":true"#))
        }
    }

    @Test func onePersonHoldsNotMoreThanAFew() async throws {
        try await Office.with(.sqlite) { office in
            var polls: [Task<Answer, any Error>] = []
            for _ in 0..<LiveHub.pollsOfPerson { polls.append(try await held(as: .anna, "", office)) }
            try await office.check(as: .anna, .get, "/live/poll?seq=0&topics=", status: 429)
            try await office.check(as: .boris, .get, "/live/poll?seq=0&topics=", status: 200)
            office.installation.hub.publishReload(office.north)
            for poll in polls { #expect(try await poll.value.status == 200) }
            try await office.check(as: .anna, .get, "/live/poll?seq=0&topics=", status: 200)
        }
    }

    @Test func strangersAndNonsenseAreRefused() async throws {
        try await Office.with(.sqlite) { office in
            let fragment: HTTPFields = [HTTPField.Name("HX-Request")!: "true"]
            try await office.check(as: nil, .get, "/live/poll?seq=0", headers: fragment, status: 401)
            let many = Array(repeating: "line/1", count: 65).joined(separator: ",")
            for query in ["", "topics=line/1", "seq=-1", "seq=x", "seq=0&wait=26", "seq=0&topics=\(many)"] {
                try await office.check(as: .anna, .get, "/live/poll?\(query)", status: 422)
            }
            try await office.check(
                as: .anna, .get, "/live/poll?seq=9999&wait=0&topics=%22%7D,../..,%D1%8F", status: 200,
                shows: [#"{"seq":9999}"#])
        }
    }
}
