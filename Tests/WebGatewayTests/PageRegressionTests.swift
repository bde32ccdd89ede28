import RegressionInputs
import Testing

/// Inputs of the fuzzer (Tests/fuzz.sh), tried for ever.
@Suite struct PageRegressionTests {
    @Test(arguments: try RegressionInput.all(of: "page"))
    func `what once broke pages' frames breaks them no more`(input: RegressionInput) {
        #expect(PageProperty.violation(of: input.bytes) == nil)
    }
}
