import Foundation
import GatewayKit
import Protocol

/// A team at a terminal: what clients say is printed as "NUMBER NAME: TEXT", and a line
/// "NUMBER TEXT" answers. The broker needs CHATBOX_BOXES="main=web,discord;office=terminal,lines".
@main struct TerminalChat {
    static func main() async throws {
        let terminal = try ServiceWorker<Int64>(box: "office", service: "terminal")
        terminal.onNewClient { _ in
            // Numbers that can be typed. Should two come at once, one is tried again.
            Int64(try await terminal.broker.bindings().entries.count) + 1
        }
        terminal.onMessage { message in
            show("\(message.client.id) \(message.author.name): \(message.text)")
        }
        await withDiscardingTaskGroup { group in
            group.addTask { for await line in typedLines() { await answer(line, terminal) } }
            await terminal.serve()
        }
    }

    static func answer(_ line: String, _ terminal: ServiceWorker<Int64>) async {
        do {
            let words = line.split(separator: " ", maxSplits: 1)
            guard words.count == 2, let number = Int64(words[0]),
                let client = try await terminal.access(number, createIfAbsent: false)
            else { return show("Write the number of a client, and what to say.") }
            try await client.send(String(words[1]))
        } catch {
            show("Not sent: \(error)")
        }
    }

    static func show(_ line: String) {
        FileHandle.standardOutput.write(Data("\(line)\n".utf8))
    }

    /// What is typed; reading blocks, so a thread of its own does it.
    static func typedLines() -> AsyncStream<String> {
        let (lines, sink) = AsyncStream.makeStream(of: String.self)
        Thread.detachNewThread {
            while let line = readLine() { sink.yield(line) }
            sink.finish()
        }
        return lines
    }
}
