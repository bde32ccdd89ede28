#if os(Linux)
    import GatewayKit
    import Protocol
    @_spi(TestKit) import ServiceLifecycle

    @testable import DiscordGateway

    /// `chatbox-discord` behind its REST client and its WebSocket: the real service with all that
    /// it does side by side, over the real client of the broker.
    final class DiscordProcess: @unchecked Sendable {
        /// Its process.
        let life: ProcessLife
        private let serviceEnd = GracefulShutdownManager()
        private let linkEnd = GracefulShutdownManager()

        /// A process; `ended` hears when it ends by itself, which its supervisor answers.
        init(
            _ world: World, _ broker: BrokerProcess, _ discord: DiscordModel, _ canary: Canary?,
            ended: @escaping @Sendable (String) -> Void
        ) {
            let life = ProcessLife(world, broker)
            self.life = life
            let logger = TraceLog.logger("discord", world)
            let advice = Advice(logger: logger)
            let client = life.makeClient(
                GatewayIdentity(
                    box: Names.box, service: Names.discord, mode: .consumer, peerKind: .integer,
                    agent: "discord"))
            let settings = DiscordSettings(
                socketPath: "/simulated", box: Names.box, token: "t",
                channel: Snowflake(DiscordModel.forum), apiURL: "http://simulated",
                notePrefix: "//", settle: .seconds(10))
            let epochs = EpochWatch()
            let service = DiscordService(
                settings: settings, api: DiscordDoor(discord, life, canary),
                box: BrokerConnection(client: client),
                epochs: epochs, advice: advice, logger: logger, dial: discord.gateway.dial(life))
            service.listen(to: client)
            if canary == .cursorBeforeEffect {
                client.onDelivery { delivery in
                    life.run { _ = await service.deliver(delivery) }
                    return .handled()
                }
            }
            let (serviceEnd, linkEnd) = (self.serviceEnd, self.linkEnd)
            life.run {
                let reason = await withTaskGroup(of: String.self) { group in
                    group.addTask {
                        await TaskLocals.$gracefulShutdownManager.withValue(linkEnd) {
                            await Self.ending { try await BrokerLink(client: client).run() }
                        }
                    }
                    group.addTask {
                        await TaskLocals.$gracefulShutdownManager.withValue(serviceEnd) {
                            await Self.ending { try await service.run() }
                        }
                    }
                    let first = await group.next() ?? ""
                    if life.isStopping {
                        // As the service group has it: the last service ends first, then this one.
                        linkEnd.shutdownGracefully()
                        _ = await group.next()
                    }
                    group.cancelAll()
                    return first
                }
                if life.isAlive { ended(reason) }
            }
        }

        /// SIGTERM: the service ends, and then the connection to the broker.
        func stop() {
            guard !self.life.isStopping else { return }
            self.life.isStopping = true
            self.serviceEnd.shutdownGracefully()
        }

        private static func ending(_ body: () async throws -> Void) async -> String {
            do {
                try await body()
                return "ended"
            } catch {
                return "\(error)"
            }
        }

        /// The process is killed.
        func kill() { self.life.kill() }
    }
#endif
