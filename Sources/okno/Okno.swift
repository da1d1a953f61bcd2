import ArgumentParser
import Foundation
import OknoApp

/// The program: one command for each thing that is done to an installation.
@main
struct Okno: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "okno",
        abstract: "A help desk in one program: one port, one database, one folder of files.",
        discussion: """
            Settings come from flags, from the environment (OKNO_DATA, OKNO_PORT, …) and from a file okno.json, in this order. \
            “okno settings” lists them all.
            """,
        version: Version.current,
        subcommands: [
            Serve.self, Setup.self, MakeDemo.self, Migrate.self, MakeBackup.self, RestoreBackup.self, Examine.self,
            ListSettings.self, Measure.self,
        ],
        defaultSubcommand: nil)

    /// Whatever this program makes is for its own user.
    static func main() async {
        umask(0o077)
        await main(nil)
    }
}
