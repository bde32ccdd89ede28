// swift-tools-version: 6.2
import PackageDescription

// One set of rules for every target of ours: the Swift 6 language mode with its complete
// concurrency checking, no warning left unread, and no import that a file does not name itself.
let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

// Products of other packages, named once.
let argumentParser = Target.Dependency.product(
    name: "ArgumentParser", package: "swift-argument-parser")
let asyncHTTPClient = Target.Dependency.product(
    name: "AsyncHTTPClient", package: "async-http-client")
let configuration = Target.Dependency.product(
    name: "Configuration", package: "swift-configuration")
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")
let grdbSQLite = Target.Dependency.product(name: "GRDBSQLite", package: "GRDB.swift")
let hummingbird = Target.Dependency.product(name: "Hummingbird", package: "hummingbird")
let hummingbirdCore = Target.Dependency.product(name: "HummingbirdCore", package: "hummingbird")
let hummingbirdTesting = Target.Dependency.product(
    name: "HummingbirdTesting", package: "hummingbird")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let nioCore = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioEmbedded = Target.Dependency.product(name: "NIOEmbedded", package: "swift-nio")
let nioFoundation = Target.Dependency.product(
    name: "NIOFoundationEssentialsCompat", package: "swift-nio")
let nioHTTP1 = Target.Dependency.product(name: "NIOHTTP1", package: "swift-nio")
let nioHTTPTypes = Target.Dependency.product(name: "NIOHTTPTypes", package: "swift-nio-extras")
let nioHTTPTypesHTTP1 = Target.Dependency.product(
    name: "NIOHTTPTypesHTTP1", package: "swift-nio-extras")
let nioPosix = Target.Dependency.product(name: "NIOPosix", package: "swift-nio")
let nioSSL = Target.Dependency.product(name: "NIOSSL", package: "swift-nio-ssl")
let nioTestUtils = Target.Dependency.product(name: "NIOTestUtils", package: "swift-nio")
let nioWebSocket = Target.Dependency.product(name: "NIOWebSocket", package: "swift-nio")
let httpTypes = Target.Dependency.product(name: "HTTPTypes", package: "swift-http-types")
let serviceLifecycle = Target.Dependency.product(
    name: "ServiceLifecycle", package: "swift-service-lifecycle")
let unixSignals = Target.Dependency.product(
    name: "UnixSignals", package: "swift-service-lifecycle")

let package = Package(
    name: "ChatBox",
    platforms: [.macOS(.v15)],
    products: [
        .library(name: "GatewayKit", targets: ["GatewayKit"]),
        .executable(name: "chatbox", targets: ["CLI"]),
        .executable(name: "chatbox-broker", targets: ["Broker"]),
        .executable(name: "chatbox-web", targets: ["WebGateway"]),
        .executable(name: "chatbox-discord", targets: ["DiscordGateway"]),
        .executable(name: "discord-sandbox", targets: ["DiscordSandbox"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
        .package(url: "https://github.com/apple/swift-configuration", exact: "1.4.0"),
        .package(url: "https://github.com/apple/swift-crypto", exact: "4.5.2"),
        .package(url: "https://github.com/apple/swift-http-types", exact: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", exact: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-extras", exact: "1.35.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", exact: "2.37.6"),
        .package(url: "https://github.com/groue/GRDB.swift", exact: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", exact: "2.28.1"),
        .package(url: "https://github.com/swift-server/async-http-client", exact: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", exact: "2.13.0"),
    ],
    targets: [
        // What the fuzzer found or well might find (Tests/Fuzz/Regressions), for tests to try.
        .target(
            name: "RegressionInputs", path: "Tests/RegressionInputs", swiftSettings: strict),

        // JSON read strictly by RFC 8259 and written without a tree. Pure, no dependency.
        .target(name: "StrictJSON", swiftSettings: strict),
        .testTarget(
            name: "StrictJSONTests", dependencies: ["RegressionInputs", "StrictJSON"],
            swiftSettings: strict),

        // The wire between broker and gateways: frames, messages, limits. Pure.
        .target(name: "Protocol", dependencies: ["StrictJSON", nioCore], swiftSettings: strict),
        .testTarget(
            name: "ProtocolTests",
            dependencies: [
                "Protocol", "RegressionInputs", "StrictJSON", nioCore, nioTestUtils,
            ],
            swiftSettings: strict),

        // What every process of ours does alike: configuration, exit codes, logging, start-up.
        .target(
            name: "ProcessShell",
            dependencies: [argumentParser, configuration, logging, serviceLifecycle, unixSignals],
            swiftSettings: strict),

        .testTarget(
            name: "ProcessShellTests", dependencies: ["ProcessShell"], swiftSettings: strict),

        // RFC 6455 above SwiftNIO's frames: what SwiftNIO leaves unchecked, and whole messages.
        .target(
            name: "WebSockets",
            dependencies: [nioCore, nioHTTP1, nioPosix, nioSSL, nioWebSocket],
            swiftSettings: strict),
        .testTarget(
            name: "WebSocketsTests",
            dependencies: [
                "RegressionInputs", "WebSocketServer", "WebSockets", crypto, httpTypes, hummingbird,
                hummingbirdCore,
                logging, nioCore, nioEmbedded, nioHTTP1, nioPosix, nioWebSocket, serviceLifecycle,
            ],
            swiftSettings: strict),
        // The server's side of it, as a child channel of Hummingbird.
        .target(
            name: "WebSocketServer",
            dependencies: [
                "WebSockets", httpTypes, hummingbirdCore, logging, nioCore, nioHTTP1,
                nioHTTPTypes, nioHTTPTypesHTTP1, nioPosix, nioWebSocket,
            ],
            swiftSettings: strict),

        // Both of it behind an echo, for others' test suites (Tests/Conformance); not a product.
        .executableTarget(
            name: "WebSocketEcho",
            dependencies: [
                "WebSocketServer", "WebSockets", hummingbird, hummingbirdCore, logging, nioCore,
                nioHTTP1, nioPosix, serviceLifecycle, unixSignals,
            ],
            path: "Tests/WebSocketEcho",
            swiftSettings: strict),

        // How to write a gateway.
        .target(
            name: "GatewayKit",
            dependencies: [
                "Protocol", "StrictJSON", crypto, logging, nioCore, nioPosix, serviceLifecycle,
                unixSignals,
            ],
            swiftSettings: strict),
        .testTarget(
            name: "GatewayKitTests",
            dependencies: [
                "GatewayKit", "Protocol", "StrictJSON", logging, nioCore, nioPosix,
                serviceLifecycle, unixSignals,
            ],
            swiftSettings: strict),

        // The file of the broker's database: its shape, its checks, its copies.
        .target(
            name: "BrokerStore", dependencies: ["ProcessShell", grdb], swiftSettings: strict),

        // The three processes.
        .executableTarget(
            name: "Broker",
            dependencies: [
                "BrokerStore", "ProcessShell", "Protocol", "StrictJSON", argumentParser, crypto,
                grdb, grdbSQLite, logging, nioCore, nioPosix, serviceLifecycle,
            ],
            swiftSettings: strict),
        .testTarget(
            name: "BrokerTests",
            dependencies: [
                "Broker", "BrokerStore", "ProcessShell", "Protocol", "StrictJSON", grdb, logging,
                nioCore,
                nioEmbedded, nioPosix, serviceLifecycle,
            ],
            exclude: ["Fixtures"], swiftSettings: strict),
        // Administration: asks the broker, and restores its database while it doesn't run.
        .executableTarget(
            name: "CLI",
            dependencies: [
                "BrokerStore", "ProcessShell", "Protocol", "StrictJSON", argumentParser, nioCore,
            ],
            swiftSettings: strict),
        .testTarget(
            name: "CLITests",
            dependencies: [
                "Broker", "BrokerStore", "CLI", "ProcessShell", "Protocol", "StrictJSON", grdb,
                logging, serviceLifecycle,
            ],
            swiftSettings: strict),
        .executableTarget(
            name: "WebGateway",
            dependencies: [
                "GatewayKit", "ProcessShell", "Protocol", "StrictJSON", "WebSocketServer",
                "WebSockets",
                argumentParser, crypto, httpTypes, hummingbird, hummingbirdCore, logging, nioCore,
                nioHTTP1, nioPosix, nioWebSocket, serviceLifecycle,
            ],
            swiftSettings: strict),
        .testTarget(
            name: "WebGatewayTests",
            dependencies: [
                "GatewayKit", "ProcessShell", "Protocol", "RegressionInputs", "StrictJSON",
                "WebGateway", "WebSocketServer", "WebSockets", hummingbird, hummingbirdTesting,
                httpTypes,
                logging, nioCore, nioEmbedded, nioHTTP1, nioPosix, nioWebSocket,
                serviceLifecycle,
            ],
            swiftSettings: strict),
        .executableTarget(
            name: "DiscordGateway",
            dependencies: [
                "GatewayKit", "ProcessShell", "Protocol", "StrictJSON", "WebSockets",
                argumentParser,
                asyncHTTPClient, crypto, httpTypes, logging, nioCore, nioHTTP1, nioPosix, nioSSL,
                nioWebSocket, serviceLifecycle,
            ],
            swiftSettings: strict),
        .testTarget(
            name: "DiscordGatewayTests",
            dependencies: [
                "DiscordGateway", "GatewayKit", "ProcessShell", "Protocol", "RegressionInputs",
                "StrictJSON", "WebSockets", asyncHTTPClient,
                logging,
                nioCore, nioEmbedded, nioHTTP1, nioPosix, nioWebSocket,
            ],
            swiftSettings: strict),

        // All of it on one thread, in a world that follows from a seed. The C library's clock, random
        // numbers and writes are the simulation's on that thread: hence the exported names.
        .target(name: "Interposition", path: "Tests/Interposition"),
        .testTarget(
            name: "SimulatorTests",
            dependencies: [
                "Broker", "BrokerStore", "DiscordGateway", "GatewayKit", "Interposition",
                "ProcessShell", "Protocol",
                "StrictJSON", "WebGateway", "WebSockets", grdb, logging, nioCore, nioEmbedded,
                serviceLifecycle,
            ],
            swiftSettings: strict,
            linkerSettings: [
                .unsafeFlags(
                    [
                        "clock_gettime", "syscall", "pwrite64", "fdatasync", "fsync",
                    ].flatMap { ["-Xlinker", "--export-dynamic-symbol=\($0)"] },
                    .when(platforms: [.linux]))
            ]),

        // Examples: built by the tests, so that what the README shows compiles.
        .executableTarget(
            name: "EchoGateway", dependencies: ["GatewayKit"],
            path: "Examples/EchoGateway", swiftSettings: strict),
        // Two services that are neither web nor Discord.
        .executableTarget(
            name: "TerminalChat", dependencies: ["GatewayKit", "Protocol"],
            path: "Examples/TerminalChat", swiftSettings: strict),
        .executableTarget(
            name: "LineChat", dependencies: ["GatewayKit", "Protocol", nioCore, nioPosix],
            path: "Examples/LineChat", swiftSettings: strict),

        // Figures beside plain SQLite's, for `make bench`; not a product.
        .executableTarget(
            name: "Bench",
            dependencies: ["Protocol", argumentParser, grdbSQLite, nioCore, nioPosix],
            path: "Benchmarks/Bench",
            swiftSettings: strict),

        // A stand-in for Discord, to try ChatBox without a token and to test it.
        .executableTarget(
            name: "DiscordSandbox",
            dependencies: [
                "ProcessShell", "StrictJSON", "WebSocketServer", "WebSockets", argumentParser,
                httpTypes,
                hummingbird, hummingbirdCore, logging, nioCore, nioHTTP1, nioPosix, nioWebSocket,
                serviceLifecycle,
            ],
            swiftSettings: strict),
        .testTarget(
            name: "DiscordSandboxTests",
            dependencies: [
                "DiscordSandbox", "StrictJSON", "WebSockets", httpTypes, hummingbird,
                hummingbirdTesting, logging, nioCore,
            ],
            swiftSettings: strict),
    ]
)
