package import EventLog
package import Kernel
import Lines
import People
package import Storage
import Web

/// Who says nothing for long, or has closed every page, is away. A durable timer for each person on duty looks at the right moment.
extension DutyRoom {
    package static let timer = "duty.check"

    /// A page tells that its person is doing something.
    package func active(by viewer: Viewer) async throws {
        guard !viewer.dutyLines.isEmpty else { throw DutyError.notFound }
        try await change(in: viewer.organisation, by: viewer.person) { try Self.sign(of: viewer.person, $0) }
    }

    /// The last page of a person was closed: it will be looked at soon whether another one was opened.
    package func left(_ person: PersonID, in organisation: OrganisationID) async throws {
        try await change(in: organisation, by: nil) { change in
            guard try Self.standings(of: person, in: organisation, change.tx).contains(where: { $0.state != .away })
            else { return }
            try Timers.set(Self.timer, key: person.text, due: change.at + IdleRule.gone, in: change.tx)
        }
    }

    /// What a timer does: decides, writes, and looks again later.
    package func check(_ timer: DueTimer) async throws {
        let person = PersonID(timer.key), now = site.now()
        let home: OrganisationID? = try await database.read { tx in
            try tx.value("SELECT organisation_id FROM person WHERE id = \(person)")
        }
        guard let home else {
            try await database.write(in: .installation) { tx in _ = try Timers.finish(timer, at: now, in: tx) }
            return
        }
        try await change(in: home, by: nil) { change in
            guard try Timers.finish(timer, at: now, in: change.tx) else { return }
            let decision = try Self.decide(person, change)
            for (line, why) in decision.away.sorted(by: { $0.key < $1.key }) {
                try change.put(person, on: line, .away, why: why)
            }
            if let next = decision.next { try Timers.set(Self.timer, key: person.text, due: next, in: change.tx) }
        }
    }

    static func sign(of person: PersonID, _ change: DutyChange) throws {
        try change.tx.run(
            """
            INSERT INTO activity (person_id, organisation_id, at) VALUES (\(person), \(change.organisation), \(change.at))
            ON CONFLICT (person_id) DO UPDATE SET at = excluded.at
            """)
    }

    /// Sets the timer of a person whose state has changed.
    static func arm(_ person: PersonID, _ change: DutyChange) throws {
        if let next = try decide(person, change).next {
            try Timers.set(timer, key: person.text, due: next, in: change.tx)
        } else {
            try Timers.cancel(timer, key: person.text, in: change.tx)
        }
    }

    private static func decide(_ person: PersonID, _ change: DutyChange) throws -> IdleRule.Decision {
        let standings = try standings(of: person, in: change.organisation, change.tx)
        let last: Instant? = try change.tx.value("SELECT at FROM activity WHERE person_id = \(person)")
        let isHere = try !Presence.here([person], at: change.at, change.tx).isEmpty
        return IdleRule.decide(standings, last: last ?? change.at, isHere: isHere, now: change.at)
    }

    static func standings(
        of person: PersonID, in organisation: OrganisationID, _ tx: any ReadTransaction
    ) throws -> [IdleRule.Standing] {
        let states = try Duty.state(of: person, tx)
        let limits = try Duty.limits(of: Array(states.keys), in: organisation, tx)
        return states.sorted { $0.key < $1.key }.map {
            IdleRule.Standing($0.key, $0.value, limit: limits[$0.key] ?? IdleRule.usual)
        }
    }
}

/// A reader of the log: whose work on a line has ended is not on it any more.
package struct DutyEnding: LogReader {
    package let name = "duty-ending"
    package init() {}

    package func take(_ events: [Event], in tx: any WriteTransaction) throws {
        guard case .organisation(let organisation) = tx.lane else { return }
        for event in events {
            let change = DutyChange(in: organisation, by: event.actor, at: event.at, tx)
            switch event.kind {
            case .competenceTaken, .competenceGiven:
                guard let person = event.data["person"].map({ PersonID($0) }),
                    let line = event.subject.map({ LineID($0) }),
                    event.kind == .competenceTaken || event.data["level"] == CompetenceLevel.observer.rawValue
                else { continue }
                try change.end(person, on: line)
            case .personLeft, .personBlocked, .roleTaken:
                guard let person = event.subject.map({ PersonID($0) }),
                    event.kind != .roleTaken || event.data["role"] == Role.specialist.rawValue
                else { continue }
                for line in try Duty.state(of: person, tx).keys.sorted() { try change.end(person, on: line) }
            default: continue
            }
        }
    }
}
