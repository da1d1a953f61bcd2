import Kernel
import Web

/// The page that walks the steps. Every sentence that its script may show stands in it already.
struct CheckPage {
    struct Seat {
        let name: String, organisation: String
        let device: String, client: String
        let address: PageAddress
        let certificate: ConnectionRoom.Certificate?
        /// Whether media can go through a relay here.
        let hasRelay: Bool
        let isAdministrator: Bool
        let command: String
    }

    let model: Model

    init(_ seat: Seat, _ text: Catalogue, _ dates: Dates) {
        let certificate = Self.outcome(of: seat.certificate, isSecure: seat.address.isSecure, now: dates.now)
        let values: [String: String] = [
            "host": seat.address.host, "port": String(seat.address.port), "issuer": seat.certificate?.issuer ?? "",
            "until": seat.certificate.map { dates.day($0.until) } ?? "",
        ]
        let states = Dictionary(
            uniqueKeysWithValues: (["waiting", "running"] + Outcome.allCases.map(\.rawValue)).map {
                ($0, text("connection.state.\($0)"))
            })
        model = [
            "name": seat.name, "of": seat.organisation, "device": seat.device, "client": seat.client,
            "host": seat.address.host, "port": seat.address.port, "authority": values["host"]! + ":" + values["port"]!,
            "protocol": text(seat.address.isSecure ? "connection.protocol.https" : "connection.protocol.http"),
            "turn": !seat.hasRelay ? "" : seat.address.isSecure ? "TURN, TLS" : "TURN", "address": seat.address.origin,
            "certificate": certificate.rawValue,
            "at": dates.moment(dates.now), "summary": seat.isAdministrator, "command": seat.command,
            "states": states.sorted { $0.key < $1.key }.map { ["code": $0.key, "word": $0.value] as Model },
            "steps": Step.allCases.map { step in Self.row(of: step, values, text) },
        ]
    }

    /// What the server knows of its own certificate; what a browser was shown it cannot tell.
    static func outcome(of certificate: ConnectionRoom.Certificate?, isSecure: Bool, now: Instant) -> Outcome {
        guard isSecure else { return .insecure }
        guard let certificate else { return .absent }
        return certificate.until < now + Minutes.days(21) ? .slow : .works
    }

    private static func row(of step: Step, _ values: [String: String], _ text: Catalogue) -> Model {
        [
            "code": step.rawValue, "name": text("connection.step.\(step.rawValue)"),
            "try": step.outcomes.contains(.untried), "microphone": step == .microphone, "camera": step == .camera,
            "says": step.outcomes.map { outcome -> Model in
                [
                    "code": outcome.rawValue,
                    "words": text("connection.says.\(step.rawValue).\(outcome.rawValue)", values),
                ]
            },
        ]
    }
}

/// The summary and the ladder, said when the walk has ended.
struct ResultPart {
    let model: Model

    init(_ check: Check, _ address: PageAddress, _ text: Catalogue, _ dates: Dates) {
        let verdict = Verdict(check.results), port = ["port": String(address.port)]
        let isClear = verdict.troubles.isEmpty
        let names = { (steps: [Step]) in
            steps.map { text("connection.quoted", ["step": text("connection.step.\($0.rawValue)")]) }
                .joined(separator: ", ")
        }
        let seconds = max(1, ((check.figures[.spent] ?? 0) + 500) / 1000)
        model = [
            "title": text("connection.way.\(verdict.way.rawValue).title\(isClear ? "" : ".but")"),
            "words": text("connection.way.\(verdict.way.rawValue).words", port),
            "tone": verdict.way == .pages ? "late" : isClear ? "ok" : "wait",
            "icon": verdict.way == .pages ? "circle-x" : isClear ? "circle-check" : "circle-alert",
            "troubles": isClear ? "" : text("connection.troubles", ["steps": names(verdict.troubles)]),
            "untried": verdict.untried.isEmpty ? "" : text("connection.untried", ["steps": names(verdict.untried)]),
            "authority": "\(address.host):\(address.port)", "way": verdict.way.rawValue,
            "at": text(
                "connection.at",
                ["moment": dates.moment(dates.now), "spent": text("connection.seconds", count: seconds)]),
            "ladder": Self.ladder(verdict.way, check.results).map { rung -> Model in
                [
                    "name": text("connection.rung.\(rung.code)", port), "state": rung.state,
                    "words": text("connection.rung.\(rung.code).\(rung.state)"),
                    "icon": Self.icons[rung.state] ?? "circle-dashed", "here": rung.state == "here",
                ]
            },
        ]
    }

    private static let icons = ["here": "map-pin", "works": "check", "fails": "x", "unknown": "circle-dashed"]

    /// The steps of the ladder from the best way to the last.
    static func ladder(_ way: Way, _ results: [Step: Outcome]) -> [(code: String, state: String)] {
        func state(_ own: Way, _ works: Bool, _ isKnown: Bool) -> String {
            way == own ? "here" : works ? "works" : isKnown ? "fails" : "unknown"
        }
        let relay = results[.relay], media = results[.media]
        return [
            ("direct", "unknown"),
            ("relay", state(.relay, relay == .works, relay == .fails)),
            ("socket", state(.socket, media == .works || media == .slow, media == .fails)),
            ("pages", state(.pages, true, true)),
        ]
    }
}
