import AgentProtocol
import Kernel
import OknoApp
import Recordings
import Storage
import TestOffice
import Testing

@testable import RemoteControl
@testable import Requests

extension Office {
    /// A request of somebody else.
    func ask(_ who: Who) async throws -> Int64 {
        try await requests.register(
            Registration(id: .new(at: clock.now), line: line, text: "Не печатает"), by: viewer(who))
    }
}

/// What sessions that go on cost the database.
@Suite struct StatementTests {
    /// Each second a beat; each fifth of them looks at everything.
    @Test(arguments: Engine.available)
    func aSessionWhereNothingHappensCostsAStatementASecond(on engine: Engine) async throws {
        try await Office.with(engine) { office in
            let id = try await office.agree(), room = office.installation.remote,
                boris = try await office.viewer(.boris)
            guard case .session(let signIn) = boris.kind else {
                Issue.record("Boris has no session")
                return
            }
            let admitted = Admitted(session: id, organisation: office.north, person: boris.person, signIn: signIn)
            let beat = try await office.count { tx in _ = try ControlPulse.read(id, tx) }
            var whole: [Int] = []
            for viewers in [1, 2] {
                whole.append(
                    try await office.count { tx in
                        let seen = try room.sight(
                            of: id, watchedBy: Array(repeating: admitted, count: viewers), after: 1, tx)
                        #expect(seen.may == Array(repeating: true, count: viewers))
                    })
            }
            #expect(beat == 1)
            let every = AgentWire.beatsUntilWhole
            let now = whole.map { Double(beat * (every - 1) + $0) / Double(every) }
            print(
                "statements a second of a session with 1 and 2 viewers on \(engine): \(now), all at each beat: \(whole)"
            )
            #expect(now[0] < Double(whole[0]) / 3)
        }
    }

    @Test(arguments: Engine.available)
    func eachActOnASessionIsSeenByTheNextBeat(on engine: Engine) async throws {
        try await Office.with(engine) { office in
            try await office.allow()
            let id = try await office.agree(), room = office.installation.remote
            var pulses = [try await room.pulse(of: id)]
            func changes(_ what: Comment) async throws {
                let pulse = try await room.pulse(of: id)
                #expect(pulse != pulses.last, what)
                #expect(try await room.pulse(of: id) == pulse)
                pulses.append(pulse)
            }
            try await office.allow([])
            try await changes("recording is forbidden")
            try await office.allow()
            try await room.ask(.control, in: id, by: office.viewer(.boris))
            try await changes("a question")
            try await room.answer(.granted([.view, .control]), to: 2, in: id, of: office.north)
            try await changes("an answer")
            try await room.invite(office.id(.vera), instead: false, to: id, by: office.viewer(.boris))
            try await changes("somebody is invited")
            try await room.answer(.granted([.view, .control]), to: 3, in: id, of: office.north)
            try await changes("somebody joins")
            try await room.invite(office.id(.vera), instead: true, to: id, by: office.viewer(.boris))
            try await changes("somebody goes")
            try await room.end(id, by: office.viewer(.anna))
            try await changes("the end")
        }
    }

    @Test(arguments: Engine.available)
    func manyRecordingsOfARequestCostNoMoreThanOne(on engine: Engine) async throws {
        try await Office.with(engine) { office in
            try await office.allow(["sessions", "clients"])
            var costs: [Who: [Int]] = [:]
            for round in 1...3 {
                let id = try await office.agree()
                _ = try await office.installation.recordings.begin(
                    RecordingID(id.text), of: office.request, in: office.north)
                try await office.installation.remote.end(id, by: office.viewer(.anna))
                for who in [Who.anna, .boris] {
                    let viewer = try await office.viewer(who), number = office.number
                    let request = try await office.database.read { tx in try Requests.called(number, for: viewer, tx) }
                    costs[who, default: []].append(
                        try await office.count { tx in
                            let seen = try RemoteControl.watched(of: request, by: viewer, tx)
                            #expect(seen.count == round)
                        })
                }
            }
            #expect(costs == [.anna: [3, 3, 3], .boris: [1, 1, 1]])
            try await office.allow()
            let anna = try await office.viewer(.anna), number = office.number
            try await office.database.read { tx in
                let request = try Requests.called(number, for: anna, tx)
                #expect(try RemoteControl.watched(of: request, by: anna, tx).isEmpty)
            }
        }
    }
}
