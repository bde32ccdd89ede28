import RegressionInputs
import Testing

/// Inputs of the fuzzer (Tests/fuzz.sh), tried for ever.
@Suite struct JSONRegressionTests {
    @Test(arguments: try RegressionInput.all(of: "json"))
    func `what once broke JSON breaks it no more`(input: RegressionInput) {
        #expect(JSONProperty.violation(of: input.bytes) == nil)
    }

    @Test
    func `a target for which nothing is kept is an error that says so`() {
        let missing = #expect(throws: MissingInputs.self) {
            try RegressionInput.all(of: "nothing-at-all")
        }
        #expect(missing?.description.contains("Tests/Fuzz/Regressions/nothing-at-all") == true)
    }
}
