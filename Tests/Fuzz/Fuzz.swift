import Foundation

/// One of libFuzzer's runs: `fuzz TARGET …`, with libFuzzer's own options after the target's name.
///
/// What is tried is what the tests try with the inputs that were found: see Tests/fuzz.sh.
@main
enum Fuzz {
    /// The targets; each is the name of a folder under Tests/Fuzz/Regressions.
    static let targets: [String: @Sendable ([UInt8]) -> String?] = [
        "json": JSONProperty.violation,
        "frames": FrameProperty.violation,
        "messages": MessageProperty.violation,
        "websocket": WebSocketProperty.violation,
        "page": PageProperty.violation,
        "visitor-text": VisitorTextProperty.violation,
        "operator-text": OperatorTextProperty.violation,
    ]

    /// libFuzzer calls a function of C, which can't capture: the target is kept here, and written
    /// once before the run.
    nonisolated(unsafe) private static var target: @Sendable ([UInt8]) -> String? = { _ in nil }

    static func main() {
        var arguments = CommandLine.arguments
        guard arguments.count > 1, let target = self.targets[arguments[1]] else {
            print(self.targets.keys.sorted().joined(separator: "\n"))
            exit(arguments.count > 1 ? 64 : 0)
        }
        self.target = target
        arguments.remove(at: 1)
        var count = Int32(arguments.count)
        var values: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? =
            .allocate(capacity: arguments.count + 1)
        for (index, argument) in arguments.enumerated() { values?[index] = strdup(argument) }
        values?[arguments.count] = nil
        exit(runDriver(&count, &values, testOneInput))
    }

    /// Tries one input; a violation ends the process, by which libFuzzer knows it.
    static func attempt(_ input: [UInt8]) {
        if let violation = self.target(input) { fatalError(violation) }
    }
}

/// The name by which libFuzzer's runtime knows what to call.
@_cdecl("LLVMFuzzerTestOneInput")
func testOneInput(_ bytes: UnsafePointer<UInt8>?, _ size: Int) -> Int32 {
    Fuzz.attempt(Array(UnsafeBufferPointer(start: bytes, count: size)))
    return 0
}

/// libFuzzer's own entry, for programs with a main of their own.
@_silgen_name("LLVMFuzzerRunDriver")
private func runDriver(
    _ count: UnsafeMutablePointer<Int32>,
    _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?>,
    _ test: @convention(c) (UnsafePointer<UInt8>?, Int) -> Int32
) -> Int32
