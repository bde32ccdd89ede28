import Logging
import Protocol
import Synchronization

/// What a worker and its clients share: the connection, and the order of what is handed in.
final class WorkerCore: Sendable {
    /// Something to do for a conversation when its turn comes.
    private struct Job: Sendable {
        var run: @Sendable (BrokerClient) async -> Void
        var fail: @Sendable (GatewayError) -> Void
    }

    /// Who writes, unless somebody else is named.
    let author: Author
    let broker: BrokerClient
    let logger: Logger
    private let outbox = Mutex(Outbox<Job>())
    private let lastNumber = Atomic(0)
    private let starts: AsyncStream<ConversationID>
    private let starter: AsyncStream<ConversationID>.Continuation

    init(_ broker: BrokerClient, author: Author, logger: Logger) {
        self.broker = broker
        self.author = author
        self.logger = logger
        // At most as many as jobs: a conversation is here once, when its lane begins.
        (self.starts, self.starter) = AsyncStream.makeStream(of: ConversationID.self)
    }

    /// Asks the broker when everything that was handed in before for that conversation is done, and
    /// repeats it while the broker refuses it with *retry*.
    func inOrder<Request: WireRequest>(
        _ request: Request, in conversation: ConversationID
    ) async throws(GatewayError) -> Request.Answer {
        let reply = Reply<Result<Request.Answer, GatewayError>>()
        let number = self.handIn(request, in: conversation) { reply.give($0) }
        let result = await reply.wait { .failure(.cancelled) }
        if case .failure(.cancelled) = result {
            self.outbox.withLock { $0.remove(number: number, of: conversation) }
        }
        return try result.get()
    }

    /// The same without waiting: `done` is called once.
    @discardableResult
    func handIn<Request: WireRequest>(
        _ request: Request, in conversation: ConversationID,
        done: @escaping @Sendable (Result<Request.Answer, GatewayError>) -> Void
    ) -> Int {
        let number = self.lastNumber.add(1, ordering: .relaxed).newValue
        let job = Job(
            run: { broker in
                do throws(GatewayError) {
                    done(.success(try await broker.persist(request)))
                } catch {
                    done(.failure(error))
                }
            },
            fail: { done(.failure($0)) })
        switch self.outbox.withLock({ $0.add(job, number: number, to: conversation) }) {
        case .start: self.starter.yield(conversation)
        case .waits: break
        case .full: done(.failure(.overloaded))
        case .ended: done(.failure(.stopped))
        }
        return number
    }

    /// Does what is handed in, conversations in parallel, until the worker ends.
    func work() async {
        await withDiscardingTaskGroup { group in
            for await conversation in self.starts {
                group.addTask {
                    while let job = self.outbox.withLock({ $0.next(of: conversation) }) {
                        await job.run(self.broker)
                    }
                }
            }
        }
    }

    /// The worker ends: what waits fails.
    func end() {
        for job in self.outbox.withLock({ $0.end() }) { job.fail(.stopped) }
        self.starter.finish()
    }
}
