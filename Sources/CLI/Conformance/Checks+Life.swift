import Protocol

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

// How a gateway lives and ends.
extension Check {
    static func heartbeat(_ stage: Stage) throws -> String {
        let connection = try stage.beginWelcomed()
        let pings = stage.transcript.count(of: Ping.type)
        let watch = stage.options.heartbeat * 9 / 2
        stage.play(milliseconds: watch)
        let count = stage.transcript.count(of: Ping.type) - pings
        guard stage.transcript.ends[connection] == nil else {
            throw Finding("It left a broker that answered every ping.")
        }
        guard (3...9).contains(count) else {
            throw Finding(
                "\(count) pings came in \(Stage.seconds(watch)), with heartbeat_ms \(stage.options.heartbeat)."
            )
        }
        return "\(count) pings in \(Stage.seconds(watch))."
    }

    static func silence(_ stage: Stage) throws -> String {
        let connection = try stage.beginWelcomed()
        stage.broker.conduct.speaks = false
        let start = stage.now
        // 3 heartbeats from the last answer; a gateway that looks once a heartbeat needs a fourth.
        try stage.wait(
            "a broker that answered nothing for that long wasn't given up.",
            within: 5 * stage.options.heartbeat
        ) { stage.transcript.ends[connection] != nil }
        let took = stage.now - start
        guard took >= 3 * stage.options.heartbeat / 2 else {
            throw Finding("The broker was given up after \(Stage.seconds(took)) already.")
        }
        stage.broker.conduct.speaks = true
        try stage.welcomed(after: connection)
        return "Given up after \(Stage.seconds(took)), and back."
    }

    static func backoff(_ stage: Stage) throws -> String {
        let connection = try stage.beginWelcomed()
        stage.socket.turnsAway = true
        let tries = stage.transcript.arrivals.count
        stage.cut()
        stage.play(milliseconds: 5_000)
        let count = stage.transcript.arrivals.count - tries
        guard (1...25).contains(count) else {
            throw Finding(
                count == 0
                    ? "It didn't try to connect again within 5 s."
                    : "It tried to connect \(count) times in 5 s: wait longer each time.")
        }
        stage.socket.turnsAway = false
        // The longest wait of the protocol's page, with what it may have grown to meanwhile.
        try stage.welcomed(after: connection, within: 30_000)
        return "\(count) tries in 5 s, and back when it was let in."
    }

    static func goodbye(_ stage: Stage) throws -> String {
        let connection = try stage.beginWelcomed()
        let goodbye = Goodbye(.shutdown, "The broker ends.", reconnect: true)
        stage.say([stage.broker.frame(goodbye, to: connection, isLast: true)])
        try stage.welcomed(after: connection)
        return "It came back."
    }

    static func goodbyeForGood(_ stage: Stage) throws -> String {
        try stage.begin(starting: false)
        stage.broker.conduct.farewell = Goodbye(
            .unknownService, "The box has no such service.", reconnect: false)
        try stage.start()
        try stage.wait("it didn't come.") { !stage.transcript.arrivals.isEmpty }
        try stage.wait("no hello came.") { stage.transcript.count(of: Hello.type) > 0 }
        stage.play(milliseconds: 3_000)
        let count = stage.transcript.arrivals.count
        guard count == 1 else {
            throw Finding(
                "It came back \(count - 1) times in 3 s, although it would only be refused again.")
        }
        switch stage.ended {
        case .exit(0)?: throw Finding("It ended with exit code 0, as if all were well.")
        case .exit(let code)?: return "It ended with exit code \(code)."
        case .signal(let signal)?: throw Finding("Signal \(signal) ended it.")
        case nil: return "It stayed away for 3 s."
        }
    }

    static func fenced(_ stage: Stage) throws -> String {
        let connection = try stage.beginWelcomed()
        stage.play(milliseconds: 300)
        let arrivals = stage.transcript.arrivals.count
        let goodbye = Goodbye(.fenced, "A newer consumer has taken over.", reconnect: true)
        stage.say([stage.broker.frame(goodbye, to: connection, isLast: true)])
        let watch = stage.options.fencedWatch
        stage.play(milliseconds: watch)
        guard stage.transcript.arrivals.count == arrivals else {
            let came = stage.transcript.arrivals[arrivals].at
            let away = came - (stage.transcript.ends[connection] ?? came)
            throw Finding(
                "It came back \(Stage.seconds(away)) after it was fenced, and 60 s are due.")
        }
        return "It stayed away for \(Stage.seconds(watch))."
    }

    static func slowBroker(_ stage: Stage) throws -> String {
        let connection = try stage.beginWelcomed()
        stage.socket.reads = false
        stage.play(milliseconds: 2 * stage.options.heartbeat)
        stage.socket.reads = true
        try stage.proveWorking()
        guard stage.transcript.ends[connection] == nil else {
            throw Finding(
                "It left after \(Stage.seconds(2 * stage.options.heartbeat)), and 3 heartbeats are due."
            )
        }
        return "At work in the same connection after \(Stage.seconds(2 * stage.options.heartbeat))."
    }

    static func terminate(_ stage: Stage) throws -> String {
        let connection = try stage.beginWelcomed()
        stage.play(milliseconds: 300)
        let start = stage.now
        stage.signal(SIGTERM)
        try stage.wait("it still ran after SIGTERM.", within: 5_000) { stage.ended != nil }
        let took = stage.now - start
        stage.play(milliseconds: 100)
        guard stage.ended == .exit(0) else {
            let end = stage.ended.map { "\($0)" } ?? "?"
            throw Finding("It ended with \(end) on SIGTERM, and exit code 0 is due.")
        }
        let goodbyes = stage.transcript.frames.filter {
            $0.connection == connection && $0.envelope.type == Goodbye.type
        }
        guard !goodbyes.isEmpty else { throw Finding("It ended without a goodbye.") }
        return "Goodbye, and exit code 0 after \(Stage.seconds(took))."
    }
}
