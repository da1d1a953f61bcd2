import Files
import Foundation
import Kernel
import Requests
import Storage
import TestOffice
import Testing

@testable import OknoApp

/// Backup, restore and examination of a whole installation.
@Suite struct KeepingTests {
    @Test func aBackupOfALiveOfficeIsRestoredElsewhere() async throws {
        try await Office.with(.sqlite) { office in
            let folder = office.installation.settings.data
            let manifest = try await Backup(
                office.installation.settings, database: office.database, files: office.installation.files
            ).make(in: folder + "/copy")
            #expect(manifest.tables["request"] == 1)
            #expect(FileManager.default.fileExists(atPath: folder + "/copy/okno.db-wal") == false)

            let elsewhere = try Settings(
                flags: ["data": folder + "/elsewhere", "share": Office.share], environment: [:])
            let restored = try await Restore.run(from: folder + "/copy", into: elsewhere)
            #expect(restored.tables == manifest.tables)
            await #expect(throws: InstallationFault.self) {
                try await Restore.run(from: folder + "/copy", into: elsewhere)
            }
        }
    }

    @Test func aDamagedBackupIsRefusedBeforeAnythingIsWritten() async throws {
        try await Office.with(.sqlite) { office in
            let folder = office.installation.settings.data
            try await Backup(office.installation.settings, database: office.database, files: office.installation.files)
                .make(in: folder + "/copy")
            let file = try #require(FileHandle(forWritingAtPath: folder + "/copy/okno.db"))
            try file.seek(toOffset: 5000)
            try file.write(contentsOf: Data("damage".utf8))
            try file.close()
            let elsewhere = try Settings(
                flags: ["data": folder + "/elsewhere", "share": Office.share], environment: [:])
            await #expect(throws: InstallationFault.self) {
                try await Restore.run(from: folder + "/copy", into: elsewhere)
            }
            #expect(!FileManager.default.fileExists(atPath: folder + "/elsewhere"))
        }
    }

    @Test func theDoctorFindsANewOfficeHealthy() async throws {
        try await Office.with(.sqlite) { office in
            let findings = await Doctor(office.installation.settings, now: office.clock.now).examine(
                office.database.engine)
            #expect(findings.filter { $0.level == .failure }.map(\.what) == [])
            #expect(findings.contains { $0.what.contains("no gaps") })
        }
    }

    @Test func aDatabaseOfANewerProgramIsRefused() async throws {
        try await Office.with(.sqlite) { office in
            try await office.database.write(in: .installation) { tx in
                _ = try tx.run("INSERT INTO migration (number, why, at) VALUES (9999, 'from the future', 0)")
            }
            await #expect(throws: InstallationFault.self) {
                _ = try await Installation(
                    office.installation.settings, logger: LogLines.quiet, engine: office.database.engine)
            }
        }
    }

    @Test func theDemoIsSound() async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("demo-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let settings = try Settings(flags: ["data": folder, "share": Office.share], environment: [:])
        let made = try await Demo(settings, logger: LogLines.quiet).make(requests: 60)
        #expect(made.people == 300)
        #expect(made.requests == 60)
        await #expect(throws: InstallationFault.self) {
            try await Demo(settings, logger: LogLines.quiet).make(requests: 60)
        }
    }
}

@Suite struct SettingsTests {
    @Test func flagsWinOverTheEnvironmentAndTheEnvironmentOverTheFile() throws {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("okno-\(UUID().uuidString).json").path
        defer { try? FileManager.default.removeItem(atPath: file) }
        try #"{"port": 1001, "host": "127.0.0.1", "file-limit": 5}"#.write(
            toFile: file, atomically: true, encoding: .utf8)
        let share = ["share": Office.share]
        let settings = try Settings(
            flags: share.merging(["port": "1003"]) { $1 }, environment: ["OKNO_PORT": "1002", "OKNO_FILE_LIMIT": "7"],
            file: file)
        #expect(settings.port == 1003)
        #expect(settings.fileLimit == 7 << 20)
        #expect(settings.host == "127.0.0.1")
    }

    @Test func theReadmeListsEverySetting() throws {
        let readme = try String(contentsOfFile: Office.share + "/../../README.md", encoding: .utf8)
        for setting in Settings.definitions {
            let row = "| `\(setting.name)` | `\(setting.variable)` | \(setting.standard) | \(setting.meaning) |"
            #expect(readme.contains(row), "okno settings --markdown prints the table")
        }
    }

    @Test(arguments: [
        ["port": "x"], ["origin": "help"], ["certificate": "/a.pem"], ["proxies": "300.1.1.1"], ["log": "loud"],
    ])
    func whatMakesNoSenseIsRefusedInWords(flags: [String: String]) {
        #expect(throws: SettingsError.self) {
            try Settings(flags: flags.merging(["share": Office.share]) { old, _ in old }, environment: [:])
        }
    }
}
