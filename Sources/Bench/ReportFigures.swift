import Foundation
import Kernel

/// Reports over the whole history, 100,000 requests unless told otherwise: each is counted anew at each reading.
struct ReportFigures: Sendable {
    static let names = ["report_year_ms", "report_list_ms", "report_xlsx_ms"]
    static let reports = [
        "work", "deadlines", "plan", "speed", "ratings", "specialists", "load", "cuts?by=line", "cuts?by=topic",
        "cuts?by=unit", "cuts?by=specialist", "cuts?by=client", "cuts?by=origin",
    ]

    let office: Office
    let client: Client
    let now: Instant
    let say: @Sendable (String) -> Void

    /// From two years ago to today: all of the history.
    private var period: String {
        let today = Zone.moscow.local(now).date
        return "period=days&from=\(today.adding(days: -731))&until=\(today)"
    }

    func measure(_ figures: inout Figures, prefix: String = "") async throws {
        let pass = office.pass(office.administrator)
        if figures.wants(prefix + "report_year_ms") {
            var slowest = 0.0
            for report in Self.reports {
                let path = "/reports/\(report)\(report.contains("?") ? "&" : "?")\(period)"
                let times = try await Load.single(7, warm: 1) { _ in
                    try await client.call(.get(path, as: pass), expecting: 200)
                }
                say("  \(prefix)\(report): \(Int(times.percentile(50).rounded())) ms")
                slowest = max(slowest, times.percentile(50))
            }
            figures[prefix + "report_year_ms"] = slowest
        }
        guard prefix.isEmpty else { return }
        for (name, path) in [
            ("report_list_ms", "/reports/requests?what=solved&\(period)"),
            ("report_xlsx_ms", "/reports/deadlines/xlsx?\(period)"),
        ] where figures.wants(name) {
            figures[name] = try await Load.single(7, warm: 1) { _ in
                try await client.call(.get(path, as: pass), expecting: 200)
            }.percentile(50)
        }
    }
}
