import RegressionInputs
import Testing

/// Inputs of the fuzzer (Tests/fuzz.sh), tried for ever.
@Suite struct TextRegressionTests {
    @Test(arguments: try RegressionInput.all(of: "visitor-text"))
    func `what once broke visitors' texts breaks them no more`(input: RegressionInput) {
        #expect(VisitorTextProperty.violation(of: input.bytes) == nil)
    }

    @Test(arguments: try RegressionInput.all(of: "operator-text"))
    func `what once broke Discord's events breaks them no more`(input: RegressionInput) {
        #expect(OperatorTextProperty.violation(of: input.bytes) == nil)
    }
}
