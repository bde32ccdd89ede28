import RegressionInputs
import Testing

/// Inputs of the fuzzer (Tests/fuzz.sh), tried for ever.
@Suite struct WebSocketRegressionTests {
    @Test(arguments: try RegressionInput.all(of: "websocket"))
    func `what once broke WebSocket streams breaks them no more`(input: RegressionInput) {
        #expect(WebSocketProperty.violation(of: input.bytes) == nil)
    }
}
