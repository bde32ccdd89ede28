import Protocol
import Testing

@testable import GatewayKit

@Suite struct ReconnectionTests {
    var reconnection = Reconnection(
        backoff: Backoff(first: .seconds(1), longest: .seconds(4)),
        fencedBackoff: Backoff(first: .seconds(60), longest: .seconds(600)))
    var generator = FixedGenerator(value: .max)

    mutating func wait(
        _ ending: GatewaySession.Ending, stood: Duration?
    ) throws -> Double {
        let decision = self.reconnection.ended(ending, stood: stood, using: &self.generator)
        guard case .wait(let duration) = decision else {
            throw GatewayError.answerInvalid("\(decision)")
        }
        return (duration / .seconds(1)).rounded()
    }

    @Test mutating func `tries come further apart until one is welcomed`() throws {
        #expect(try self.wait(.lost, stood: nil) == 1)
        #expect(try self.wait(.silent, stood: nil) == 2)
        #expect(try self.wait(.broken("x"), stood: nil) == 4)
        #expect(try self.wait(.lost, stood: nil) == 4)
        #expect(try self.wait(.lost, stood: .seconds(1)) == 1)
    }

    @Test mutating func `a fenced process stays away longer each time`() throws {
        let fenced = GatewaySession.Ending.goodbye(Goodbye(.fenced, "Another took over."))
        #expect(try self.wait(fenced, stood: .seconds(1)) == 60)
        #expect(try self.wait(fenced, stood: .seconds(1)) == 120)
        #expect(try self.wait(fenced, stood: .seconds(239)) == 240)
        #expect(try self.wait(fenced, stood: .seconds(480)) == 60)
    }

    @Test mutating func `no jitter shortens the time that a fenced process stays away`() throws {
        self.generator = FixedGenerator(value: 0)
        let fenced = GatewaySession.Ending.goodbye(Goodbye(.fenced, "Another took over."))
        #expect(try self.wait(fenced, stood: .seconds(1)) == 60)
        for expected in [120.0, 240, 480, 600, 600] {
            #expect(try self.wait(fenced, stood: .zero) == expected)
        }
    }

    @Test(arguments: [true, false])
    mutating func `a goodbye says whether to come back`(reconnect: Bool) {
        let goodbye = Goodbye(.unknownService, "No such service.", reconnect: reconnect)
        let decision = self.reconnection.ended(
            .goodbye(goodbye), stood: nil, using: &self.generator)
        if reconnect {
            guard case .wait = decision else {
                Issue.record("It must come back.")
                return
            }
        } else {
            #expect(decision == .stop(.goodbye(goodbye)))
        }
    }
}
