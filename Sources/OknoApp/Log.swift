import Foundation
package import Logging

/// One line an entry, `name=value` pairs, on the standard error: read by people and by journals alike.
package struct LogLines: LogHandler {
    package var logLevel: Logger.Level
    package var metadata: Logger.Metadata = [:]

    package init(level: Logger.Level) { logLevel = level }

    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    package func log(event: LogEvent) {
        let facts = metadata.merging(event.metadata ?? [:]) { _, own in own }.sorted { $0.key < $1.key }
        let head = [
            ("time", Date.now.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))),
            ("level", event.level.rawValue), ("message", event.message.description),
        ]
        let line =
            (head + facts.map { ($0.key, $0.value.description) })
            .map { "\($0.0)=\(Self.quoted($0.1))" }.joined(separator: " ") + "\n"
        // Past FileHandle, which ends the program when the disk of the log is full: a lost line is better.
        var bytes = line
        bytes.withUTF8 { _ = write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }

    private static func quoted(_ text: String) -> String {
        guard text.isEmpty || text.contains(where: { $0.isWhitespace || $0 == "\"" || $0 == "=" }) else { return text }
        return "\"" + text.replacingOccurrences(of: "\"", with: "'").replacingOccurrences(of: "\n", with: " ") + "\""
    }

    /// For commands: only what goes wrong.
    package static let quiet = logger(.warning)

    package static func logger(_ level: Logger.Level) -> Logger {
        Logger(label: "okno") { _ in LogLines(level: level) }
    }
}
