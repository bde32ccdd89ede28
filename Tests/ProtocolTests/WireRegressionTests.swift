import Foundation
import Testing

/// Inputs that the fuzzer found (Tests/fuzz.sh), tried for ever.
@Suite struct WireRegressionTests {
    static let folder = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "Fuzz/Regressions")

    static func inputs(of target: String) -> [String] {
        let path = self.folder.appending(path: target).path(percentEncoded: false)
        return ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted()
    }

    static func bytes(_ target: String, _ name: String) throws -> [UInt8] {
        Array(try Data(contentsOf: self.folder.appending(path: "\(target)/\(name)")))
    }

    @Test(arguments: WireRegressionTests.inputs(of: "frames"))
    func `what once broke streams of frames breaks them no more`(name: String) throws {
        #expect(FrameProperty.violation(of: try Self.bytes("frames", name)) == nil)
    }

    @Test(arguments: WireRegressionTests.inputs(of: "messages"))
    func `what once broke bodies of frames breaks them no more`(name: String) throws {
        #expect(MessageProperty.violation(of: try Self.bytes("messages", name)) == nil)
    }
}
