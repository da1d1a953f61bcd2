import ArgumentParser
import Foundation
import OknoApp

struct MakeBackup: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup",
        abstract: "Copy the database, the files and the key into a new folder, and read the copy back.",
        discussion: "Works while the server works: then the server makes the copy itself.")

    @OptionGroup var flags: SettingFlags
    @Argument(help: "A folder that does not exist yet.") var folder: String

    func run() async throws {
        let settings = try flags.settings()
        let path = folder.hasPrefix("/") ? folder : FileManager.default.currentDirectoryPath + "/" + folder
        let summary = try await Backup.make(in: path, settings)
        print("The backup \(path) is complete and was read back: \(summary).")
    }
}

struct RestoreBackup: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore",
        abstract: "Bring a backup into an empty data folder or database, and count what arrived.")

    @OptionGroup var flags: SettingFlags
    @Argument(help: "The folder of the backup.") var folder: String

    func run() async throws {
        let settings = try flags.settings()
        let manifest = try await Restore.run(from: folder, into: settings)
        print("The backup is restored into \(settings.databaseName): \(manifest.summary).")
    }
}

struct Examine: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Examine the installation, or the way to a server: what is wrong, and what to do.",
        discussion: "The exit code is 0 when nothing fails, 1 otherwise.")

    @OptionGroup var flags: SettingFlags
    @Option(
        help: ArgumentHelp(
            "Examine the way from this computer to the server at this address. https_proxy is honoured.",
            valueName: "url")) var fromHere: String?
    @Option(
        help: ArgumentHelp(
            "With --from-here: a pass of “Connection check” in Okno, to measure the relay, media over WebSocket, speed and loss too.",
            valueName: "pass")) var pass: String?

    func run() async throws {
        var failures = 0, warnings = 0
        func tell(_ finding: Doctor.Finding) {
            print(finding.line)
            failures += finding.level == .failure ? 1 : 0
            warnings += finding.level == .warning ? 1 : 0
        }
        if let fromHere {
            let road = try Road(fromHere, environment: ProcessInfo.processInfo.environment)
            await FromHere(road, pass: pass).examine(tell)
        } else {
            do {
                for finding in await Doctor(try flags.settings()).examine() { tell(finding) }
            } catch let error as SettingsError {
                print("FAIL the settings: \(error)")
                throw ExitCode(1)
            }
        }
        print("\n\(failures) failures, \(warnings) warnings")
        if failures > 0 { throw ExitCode(1) }
    }
}

struct ListSettings: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "settings", abstract: "List all settings: name, default, meaning.")

    @Flag(help: "As a table of Markdown, for the README.") var markdown = false

    func run() {
        if markdown { print("| in okno.json | in the environment | default | meaning |\n|---|---|---|---|") }
        for setting in Settings.definitions {
            print(
                markdown
                    ? "| `\(setting.name)` | `\(setting.variable)` | \(setting.standard) | \(setting.meaning) |"
                    : "\(setting.name) (\(setting.variable)); default: \(setting.standard)\n    \(setting.meaning)")
        }
    }
}
