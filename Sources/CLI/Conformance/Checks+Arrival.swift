import Protocol

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

// How a gateway comes.
extension Check {
    static func hello(_ stage: Stage) throws -> String {
        try stage.begin()
        let connection = try stage.welcomed()
        guard let hello = stage.broker.sessions[connection]?.hello else {
            throw Finding("No hello came.")
        }
        guard hello.versions.contains(ProtocolVersion.current) else {
            throw Finding("It speaks versions \(hello.versions), and this is version 1.")
        }
        guard hello.box.text == stage.options.box else {
            throw Finding("It speaks for box \(hello.box) and not for \(stage.options.box).")
        }
        let first = stage.transcript.frames.first
        let arrival = stage.transcript.arrivals.first
        let took = (first?.at ?? 0) - (arrival?.at ?? 0)
        guard took <= Limits.helloSeconds * 1_000 else {
            throw Finding(
                "The hello came \(Stage.seconds(took)) after the connection, and 5 s are allowed.")
        }
        let kind = hello.peerKind.map { ", peers of kind \($0.rawValue)" } ?? ""
        return "Service \(hello.service), \(hello.mode.rawValue)\(kind), \"\(hello.agent)\"."
    }

    static func nothingBeforeWelcome(_ stage: Stage) throws -> String {
        try stage.begin(starting: false)
        stage.broker.conduct.welcomes = false
        try stage.start()
        try stage.wait("no hello came.") { !stage.broker.sessions.isEmpty }
        stage.play(milliseconds: stage.options.heartbeat + 500)
        guard let connection = stage.broker.sessions.keys.max() else {
            throw Finding(
                "It left after \(Stage.seconds(stage.options.heartbeat)) without a welcome, and 5 s are due."
            )
        }
        guard stage.transcript.frames.count == 1 else {
            let types = stage.transcript.frames.dropFirst().map(\.envelope.type)
            throw Finding("Before the welcome it said \(types.joined(separator: ", ")).")
        }
        stage.broker.conduct.welcomes = true
        stage.say([stage.broker.welcome(connection)])
        try stage.proveWorking()
        return
            "Silent for \(Stage.seconds(stage.options.heartbeat + 500)), and at work after the welcome."
    }

    static func instance(_ stage: Stage) throws -> String {
        let first = try stage.beginWelcomed()
        let name = stage.broker.sessions[first]?.hello.instance
        stage.cut()
        let second = try stage.welcomed(after: first)
        guard stage.broker.sessions[second]?.hello.instance == name else {
            throw Finding("Its instance was another one after a reconnect.")
        }
        stage.end()
        try stage.start()
        let third = try stage.welcomed(after: second)
        guard stage.broker.sessions[third]?.hello.instance != name else {
            throw Finding("Its instance was the same after a new start.")
        }
        return "Kept over a reconnect, new at a start."
    }

    static func lateBroker(_ stage: Stage) throws -> String {
        try stage.begin(starting: false)
        stage.socket.stopListening()
        try stage.start()
        stage.play(milliseconds: 1_500)
        if let end = stage.ended { throw Finding("It ended without a broker: \(end).") }
        try stage.socket.listen()
        try stage.welcomed()
        return "It came when the socket was there."
    }
}

// What a gateway reads.
extension Check {
    static func byteByByte(_ stage: Stage) throws -> String {
        try stage.begin(starting: false)
        stage.socket.isSlow = true
        try stage.start()
        try stage.welcomed()
        try stage.proveWorking()
        return "At work although each byte came by itself."
    }

    static func joined(_ stage: Stage) throws -> String {
        try stage.begin(starting: false)
        stage.broker.conduct.welcomes = false
        try stage.start()
        try stage.wait("no hello came.") { !stage.broker.sessions.isEmpty }
        guard let connection = stage.broker.sessions.keys.max() else { throw Finding("It left.") }
        stage.broker.conduct.welcomes = true
        let frames =
            [stage.broker.welcome(connection).body, Array(#"{"type":"x_future"}"#.utf8)]
            + Array(repeating: Pong().encoded(), count: 3)
        stage.socket.welcomed(connection)
        stage.socket.write(frames: frames, to: connection)
        try stage.proveWorking()
        return "At work after \(frames.count) frames at once."
    }

    static func broken(_ stage: Stage) throws -> String {
        var connection = try stage.beginWelcomed()
        let frames: [(name: String, bytes: [UInt8])] = [
            ("a length of 0", [0, 0, 0, 0]),
            ("a length of 1,048,577", [0, 0x10, 0, 1]),
            ("a length of 4,294,967,295", [0xFF, 0xFF, 0xFF, 0xFF]),
            ("what isn't JSON", [0, 0, 0, 2] + Array("{]".utf8)),
            ("what isn't UTF-8", [0, 0, 0, 12] + Array(#"{"type":""#.utf8) + [0xFF, 0x22, 0x7D]),
            ("an array", [0, 0, 0, 2] + Array("[]".utf8)),
            ("an object without type", [0, 0, 0, 2] + Array("{}".utf8)),
        ]
        for frame in frames {
            stage.socket.write(frame.bytes, to: connection)
            try stage.wait("\(frame.name) from the broker didn't end the connection.") {
                stage.transcript.ends[connection] != nil
            }
            connection = try stage.welcomed(after: connection)
        }
        try stage.proveWorking()
        return "It left \(frames.count) times, and came back each time."
    }

    static func large(_ stage: Stage) throws -> String {
        try stage.beginWelcomed()
        guard let audience = stage.audience else { throw Untried("Nobody takes deliveries.") }
        let text = stage.text()
        let line = String(repeating: "é x ", count: 20) + "\n"
        var body = text + "\n" + String(repeating: line, count: 640)
        while body.utf8.count + 1 <= Limits.bodyBytes { body += "y" }
        let properties = (0..<Limits.properties - 2).map {
            ("suite\($0)", String(repeating: "z", count: Limits.propertyBytes))
        }
        let before = stage.broker.conversations[audience]?.properties ?? [:]
        stage.broker.conversations[audience]?.properties.merge(properties) { $1 }
        defer { stage.broker.conversations[audience]?.properties = before }
        try stage.deliver(.message, body)
        try stage.proveWorking()
        return "\(body.utf8.count) bytes and \(properties.count) long properties."
    }

    static func unknown(_ stage: Stage) throws -> String {
        try stage.begin(starting: false)
        stage.broker.conduct.addsUnknownMembers = true
        try stage.start()
        let connection = try stage.welcomed()
        for text in [
            #"{"type":"x_future","seq":[]}"#, #"{"type":"x_answer","request":9007199254740991}"#,
        ] {
            stage.socket.write(frames: [Array(text.utf8)], to: connection)
        }
        try stage.proveWorking()
        guard stage.transcript.ends[connection] == nil else {
            throw Finding("It left because of something that it doesn't know.")
        }
        return "At work in the same connection."
    }
}
