import Foundation
import Testing

/// Inputs that the fuzzer found (Tests/fuzz.sh), tried for ever.
@Suite struct WebSocketRegressionTests {
    static let folder = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "Fuzz/Regressions")

    static func inputs(of target: String) -> [String] {
        let path = self.folder.appending(path: target).path(percentEncoded: false)
        return ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted()
    }

    static func bytes(_ target: String, _ name: String) throws -> [UInt8] {
        Array(try Data(contentsOf: self.folder.appending(path: "\(target)/\(name)")))
    }

    @Test(arguments: WebSocketRegressionTests.inputs(of: "websocket"))
    func `what once broke WebSocket streams breaks them no more`(name: String) throws {
        #expect(WebSocketProperty.violation(of: try Self.bytes("websocket", name)) == nil)
    }
}
