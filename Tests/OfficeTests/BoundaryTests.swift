import HTTPTypes
import Hummingbird
import Kernel
import OknoApp
import TestOffice
import Testing

/// No page and no act tells somebody of another organisation whether a thing exists: the answer for a foreign id is the answer for
/// an id that nobody has.
@Suite struct BoundaryTests {
    @Test(arguments: Engine.available)
    func everyRouteAnswersForeignIdsLikeUnknownOnes(on engine: Engine) async throws {
        try await Office.with(engine) { office in
            let routes = office.installation.router().routes
            let withIDs = routes.filter { "\($0.path)".contains(":") || "\($0.path)".contains("{") }
            #expect(withIDs.count > 40)
            for route in withIDs {
                let foreign = Self.fill("\(route.path)") { office.known($0) }
                let unknown = Self.fill("\(route.path)") { name in name == "number" ? "999999" : PersonID.new().text }
                for who in [Who.olga, .oleg] {
                    let a = try await office.send(as: who, route.method, foreign, form: office.form(foreign: true))
                    let b = try await office.send(as: who, route.method, unknown, form: office.form(foreign: false))
                    #expect(a.status == b.status, "\(route.method) \(route.path) as \(who)")
                    #expect(
                        ![200, 303].contains(a.status) || "\(route.path)".hasPrefix("/language")
                            || "\(route.path)".hasPrefix("/invitations"),
                        "\(route.method) \(route.path) as \(who): \(a.status)")
                    #expect(!a.body.contains("Белова"), "\(route.method) \(route.path)")
                }
            }
        }
    }

    private static func fill(_ path: String, _ value: (String) -> String) -> String {
        path.split(separator: "/").map { part in
            if part.hasPrefix(":") { return value(String(part.dropFirst())) }
            if part.hasPrefix("{") { return value(String(part.dropFirst().dropLast())) }
            return String(part)
        }.reduce("") { $0 + "/" + $1 }
    }
}

extension Office {
    /// An id of «Север» by the name of the place in an address.
    func known(_ name: String) -> String {
        switch name {
        // Numbers are each organisation's own: the first of «Север» is the first of nobody in «Юг».
        case "number": String(number)
        case "person": id(.anna).text
        case "unit": branch.text
        case "line": line.text
        case "topic": topic.text
        case "request": request.text
        default: id(.boris).text
        }
    }

    func form(foreign: Bool) -> [(String, String)] {
        let any = PersonID.new().text
        return [
            ("id", MessageID.new().text), ("text", "Проверка"), ("person", foreign ? id(.boris).text : any),
            ("line", foreign ? line.text : any), ("unit", foreign ? department.text : any),
            ("parent", foreign ? branch.text : any),
            ("topic", foreign ? topic.text : any), ("name", "Проверка"), ("rating", "5"), ("minutes", "5"),
            ("percent", "50"),
            ("upto", "1"), ("priority", "high"), ("level", "main"), ("role", "manager"), ("family", "А"),
            ("given", "Б"),
            ("at", "2026-12-01T10:00"), ("to", "person"),
        ]
    }
}
