import NIOCore
import Protocol
import Testing

@testable import GatewayKit

@Suite struct PendingRequestsTests {
    var pending = PendingRequests()

    /// Submits a request whose frame is its number, and answers the number and what is written.
    mutating func submit(
        _ patience: PendingRequests.Patience = .untilAnswered
    ) throws -> (number: Int64, written: [Int64]) {
        switch self.pending.submitted(patience, { ByteBuffer(integer: $0) }) {
        case .accepted(let number, let frames): (number, numbers(frames))
        case .rejected(let error): throw error
        }
    }

    func numbers(_ frames: [ByteBuffer]) -> [Int64] {
        frames.compactMap { $0.getInteger(at: $0.readerIndex) }
    }

    mutating func connect(isSameEpoch: Bool = true) -> (write: [Int64], dropped: [Int64]) {
        let (frames, dropped) = self.pending.connected(isSameEpoch: isSameEpoch)
        return (self.numbers(frames), dropped)
    }

    @Test mutating func `requests wait for a connection and leave in order`() throws {
        #expect(try self.submit() == (1, []))
        #expect(try self.submit() == (2, []))
        #expect(self.connect().write == [1, 2])
        #expect(try self.submit() == (3, [3]))
    }

    @Test mutating func `what has no answer is repeated in order before anything new`() throws {
        _ = self.connect()
        for _ in 1...3 { _ = try self.submit() }
        _ = self.pending.answered(2)
        #expect(self.pending.disconnected().isEmpty)
        _ = try self.submit()
        #expect(self.connect().write == [1, 3, 4])
    }

    @Test mutating func `impatient requests fail with their connection`() throws {
        #expect(throws: GatewayError.disconnected) { try self.submit(.whileConnected) }
        _ = self.connect()
        _ = try self.submit(.whileConnected)
        _ = try self.submit()
        #expect(self.pending.disconnected() == [1])
        #expect(self.connect().write == [2])
    }

    @Test mutating func `what belongs to an epoch isn't said in another`() throws {
        _ = self.connect()
        _ = try self.submit(.withinEpoch)
        _ = try self.submit()
        _ = self.pending.disconnected()
        _ = try self.submit(.withinEpoch)
        #expect(self.connect(isSameEpoch: false) == ([2], [1, 3]))
    }

    @Test mutating func `an abandoned request keeps its place but isn't repeated`() throws {
        _ = try self.submit()
        self.pending.abandoned(1)
        #expect(self.connect().write == [])
        _ = try self.submit()
        self.pending.abandoned(2)
        #expect(self.pending.unansweredCount == 1)
        #expect(self.pending.answered(2).isAwaited == false)
        #expect(self.pending.unansweredCount == 0)
        _ = try self.submit()
        self.pending.abandoned(3)
        _ = self.pending.disconnected()
        #expect(self.connect().write == [])
    }

    @Test mutating func `no more are on their way than the broker takes`() throws {
        _ = self.connect()
        for number in 1...Int64(Limits.unansweredRequests) {
            #expect(try self.submit().written == [number])
        }
        #expect(try self.submit() == (129, []))
        let (isAwaited, frames) = self.pending.answered(5)
        #expect(isAwaited)
        #expect(self.numbers(frames) == [129])
        #expect(self.pending.answered(5).isAwaited == false)
    }

    @Test mutating func `a broker that stays away doesn't fill the memory`() throws {
        for _ in 0..<PendingRequests.waitingMax { _ = try self.submit() }
        #expect(throws: GatewayError.overloaded) { try self.submit() }
    }
}
