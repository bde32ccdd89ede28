import Logging
import Protocol
import Testing

@testable import GatewayKit

@Suite(.timeLimit(.minutes(1))) struct HeartbeatTests {
    func welcome(heartbeat: Int64) -> Welcome {
        Welcome(
            version: 1, epoch: Epoch(Bits128(high: 0, low: 1)), generation: 1, agent: "test",
            heartbeatMilliseconds: heartbeat)
    }

    @Test func `a broker that asks for more pings is given up sooner`() throws {
        let start = ContinuousClock.now
        for (heartbeat, silence) in [(1_000, 3), (5_000, 15), (60_000, 15)] as [(Int64, Int)] {
            var session = GatewaySession(openedAt: start, silence: .seconds(15))
            let frame = FrameEncoder.frame(self.welcome(heartbeat: heartbeat).encoded())
            var decoder = FrameDecoder(limit: Limits.frameBytes)
            decoder.received(frame)
            let body = try #require(try decoder.next())
            _ = session.received(try Envelope(body), at: start)
            let end = start + .seconds(silence)
            #expect(session.ticked(at: end - .milliseconds(1)) == .ping)
            #expect(session.ticked(at: end) == .close)
        }
    }

    @Test func `pings come as often as the welcome asks for`() async throws {
        try await ScriptedBroker.with { broker in
            try await withWorker(of: broker) { _ in
                let connection = try await broker.accept()
                _ = try await connection.next(Hello.self)
                // With the kit's own 5 s these would take longer than the suite may; of much less a
                // busy machine makes pongs that come too late.
                connection.write(self.welcome(heartbeat: 1_000))
                var frames = connection.frames.makeAsyncIterator()
                for _ in 0..<13 {
                    var frame = try #require(await frames.next())
                    while frame.type != Ping.type { frame = try #require(await frames.next()) }
                    connection.write(Pong())
                }
            }
        }
    }

    @Test(arguments: [
        (["CHATBOX_SOCKET": "/run/b.sock"], "/run/b.sock"), ([:], "var/run/broker.sock"),
        (["CHATBOX_SOCKET": ""], "var/run/broker.sock"),
    ])
    func `the environment names the socket`(_ environment: [String: String], _ path: String) {
        #expect(WorkerConfiguration.socketPath(in: environment) == path)
    }
}
