import Logging
import NIOCore
import NIOEmbedded
import Protocol
import Testing

@testable import Broker

/// One connection's handler on a loop whose time the test moves.
@Suite struct GatewayConnectionHandlerTests {
    let folder: TemporaryFolder
    let loop = EmbeddedEventLoop()
    let channel: EmbeddedChannel

    init() throws {
        self.folder = try TemporaryFolder()
        let boxes = try #require(Boxes("main=web,discord"))
        let store = try Store(path: self.folder.file("chatbox.db"), boxes: boxes, now: 1)
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        let core = try Core(store: store, boxes: boxes, loop: self.loop, logger: logger)
        let reads = ReadPool(
            store: store, boxes: boxes, logger: logger)
        let handler = GatewayConnectionHandler(
            id: ConnectionID(number: 1), core: core, reads: reads,
            allowed: AllowedUIDs(only: 0), logger: logger, isToldOf: { _ in true })
        self.channel = EmbeddedChannel(handlers: [handler], loop: self.loop)
        try self.channel.connect(to: SocketAddress(unixDomainSocketPath: "/s")).wait()
    }

    func say(_ body: [UInt8]) throws {
        try self.channel.writeInbound(FrameEncoder.frame(body))
        self.loop.run()
    }

    func sayHello() throws {
        let hello = Hello(
            box: try name("main"), service: try name("web"), instance: try name("i"),
            mode: .reader, agent: "test")
        try self.say(hello.encoded())
        #expect(try self.heard() == ["welcome"])
    }

    /// What was said since the last look: types of frames, and codes of goodbyes.
    func heard() throws -> [String] {
        var decoder = FrameDecoder(limit: Limits.frameBytes)
        var heard: [String] = []
        while let bytes = try self.channel.readOutbound(as: ByteBuffer.self) {
            decoder.received(bytes)
            while let body = try decoder.next() {
                let envelope = try Envelope(body)
                let goodbye = envelope.type == Goodbye.type ? try Goodbye(envelope.fields) : nil
                heard.append(goodbye?.code.text ?? envelope.type)
            }
        }
        return heard
    }

    @Test func `a connection that says nothing is ended after 5 s`() throws {
        self.loop.advanceTime(by: .milliseconds(4_999))
        #expect(try self.heard().isEmpty)
        self.loop.advanceTime(by: .milliseconds(1))
        #expect(try self.heard() == ["hello_timeout"])
        #expect(!self.channel.isActive)
    }

    @Test func `a gateway that falls silent is let go after 30 s, and a ping keeps it`() throws {
        try self.sayHello()
        self.loop.advanceTime(by: .seconds(29))
        try self.say(Ping().encoded())
        #expect(try self.heard() == ["pong"])
        self.loop.advanceTime(by: .milliseconds(29_999))
        #expect(try self.heard().isEmpty)
        self.loop.advanceTime(by: .milliseconds(1))
        #expect(try self.heard() == ["silent"])
    }

    @Test func `a frame must be whole within 5 s, however many pieces it comes in`() throws {
        try self.sayHello()
        let bytes = FrameEncoder.frame(Ping().encoded()).readableBytesView
        for byte in bytes.prefix(5) {
            try self.channel.writeInbound(ByteBuffer(bytes: [byte]))
            self.loop.advanceTime(by: .milliseconds(900))
        }
        #expect(try self.heard().isEmpty)
        try self.channel.writeInbound(ByteBuffer(bytes: Array(bytes.dropFirst(5).prefix(1))))
        self.loop.advanceTime(by: .milliseconds(500))
        #expect(try self.heard() == ["frame_timeout"])
        #expect(!self.channel.isActive)
    }

    @Test func `a frame in time ends its deadline, and the next has its own`() throws {
        try self.sayHello()
        let bytes = Array(FrameEncoder.frame(Ping().encoded()).readableBytesView)
        for _ in 1...3 {
            try self.channel.writeInbound(ByteBuffer(bytes: Array(bytes.prefix(3))))
            self.loop.advanceTime(by: .seconds(4))
            try self.channel.writeInbound(ByteBuffer(bytes: Array(bytes.dropFirst(3))))
            #expect(try self.heard() == ["pong"])
        }
    }

    @Test func `4 KiB are the most before welcome, 1 MiB after`() throws {
        try self.channel.writeInbound(ByteBuffer(bytes: [0, 0, 0x10, 0x01]))
        #expect(try self.heard() == ["frame_too_large"])
    }

    @Test func `after welcome a frame of a megabyte is taken`() throws {
        try self.sayHello()
        var padded = Array(#"{"type":"ping","padding":""#.utf8)
        padded += Array(repeating: UInt8(ascii: " "), count: 200_000) + Array(#""}"#.utf8)
        try self.say(padded)
        #expect(try self.heard() == ["pong"])
        try self.channel.writeInbound(ByteBuffer(bytes: [0x00, 0x10, 0x00, 0x01]))
        #expect(try self.heard() == ["frame_too_large"])
    }
}
