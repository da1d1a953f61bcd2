// swift-tools-version: 6.1
import PackageDescription

let settings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
]

/// A target of ours: it sees only what is named here.
func room(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: settings)
}

func tests(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .testTarget(name: name, dependencies: dependencies, swiftSettings: settings)
}

func product(_ name: String, _ package: String) -> Target.Dependency {
    .product(name: name, package: package)
}

let package = Package(
    name: "okno",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "okno", targets: ["okno"]),
        .executable(name: "okno-agent", targets: ["okno-agent"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-atomics", from: "1.3.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-asn1.git", from: "1.7.0"),
        .package(url: "https://github.com/apple/swift-certificates", from: "1.21.1"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2"),
    ],
    targets: [
        // Ground floor: knows nothing of help desks.
        room("Kernel"),
        room("Storage", ["Kernel"]),
        room(
            "StorageSQLite",
            ["Kernel", "Storage", product("GRDB", "GRDB.swift"), product("GRDBSQLite", "GRDB.swift")]),
        .systemLibrary(name: "CLibPQ", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
        room("StoragePostgres", ["Kernel", "Storage", "CLibPQ"]),
        .systemLibrary(name: "CStemmer", providers: [.apt(["libstemmer-dev"])]),
        room("TextSearch", ["Kernel", "Storage", "CStemmer"]),
        .systemLibrary(name: "CArgon2", pkgConfig: "libargon2", providers: [.apt(["libargon2-dev"])]),
        room("Secrets", ["CArgon2", product("Crypto", "swift-crypto")]),
        .systemLibrary(name: "CMarkGFM", providers: [.apt(["libcmark-gfm-dev", "libcmark-gfm-extensions-dev"])]),
        room("Markup", ["CMarkGFM"]),
        .systemLibrary(name: "CXlsxWriter", pkgConfig: "xlsxwriter", providers: [.apt(["libxlsxwriter-dev"])]),
        room("Sheets", ["Kernel", "CXlsxWriter"]),
        room("EventLog", ["Kernel", "Storage"]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        room(
            "Files",
            [
                "Kernel", "Storage", "CZlib", product("Crypto", "swift-crypto"),
                product("Subprocess", "swift-subprocess"),
            ]),
        room(
            "Live",
            [
                "Kernel",
                product("Hummingbird", "hummingbird"), product("HummingbirdCore", "hummingbird"),
                product("NIOCore", "swift-nio"), product("NIOPosix", "swift-nio"), product("NIOHTTP1", "swift-nio"),
                product("NIOWebSocket", "swift-nio"), product("NIOSSL", "swift-nio-ssl"),
                product("NIOExtras", "swift-nio-extras"), product("NIOHTTPTypes", "swift-nio-extras"),
                product("NIOHTTPCompression", "swift-nio-extras"),
                product("NIOHTTPTypesHTTP1", "swift-nio-extras"), product("HTTPTypes", "swift-http-types"),
                product("Logging", "swift-log"), product("ServiceLifecycle", "swift-service-lifecycle"),
            ]),
        room("RFB", [product("NIOCore", "swift-nio")]),
        room("Turn", ["Kernel", product("Crypto", "swift-crypto"), product("NIOCore", "swift-nio")]),
        room(
            "Mail",
            [
                "Kernel",
                product("NIOCore", "swift-nio"), product("NIOPosix", "swift-nio"), product("NIOSSL", "swift-nio-ssl"),
            ]),
        room(
            "Push",
            [
                "Kernel",
                product("Crypto", "swift-crypto"), product("NIOCore", "swift-nio"), product("NIOPosix", "swift-nio"),
                product("NIOHTTP1", "swift-nio"), product("NIOSSL", "swift-nio-ssl"),
            ]),
        room(
            "Web",
            [
                "Kernel", "Storage", "Secrets",
                product("Hummingbird", "hummingbird"),
                product("NIOCore", "swift-nio"), product("HTTPTypes", "swift-http-types"),
                product("Logging", "swift-log"), product("Crypto", "swift-crypto"),
            ]),

        // The agent of remote control: a program of its own, at the client's computer.
        room("AgentProtocol"),
        .systemLibrary(name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        .systemLibrary(
            name: "CX11", pkgConfig: "xft",
            providers: [.apt(["libx11-dev", "libxft-dev", "libxfixes-dev", "libxrandr-dev", "libxtst-dev"])]),
        room("Agent", ["AgentProtocol", "CCurl", "CX11", product("Crypto", "swift-crypto")]),
        .executableTarget(name: "okno-agent", dependencies: ["Agent"], swiftSettings: settings),

        // Rooms: each names only rooms before it.
        room(
            "People",
            [
                "Kernel", "Storage", "EventLog", "Secrets", "Web", product("Hummingbird", "hummingbird"),
                product("NIOCore", "swift-nio"), product("HTTPTypes", "swift-http-types"),
            ]),
        room("Lines", ["Kernel", "Storage", "EventLog", "People", "Web", product("Hummingbird", "hummingbird")]),
        room(
            "Duty",
            [
                "Kernel", "Storage", "EventLog", "People", "Lines", "Web", product("Hummingbird", "hummingbird"),
                product("HTTPTypes", "swift-http-types"),
            ]),
        room(
            "Requests",
            [
                "Kernel", "Storage", "EventLog", "TextSearch", "Files", "Markup", "People", "Lines", "Duty", "Web",
                product("Hummingbird", "hummingbird"),
                product("HTTPTypes", "swift-http-types"), product("NIOCore", "swift-nio"),
            ]),
        room(
            "Talks",
            [
                "Kernel", "Storage", "EventLog", "TextSearch", "Files", "Markup", "People", "Requests", "Web",
                product("Hummingbird", "hummingbird"), product("HTTPTypes", "swift-http-types"),
            ]),

        room(
            "Recordings",
            [
                "Kernel", "Storage", "EventLog", "Files", "Web",
                product("Hummingbird", "hummingbird"), product("HTTPTypes", "swift-http-types"),
                product("NIOCore", "swift-nio"), product("NIOPosix", "swift-nio"),
            ]),

        room(
            "Calls",
            [
                "Kernel", "Storage", "EventLog", "Secrets", "Live", "Turn", "People", "Lines", "Duty", "Requests",
                "Recordings", "Web",
                product("Hummingbird", "hummingbird"), product("HTTPTypes", "swift-http-types"),
                product("NIOCore", "swift-nio"),
            ]),

        room(
            "Routing",
            [
                "Kernel", "Storage", "EventLog", "People", "Lines", "Duty", "Requests", "Web",
                product("Hummingbird", "hummingbird"), product("HTTPTypes", "swift-http-types"),
            ]),
        room(
            "Plans",
            [
                "Kernel", "Storage", "EventLog", "People", "Lines", "Duty", "Requests", "Web",
                product("Hummingbird", "hummingbird"), product("HTTPTypes", "swift-http-types"),
            ]),
        room(
            "Reports",
            [
                "Kernel", "Storage", "EventLog", "Sheets", "People", "Lines", "Duty", "Requests", "Web",
                product("Hummingbird", "hummingbird"), product("HTTPTypes", "swift-http-types"),
                product("NIOCore", "swift-nio"),
            ]),

        room(
            "Notices",
            [
                "Kernel", "Storage", "EventLog", "Secrets", "Mail", "Push", "People", "Lines", "Duty", "Requests",
                "Web",
                product("Hummingbird", "hummingbird"), product("HTTPTypes", "swift-http-types"),
                product("Crypto", "swift-crypto"),
            ]),
        room(
            "Monitor",
            [
                "Kernel", "Storage", "EventLog", "Secrets", "People", "Lines", "Duty", "Requests", "Routing", "Reports",
                "Web", product("Hummingbird", "hummingbird"), product("HTTPTypes", "swift-http-types"),
            ]),

        room(
            "Connection",
            [
                "Kernel", "Storage", "Secrets", "Live", "Turn", "People", "Web", product("Hummingbird", "hummingbird"),
                product("HTTPTypes", "swift-http-types"), product("NIOCore", "swift-nio"),
            ]),

        room(
            "RemoteControl",
            [
                "Kernel", "Storage", "EventLog", "Secrets", "AgentProtocol", "RFB", "Live", "People", "Lines",
                "Requests",
                "Recordings", "Web", product("Hummingbird", "hummingbird"), product("HTTPTypes", "swift-http-types"),
                product("NIOCore", "swift-nio"),
            ]),

        // Top: what puts the rooms together.
        room(
            "OknoApp",
            [
                "Kernel", "Storage", "StorageSQLite", "StoragePostgres", "EventLog", "TextSearch", "Files", "Secrets",
                "Live", "Turn", "Web", "People", "Lines", "Duty", "Requests", "Talks", "Recordings", "Calls", "Routing",
                "Plans",
                "Reports", "Monitor", "Mail", "Push", "Notices", "Connection", "RemoteControl",
                product("Hummingbird", "hummingbird"), product("HTTPTypes", "swift-http-types"),
                product("NIOCore", "swift-nio"), product("NIOPosix", "swift-nio"), product("NIOSSL", "swift-nio-ssl"),
                product("NIOWebSocket", "swift-nio"),
                product("Logging", "swift-log"), product("ServiceLifecycle", "swift-service-lifecycle"),
                product("X509", "swift-certificates"), product("SwiftASN1", "swift-asn1"),
                product("Crypto", "swift-crypto"), product("Subprocess", "swift-subprocess"),
                product("UnixSignals", "swift-service-lifecycle"),
            ]),
        room(
            "TestOffice",
            [
                "Kernel", "Storage", "StorageSQLite", "StoragePostgres", "EventLog", "Files", "Secrets", "Live", "Web",
                "People", "Lines",
                "Requests", "OknoApp",
                product("Hummingbird", "hummingbird"), product("HTTPTypes", "swift-http-types"),
                product("NIOCore", "swift-nio"), product("NIOEmbedded", "swift-nio"), product("Logging", "swift-log"),
                product("ServiceLifecycle", "swift-service-lifecycle"),
            ]),
        room(
            "Bench",
            [
                "Kernel", "Storage", "StorageSQLite", "StoragePostgres", "EventLog", "TextSearch", "Secrets", "Web",
                "People", "Lines",
                "Requests", "Reports", "AgentProtocol", "Turn", "OknoApp",
                product("NIOCore", "swift-nio"), product("NIOPosix", "swift-nio"), product("NIOHTTP1", "swift-nio"),
            ]),
        .executableTarget(
            name: "okno",
            dependencies: ["OknoApp", "Bench", product("ArgumentParser", "swift-argument-parser")],
            swiftSettings: settings),
        tests("AgentTests", ["AgentProtocol", "Agent", "okno-agent", product("Crypto", "swift-crypto")]),
        tests("StorageTests", ["Kernel", "Storage", "StorageSQLite", "StoragePostgres"]),
        tests(
            "LiveTests",
            [
                "Kernel", "Live", product("Hummingbird", "hummingbird"), product("HTTPTypes", "swift-http-types"),
                product("NIOCore", "swift-nio"), product("NIOPosix", "swift-nio"), product("NIOSSL", "swift-nio-ssl"),
                product("Logging", "swift-log"), product("ServiceLifecycle", "swift-service-lifecycle"),
            ]),
        tests("RFBTests", ["RFB", product("NIOCore", "swift-nio")]),
        tests(
            "TurnTests",
            [
                "Kernel", "Live", "Turn", "OknoApp", product("Crypto", "swift-crypto"), product("NIOCore", "swift-nio"),
                product("NIOEmbedded", "swift-nio"), product("NIOPosix", "swift-nio"),
            ]),
        tests(
            "PeopleTests",
            [
                "Kernel", "Storage", "StorageSQLite", "StoragePostgres", "EventLog", "Secrets", "Web", "People",
                product("Hummingbird", "hummingbird"), product("HTTPTypes", "swift-http-types"),
                product("NIOCore", "swift-nio"), product("NIOEmbedded", "swift-nio"), product("Logging", "swift-log"),
            ]),
        tests(
            "RequestsTests",
            [
                "Kernel", "Storage", "EventLog", "TextSearch", "Files", "Web", "People", "Lines", "Requests", "OknoApp",
                "TestOffice",
                product("Hummingbird", "hummingbird"), product("HTTPTypes", "swift-http-types"),
                product("NIOCore", "swift-nio"), product("NIOEmbedded", "swift-nio"), product("Logging", "swift-log"),
            ]),
        tests(
            "DutyTests",
            [
                "Kernel", "Storage", "EventLog", "People", "Lines", "Duty", "Requests", "OknoApp", "TestOffice", "Web",
                product("Hummingbird", "hummingbird"), product("HTTPTypes", "swift-http-types"),
            ]),
        tests(
            "CallsTests",
            [
                "Kernel", "Storage", "EventLog", "Files", "Live", "People", "Lines", "Duty", "Requests", "Recordings",
                "Calls",
                "OknoApp", "TestOffice", "Web",
                product("HTTPTypes", "swift-http-types"),
                product("NIOCore", "swift-nio"), product("NIOPosix", "swift-nio"),
            ]),
        tests(
            "RoutingTests",
            [
                "Kernel", "Storage", "EventLog", "People", "Lines", "Duty", "Requests", "Routing", "OknoApp",
                "TestOffice", "Web",
                product("Hummingbird", "hummingbird"), product("HTTPTypes", "swift-http-types"),
            ]),
        tests(
            "ReportsTests",
            [
                "Kernel", "Storage", "EventLog", "Sheets", "People", "Lines", "Duty", "Requests", "Reports", "OknoApp",
                "TestOffice", "Web",
                product("Hummingbird", "hummingbird"), product("HTTPTypes", "swift-http-types"),
            ]),
        tests(
            "NoticesTests",
            [
                "Kernel", "Storage", "EventLog", "Secrets", "Mail", "Push", "People", "Lines", "Duty", "Requests",
                "Reports",
                "Notices", "OknoApp", "TestOffice", "Web",
                product("Hummingbird", "hummingbird"), product("HTTPTypes", "swift-http-types"),
                product("NIOCore", "swift-nio"), product("NIOPosix", "swift-nio"), product("NIOHTTP1", "swift-nio"),
                product("Crypto", "swift-crypto"), product("Logging", "swift-log"),
            ]),
        tests(
            "MonitorTests",
            [
                "Kernel", "Storage", "EventLog", "People", "Lines", "Duty", "Requests", "Routing", "Reports", "Monitor",
                "OknoApp", "TestOffice", "Web",
                product("Hummingbird", "hummingbird"), product("HTTPTypes", "swift-http-types"),
            ]),
        tests(
            "RemoteControlTests",
            [
                "Kernel", "Storage", "EventLog", "AgentProtocol", "RFB", "Files", "Live", "People", "Lines", "Requests",
                "Recordings", "RemoteControl", "OknoApp", "Bench", "TestOffice", "Web",
                product("HTTPTypes", "swift-http-types"),
                product("NIOCore", "swift-nio"), product("NIOPosix", "swift-nio"), product("NIOHTTP1", "swift-nio"),
                product("NIOWebSocket", "swift-nio"),
            ]),
        tests(
            "PlansTests",
            [
                "Kernel", "Storage", "EventLog", "People", "Lines", "Requests", "Plans", "OknoApp", "TestOffice", "Web",
                product("Hummingbird", "hummingbird"), product("HTTPTypes", "swift-http-types"),
            ]),
        tests(
            "ConnectionTests",
            [
                "Kernel", "Storage", "Live", "Connection", "OknoApp", "TestOffice", "Web",
                product("HTTPTypes", "swift-http-types"),
                product("NIOCore", "swift-nio"), product("NIOPosix", "swift-nio"), product("Logging", "swift-log"),
            ]),
        tests(
            "OfficeTests",
            [
                "Kernel", "Storage", "EventLog", "Files", "People", "Requests", "Talks", "OknoApp", "TestOffice", "Web",
                product("Hummingbird", "hummingbird"), product("HTTPTypes", "swift-http-types"),
            ]),
        tests(
            "LinesTests",
            [
                "Kernel", "Storage", "StorageSQLite", "StoragePostgres", "EventLog", "Secrets", "Web", "People",
                "Lines",
                product("Hummingbird", "hummingbird"), product("HTTPTypes", "swift-http-types"),
                product("NIOCore", "swift-nio"), product("NIOEmbedded", "swift-nio"), product("Logging", "swift-log"),
            ]),
        tests(
            "WebTests",
            [
                "Kernel", "Storage", "Secrets", "Markup", "TextSearch", "Web",
                product("Hummingbird", "hummingbird"), product("HTTPTypes", "swift-http-types"),
                product("NIOCore", "swift-nio"), product("NIOEmbedded", "swift-nio"), product("Logging", "swift-log"),
            ]),
    ]
)
