import ArgumentParser
import OknoApp

struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run the server until it is told to stop (SIGTERM, Ctrl-C).")

    @OptionGroup var flags: SettingFlags

    func run() async throws {
        let started = ContinuousClock.now
        let settings = try flags.settings()
        let installation = try await Installation(settings, logger: LogLines.logger(settings.log))
        try await installation.serve(started: started)
    }
}

struct Migrate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Bring the database up to this program's schema; the server does it at start as well.")

    @OptionGroup var flags: SettingFlags

    func run() async throws {
        let settings = try flags.settings()
        let applied = try await Installation.migrate(settings)
        print(
            applied.isEmpty
                ? "The database \(settings.databaseName) is up to date."
                : "Done: steps \(applied.map { String($0) }.joined(separator: ", ")) of the schema.")
    }
}
