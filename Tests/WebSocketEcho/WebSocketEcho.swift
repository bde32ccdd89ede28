import NIOCore
import NIOPosix
import WebSockets

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// Our WebSocket codec behind an echo, for others' test suites; nothing that is shipped.
///
/// `serve` listens on a free port and prints it. `ask HOST:PORT CASES` is the client of an
/// Autobahn "fuzzing server": it answers each case with an echo and asks for the report. Both end when standard input ends, so nothing is left when the tests are killed.
@main
struct WebSocketEcho {
    /// Section 9 sends messages of 16 MiB, and of 4 MiB in fragments of 64 bytes.
    static let limits = WebSocketLimits(messageBytesMax: 32 << 20, fragmentsMax: 1 << 17)

    static func main() async throws {
        let arguments = CommandLine.arguments.dropFirst()
        switch (arguments.first, arguments.count) {
        case ("serve", 1):
            try await self.untilInputEnds { try await EchoServer(limits: self.limits).run() }
        case ("ask", 3):
            guard let cases = arguments.last.flatMap({ Int($0) }) else { return }
            let address = arguments[2]
            try await self.untilInputEnds {
                try await EchoClient(address: address, cases: cases, limits: self.limits).run()
            }
        default: print("Usage: WebSocketEcho serve | ask HOST:PORT CASES")
        }
    }

    /// Runs `body`; whichever ends first, it or standard input, ends the other.
    private static func untilInputEnds(
        _ body: @escaping @Sendable () async throws -> Void
    ) async throws {
        let input = try await NIOPipeBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .takingOwnershipOfDescriptor(input: 0)
            .get()
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await body() }
            tasks.addTask {
                try await withTaskCancellationHandler {
                    try await input.closeFuture.get()
                } onCancel: {
                    input.close(promise: nil)
                }
            }
            try await tasks.next()
            tasks.cancelAll()
        }
    }
}

/// Prints a number on a line of its own, at once, also into a pipe.
func say(_ number: Int) {
    print(number)
    fflush(nil)
}
