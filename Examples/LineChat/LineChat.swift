import Foundation
import GatewayKit
import NIOCore
import NIOPosix
import Protocol

/// A chat for `nc 127.0.0.1 8070`: the first line is the client's name, every other one a message.
/// The broker needs CHATBOX_BOXES="main=web,discord;office=terminal,lines".
@main struct LineChat {
    typealias Connection = NIOAsyncChannel<ByteBuffer, ByteBuffer>

    static func main() async throws {
        let port = ProcessInfo.processInfo.environment["LINECHAT_PORT"].flatMap { Int($0) } ?? 8070
        let worker = try ServiceWorker<String>(box: "office", service: "lines")
        let server = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .bind(host: "127.0.0.1", port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try Connection(wrappingChannelSynchronously: channel)
                }
            }
        try await withThrowingDiscardingTaskGroup { group in
            group.addTask { await worker.serve() }
            try await server.executeThenClose { connections in
                for try await connection in connections {
                    // What ends one connection is none of the others' business.
                    group.addTask { try? await serve(connection, worker) }
                }
            }
        }
    }

    static func serve(
        _ connection: Connection, _ worker: ServiceWorker<String>
    ) async throws {
        try await connection.executeThenClose { inbound, outbound in
            var typed = inbound.splitUTF8Lines(maximumBufferSize: 16_384).makeAsyncIterator()
            guard let name = try await typed.next(), let client = try await worker.access(name)
            else { return }
            let messages = worker.queue(for: client)
            defer { worker.deactivate(client) }
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    for await message in messages {
                        try await outbound.write(ByteBuffer(string: message.text + "\n"))
                    }
                }
                while let line = try await typed.next() {
                    try await client.send(line, as: Author(id: "guest", name: name))
                }
                group.cancelAll()
            }
        }
    }
}
