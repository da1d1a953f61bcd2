import Foundation

/// What was measured, by name, in the order of the list.
package struct Figures: Sendable {
    /// One line a figure: its name and what it is.
    static let meanings: [(name: String, meaning: String)] = [
        ("registrations_per_s", "requests registered a second by 8 clients"),
        ("registration_p99_ms", "of these, from sending the form to the answer"),
        ("replies_per_s", "replies written a second by 8 people"),
        ("queue_page_p50_ms", "a specialist's page of all open requests"),
        ("queue_page_p99_ms", ""),
        ("board_page_p50_ms", "the board of all open requests, by each of its columns in turn"),
        ("board_page_p99_ms", ""),
        ("board_changes_p99_ms", "what has changed on the board since the last event"),
        ("request_page_p50_ms", "a request's page, the client's and the specialist's in turn"),
        ("request_page_p99_ms", ""),
        ("search_client_p99_ms", "a common word, by a client with 5 requests"),
        ("search_specialist_p99_ms", "the same by a specialist of one line"),
        ("search_admin_p99_ms", "the same by an administrator"),
        ("report_year_ms", "the slowest of all reports over the whole history, half of its pages"),
        ("report_list_ms", "the requests behind a number of that report"),
        ("report_xlsx_ms", "a report as a workbook"),
        ("monitor_page_ms", "the monitor of all lines, half of its pages"),
        ("monitor_past_ms", "the same of moments in the past"),
        ("monitor_feed_ms", "pages of the feed: all events, a line's, a specialist's"),
        (
            "reply_to_visible_1000_p99_ms",
            "from sending a reply to the other side having read it again, 1,000 sockets, 200 replies/s"
        ),
        ("reply_to_visible_5000_p50_ms", "the same with 5,000 sockets"),
        ("reply_to_visible_5000_p99_ms", ""),
        ("hint_to_5000_last_ms", "from sending a registration to the last of 5,000 pages that hear of it"),
        ("page_to_50_watchers_last_ms", "from sending a reply to the last of 50 pages having read it again"),
        ("bytes_per_idle_socket", "memory of the server's process for an open page"),
        ("idle_rss_mb", "memory of the server 2 s after its start"),
        ("loaded_rss_mb", "the most memory after any of these loads"),
        ("start_s", "from the command to the first good answer"),
        (
            "relay_cpu_s_per_gb",
            "remote control: seconds of processor time for a gigabyte, 8 sessions as fast as they go"
        ),
        ("relay_added_p50_ms", "what a small message takes longer than over the bare loopback"),
        ("relay_loaded_p50_ms", "the whole way of a small message beside 50 sessions of 1 MB/s"),
        ("relay_loaded_p99_ms", ""),
        ("relay_kb_per_session", "memory of the server's process for a session of 1 MB/s, both its sockets"),
        ("relay_200_share", "of 200 sessions of 1 MB/s, percent that arrived in time"),
        ("relay_200_cores", "processors busy with that in the server"),
        ("relay_beside_slow_share", "of 5 MB/s to a page, while another page of the same computer reads nothing"),
        ("turn_relay_cpu_s_per_gb", "calls: the same for packets of 1,200 bytes, 20 pairs of 2 MB/s"),
        ("turn_relay_added_p50_ms", ""),
        ("turn_relay_loaded_p99_ms", "the whole way beside them"),
        ("websockify_relay_cpu_s_per_gb", "reference: websockify, 8 connections as fast as they go"),
        ("websockify_relay_kb_per_session", ""),
        ("socat_relay_cpu_s_per_gb", "reference: socat, a plain pipe"),
        ("socat_relay_added_p50_ms", ""),
        ("pg_registrations_per_s", "PostgreSQL, two nodes, ten organisations with 4 clients each"),
        ("pg_registrations_one_org_per_s", "PostgreSQL, two nodes, one organisation with 16 clients"),
        ("pg_report_year_ms", "PostgreSQL: report_year_ms"),
        ("bare_commits_per_s", "reference: durable commits of one row, 8 writers, no HTTP"),
        ("static_page_per_s", "reference: a small static file, 8 clients"),
    ]

    static let postgres = ["pg_registrations_per_s", "pg_registrations_one_org_per_s", "pg_report_year_ms"]
    static var embedded: [String] { meanings.map(\.name).filter { !postgres.contains($0) } }

    private var values: [String: Double] = [:]
    private let only: String?

    init(only: String?) { self.only = only }

    func wants(_ name: String) -> Bool { only.map { name.contains($0) } ?? true }
    func wantsAny(_ names: [String]) -> Bool { names.contains(where: wants) }

    subscript(name: String) -> Double? {
        get { values[name] }
        set {
            assert(Self.meanings.contains { $0.name == name })
            if wants(name) { values[name] = newValue }
        }
    }

    /// One JSON object, in the order of the list.
    package var json: String {
        let fields = Self.meanings.compactMap { name, _ in values[name].map { "  \"\(name)\": \(Self.text($0))" } }
        return "{\n" + fields.joined(separator: ",\n") + "\n}"
    }

    package var table: String {
        Self.meanings.compactMap { name, meaning in
            values[name].map { value in
                let number = Self.text(value)
                return name + String(repeating: " ", count: max(1, 44 - name.count - number.count)) + number
                    + (meaning.isEmpty ? "" : "  " + meaning)
            }
        }.joined(separator: "\n")
    }

    /// Three digits that matter.
    private static func text(_ value: Double) -> String {
        value >= 100 ? String(Int(value.rounded())) : String(format: value >= 10 ? "%.1f" : "%.2f", value)
    }
}

/// Times of single calls, in milliseconds.
struct Times: Sendable {
    private(set) var all: [Double] = []

    mutating func add(_ duration: Duration) { all.append(duration / .milliseconds(1)) }
    mutating func add(_ times: Times) { all += times.all }

    /// The time that so many percent of the calls did not exceed.
    func percentile(_ percent: Double) -> Double {
        guard !all.isEmpty else { return .nan }
        let sorted = all.sorted()
        return sorted[min(sorted.count - 1, Int(Double(sorted.count) * percent / 100))]
    }
}
