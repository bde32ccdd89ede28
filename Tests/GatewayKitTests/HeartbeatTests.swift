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
            // Left to itself it would say none within the suite's minute.
            try await withWorker(
                of: broker, configure: { $0.connection.heartbeat = .seconds(600) }
            ) { _ in
                let connection = try await broker.accept()
                _ = try await connection.next(Hello.self)
                // A pong may be three times as late, as on a machine that is very busy.
                connection.write(self.welcome(heartbeat: 4_000))
                var frames = connection.frames.makeAsyncIterator()
                for _ in 0..<2 {
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
