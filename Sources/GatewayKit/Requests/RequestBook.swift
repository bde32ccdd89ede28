import NIOCore
import Protocol

/// Carries out what ``PendingRequests`` decides: writes requests, and hands each answer to whoever
/// waits for it. It lives on the receive loop.
final class RequestBook {
    /// Takes an answer, on the receive loop.
    typealias Completion = (Result<GatewaySession.Answer, GatewayError>) -> Void

    private struct Waiter {
        var ticket: RequestTicket?
        var complete: Completion
    }

    private let writer: FrameWriter
    private var pending = PendingRequests()
    private var waiters: [Int64: Waiter] = [:]
    private var numbers: [ObjectIdentifier: Int64] = [:]
    private var end: GatewayError?

    init(writer: FrameWriter) { self.writer = writer }

    /// Makes a request; `complete` is called once, on the receive loop.
    func submit(
        _ patience: PendingRequests.Patience, ticket: RequestTicket? = nil,
        _ frame: (Int64) -> ByteBuffer, _ complete: @escaping Completion
    ) {
        if let end = self.end { return complete(.failure(end)) }
        if let ticket, ticket.isCancelled { return complete(.failure(.cancelled)) }
        switch self.pending.submitted(patience, frame) {
        case .rejected(let error): complete(.failure(error))
        case .accepted(let number, let frames):
            self.waiters[number] = Waiter(ticket: ticket, complete: complete)
            if let ticket { self.numbers[ObjectIdentifier(ticket)] = number }
            self.writer.write(frames)
        }
    }

    /// The task that waited for a request was cancelled.
    func abandon(_ ticket: RequestTicket) {
        guard let number = self.numbers[ObjectIdentifier(ticket)] else { return }
        self.pending.abandoned(number)
        self.complete(number, .failure(.cancelled))
    }

    /// The broker welcomed us: what has no answer is written again, then what waited.
    func connected(isSameEpoch: Bool) {
        let (frames, dropped) = self.pending.connected(isSameEpoch: isSameEpoch)
        for number in dropped { self.complete(number, .failure(.epochChanged)) }
        self.writer.write(frames)
    }

    /// The answer to a request came.
    func answered(_ number: Int64, _ answer: GatewaySession.Answer) {
        let (isAwaited, frames) = self.pending.answered(number)
        self.writer.write(frames)
        if isAwaited { self.complete(number, .success(answer)) }
    }

    /// The connection is lost: those who don't wait for another are told.
    func disconnected() {
        for number in self.pending.disconnected() {
            self.complete(number, .failure(.disconnected))
        }
    }

    /// The client ends: those who wait are told, in the order of their requests.
    func ended(_ error: GatewayError) {
        self.end = error
        for number in self.waiters.keys.sorted() { self.complete(number, .failure(error)) }
    }

    private func complete(_ number: Int64, _ result: Result<GatewaySession.Answer, GatewayError>) {
        guard let waiter = self.waiters.removeValue(forKey: number) else { return }
        if let ticket = waiter.ticket { self.numbers[ObjectIdentifier(ticket)] = nil }
        waiter.complete(result)
    }
}
