#if os(Linux)
    import NIOCore
    import NIOEmbedded
    import Protocol

    @testable import GatewayKit

    /// One life of a gateway's process: its connections to the broker, and its tasks.
    final class ProcessLife: @unchecked Sendable {
        private let world: World
        private let broker: BrokerProcess
        /// Whether anything that it does leaves it.
        private(set) var isAlive = true
        /// Whether it was asked to end.
        var isStopping = false
        private var tasks: [Task<Void, Never>] = []
        private var ends: [() -> Void] = []
        private(set) var wires: [Wire] = []

        init(_ world: World, _ broker: BrokerProcess) {
            self.world = world
            self.broker = broker
        }

        /// A client of the broker in this process.
        func makeClient(_ identity: GatewayIdentity) -> BrokerClient {
            var configuration = BrokerClientConfiguration(
                socketPath: "/simulated", identity: identity)
            // As the processes configure theirs.
            configuration.endsWithEpoch = identity.mode == .consumer
            return BrokerClient(
                configuration, loop: self.world.loop, logger: TraceLog.logger("client", self.world)
            ) { _, prepare in
                try await ContinuousClock().sleep(for: .milliseconds(1))
                return try self.connect(prepare)
            }
        }

        private func connect(
            _ prepare: (any Channel) -> EventLoopFuture<Void>
        ) throws -> any Channel {
            guard self.isAlive else { throw CancellationError() }
            let wire = Wire(self.world)
            try self.broker.accept(wire)
            let mayWrite = wire.mayWrite
            wire.mayWrite = { [weak self] isBrokers in
                isBrokers ? mayWrite(true) : self?.isAlive ?? false
            }
            _ = prepare(wire.near)
            self.wires.removeAll { !$0.isOpen }
            self.wires.append(wire)
            try wire.open()
            return wire.near
        }

        /// Runs something until it ends or the process does.
        func run(_ body: @escaping @Sendable () async -> Void) {
            self.tasks.append(Task(executorPreference: self.world.executor) { await body() })
        }

        /// The process winds down for too long: its tasks are cancelled.
        func cancel() { for task in self.tasks { task.cancel() } }

        /// Has something happen when the process ends.
        func onKill(_ body: @escaping () -> Void) { self.ends.append(body) }

        /// The process is killed: what it had sent is on its way, and nothing more of it is heard.
        ///
        /// Its tasks are cancelled so that their memory is freed; whatever they still do stays
        /// inside.
        func kill() {
            guard self.isAlive else { return }
            self.isAlive = false
            for wire in self.wires { wire.abandon(isBrokers: false) }
            for end in self.ends { end() }
            for task in self.tasks { task.cancel() }
            (self.tasks, self.ends) = ([], [])
        }
    }
#endif
