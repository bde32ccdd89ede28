import Foundation
import Testing

/// Inputs that the fuzzer found (Tests/fuzz.sh), tried for ever.
@Suite struct JSONRegressionTests {
    static let folder = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "Fuzz/Regressions")

    static func inputs(of target: String) -> [String] {
        let path = self.folder.appending(path: target).path(percentEncoded: false)
        return ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted()
    }

    static func bytes(_ target: String, _ name: String) throws -> [UInt8] {
        Array(try Data(contentsOf: self.folder.appending(path: "\(target)/\(name)")))
    }

    @Test(arguments: JSONRegressionTests.inputs(of: "json"))
    func `what once broke JSON breaks them no more`(name: String) throws {
        #expect(JSONProperty.violation(of: try Self.bytes("json", name)) == nil)
    }
}
