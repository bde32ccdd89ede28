import RegressionInputs
import Testing

/// Inputs of the fuzzer (Tests/fuzz.sh), tried for ever.
@Suite struct WireRegressionTests {
    @Test(arguments: try RegressionInput.all(of: "frames"))
    func `what once broke streams of frames breaks them no more`(input: RegressionInput) {
        #expect(FrameProperty.violation(of: input.bytes) == nil)
    }

    @Test(arguments: try RegressionInput.all(of: "messages"))
    func `what once broke bodies of frames breaks them no more`(input: RegressionInput) {
        #expect(MessageProperty.violation(of: input.bytes) == nil)
    }
}
