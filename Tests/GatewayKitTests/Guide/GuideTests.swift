import Foundation
import Testing

/// What docs/gateway-kit.md shows is what is compiled and run.
@Suite struct GuideTests {
    static let root = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    static func text(_ path: String) throws -> String {
        try String(contentsOf: Self.root.appending(path: path), encoding: .utf8)
    }

    /// The lines of each Swift block of a page.
    static func blocks(of page: String) -> [[String]] {
        var blocks: [[String]] = []
        var block: [String]?
        for line in page.split(separator: "\n", omittingEmptySubsequences: false) {
            if line == "```swift" {
                block = []
            } else if line == "```", let done = block {
                blocks.append(done)
                block = nil
            } else {
                block?.append(String(line))
            }
        }
        return blocks
    }

    /// Whether the lines stand in the source one after the other, all further in by the same.
    static func stands(_ block: [String], in source: [String]) -> Bool {
        guard let first = block.first, block.count <= source.count else { return false }
        return (0...(source.count - block.count)).contains { start in
            guard source[start].hasSuffix(first) else { return false }
            let indent = String(source[start].dropLast(first.count))
            guard indent.allSatisfy({ $0 == " " }) else { return false }
            return zip(block, source[start...]).allSatisfy { line, sourceLine in
                sourceLine == (line.isEmpty ? "" : indent + line)
            }
        }
    }

    @Test func `every block of the guide is compiled and run`() throws {
        let sources = try [
            "Tests/GatewayKitTests/Guide/GuideSnippets.swift",
            "Examples/EchoGateway/EchoGateway.swift", "Examples/LineChat/LineChat.swift",
            "Examples/TerminalChat/TerminalChat.swift",
        ].map {
            try Self.text($0).split(separator: "\n", omittingEmptySubsequences: false)
                .map(String.init)
        }
        let blocks = Self.blocks(of: try Self.text("docs/gateway-kit.md"))
        #expect(blocks.count >= 12)
        for block in blocks {
            #expect(
                sources.contains { Self.stands(block, in: $0) },
                "It stands in no source:\n\(block.joined(separator: "\n"))")
        }
    }

    @Test func `a block that differs in a letter or in its form is noticed`() {
        let source = [
            "func f() {", "    let a = 1", "", "    if a > 0 {", "        g()", "    }", "}",
        ]
        #expect(Self.stands(["let a = 1", "", "if a > 0 {", "    g()", "}"], in: source))
        #expect(!Self.stands(["let a = 2"], in: source))
        #expect(!Self.stands(["a = 1"], in: source))
        #expect(!Self.stands(["if a > 0 {", "g()", "}"], in: source))
        #expect(!Self.stands([], in: source))
    }

    @Test func `the examples fit on a page`() throws {
        for (name, most) in [("EchoGateway", 20), ("TerminalChat", 60), ("LineChat", 60)] {
            let lines =
                try Self.text("Examples/\(name)/\(name).swift")
                .split(separator: "\n", omittingEmptySubsequences: false).count - 1
            #expect(lines <= most, "\(name)")
        }
        for name in ["hook", "lines"] {
            let source = try Self.text("Examples/python/\(name).py")
            #expect(
                source.split(separator: "\n", omittingEmptySubsequences: false).count - 1 <= 60)
        }
    }
}
