import NIOCore
import WebSockets

/// The client of a fuzzing server, by the addresses that Autobahn gave such servers.
struct EchoClient: Sendable {
    /// HOST:PORT of the fuzzing server.
    let address: String
    /// How many cases it was started with.
    let cases: Int
    let limits: WebSocketLimits

    /// Runs all cases in turn, has the report written, and prints how many cases there were.
    func run() async throws {
        let client = WebSocketClient(limits: self.limits)
        for number in stride(from: 1, through: self.cases, by: 1) {
            try await self.echo(client, "runCase?case=\(number)&agent=chatbox")
        }
        try await self.echo(client, "updateReports?agent=chatbox")
        say(self.cases)
    }

    /// Says back what it hears, until the connection is over.
    private func echo(_ client: WebSocketClient, _ path: String) async throws {
        try await client.withWebSocket(url: "ws://\(self.address)/\(path)") { inbound, writer in
            do {
                for try await event in inbound {
                    switch event {
                    case .text(let bytes): try await writer.send(text: bytes)
                    case .binary(let bytes): try await writer.send(binary: bytes)
                    case .closed: break
                    }
                }
            } catch {
                // A case may end the connection while its echo is under way: the server judges.
            }
        }
    }
}
