import Foundation
import Testing

/// Inputs that the fuzzer found (Tests/fuzz.sh), tried for ever.
@Suite struct TextRegressionTests {
    static let folder = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "Fuzz/Regressions")

    static func inputs(of target: String) -> [String] {
        let path = self.folder.appending(path: target).path(percentEncoded: false)
        return ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted()
    }

    static func bytes(_ target: String, _ name: String) throws -> [UInt8] {
        Array(try Data(contentsOf: self.folder.appending(path: "\(target)/\(name)")))
    }

    @Test(arguments: TextRegressionTests.inputs(of: "visitor-text"))
    func `what once broke visitors' texts breaks them no more`(name: String) throws {
        #expect(VisitorTextProperty.violation(of: try Self.bytes("visitor-text", name)) == nil)
    }

    @Test(arguments: TextRegressionTests.inputs(of: "operator-text"))
    func `what once broke Discord's events breaks them no more`(name: String) throws {
        #expect(OperatorTextProperty.violation(of: try Self.bytes("operator-text", name)) == nil)
    }
}
