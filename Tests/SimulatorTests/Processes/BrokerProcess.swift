#if os(Linux)
    import GRDB
    import NIOCore
    import NIOEmbedded
    import ProcessShell

    @testable import Broker

    /// The broker: the real store, core and connection handlers, over simulated disk and network.
    final class BrokerProcess: @unchecked Sendable {
        /// When a process dies.
        enum Death {
            case now
            /// At the disk's next sync of the log, before it or after it: with or without COMMIT.
            case atSync(isAfter: Bool)
            /// When it has said so many things more.
            case afterFrames(Int)
        }

        private let world: World
        private let canary: Canary?
        let files: Files
        let boxes: Boxes
        private(set) var life = 0
        private(set) var isUp = false
        private var store: Store?
        private var core: Core?
        private var reads: ReadPool?
        private var loop: DiskLoop?
        private(set) var wires: [Wire] = []
        private var lastConnection: UInt64 = 0
        private var framesLeft: Int?
        /// Sees the database as it is each time the broker stopped.
        var onStop: (String) -> Void = { _ in }
        /// How often the disk or the process failed.
        private(set) var deaths = 0

        init(_ world: World, template: String, canary: Canary?) {
            self.world = world
            self.canary = canary
            self.files = Files()
            guard let boxes = Boxes("main=web,discord") else { fatalError("These are boxes.") }
            self.boxes = boxes
            world.disk.keepsBack = canary == .acknowledgeBeforeCommit
            self.files.make(0)
            Files.copy(template, to: self.files.database(0))
        }

        /// The database's file.
        var path: String { self.files.database(self.life) }

        /// Starts it; it fails only as the disk does, and is tried again then.
        func start() {
            guard !self.isUp else { return }
            do {
                let store = try Store(path: self.path, boxes: self.boxes, now: self.world.wallTime)
                try self.canary?.weaken(store)
                let loop = DiskLoop(self.world)
                let logger = TraceLog.logger("broker", self.world)
                let life = self.life
                let core = try Core(
                    store: store, boxes: self.boxes, loop: loop, logger: logger
                ) { [weak self] failure in
                    self?.world.after(0) { self?.fail(failure.sentence, life) }
                }
                self.reads = ReadPool(
                    store: store, boxes: self.boxes, logger: logger, place: .callersThread)
                (self.store, self.core, self.loop) = (store, core, loop)
                self.isUp = true
                self.world.note("broker started, life \(self.life)")
            } catch {
                self.world.note("broker can't start: \(error)")
                self.world.after(500) { self.start() }
            }
        }

        /// A gateway connects.
        func accept(_ wire: Wire) throws {
            guard self.isUp, let core = self.core, let reads = self.reads else {
                throw ChannelError.connectPending
            }
            self.lastConnection += 1
            let life = self.life
            let handler = GatewayConnectionHandler(
                id: ConnectionID(number: self.lastConnection), core: core, reads: reads,
                allowed: AllowedUIDs(only: 0), logger: TraceLog.logger("broker", self.world),
                isToldOf: { _ in false })
            try wire.far.pipeline.syncOperations.addHandler(handler)
            wire.mayWrite = { [weak self] isBrokers in
                guard isBrokers, let self else { return true }
                return self.mayWrite(life)
            }
            self.wires.removeAll { !$0.isOpen }
            self.wires.append(wire)
        }

        private func mayWrite(_ life: Int) -> Bool {
            guard self.isUp, life == self.life else { return false }
            guard let left = self.framesLeft else { return true }
            self.framesLeft = left - 1
            if left <= 1 { self.kill(.now) }
            return left > 0
        }

        // MARK: Its end

        /// The process is killed.
        func kill(_ death: Death) {
            guard self.isUp else { return }
            switch death {
            case .now: self.die(hasPower: true)
            case .afterFrames(let count): self.framesLeft = count
            case .atSync(let isAfter):
                self.world.disk.onSync = { [weak self] path in
                    guard path.hasSuffix("-wal") else { return true }
                    self?.world.disk.onSync = nil
                    // After the sync the transaction is durable, and nobody has been told.
                    self?.die(hasPower: true)
                    return isAfter
                }
            }
        }

        /// It ended by itself, and its supervisor starts it again.
        private func fail(_ sentence: String, _ life: Int) {
            guard self.isUp, life == self.life else { return }
            self.world.note("the broker ends: \(sentence)")
            self.die(hasPower: true)
            self.world.after(1_000) { self.start() }
        }

        /// Nothing that was planned for it happens any more.
        func disarm() {
            self.framesLeft = nil
            self.world.disk.onSync = nil
        }

        /// The power is cut: what was not synced is gone.
        func cutPower() {
            guard self.isUp else { return }
            self.die(hasPower: false)
        }

        private func die(hasPower: Bool) {
            self.isUp = false
            self.deaths += 1
            self.framesLeft = nil
            self.world.disk.onSync = nil
            let old = self.path
            self.life += 1
            self.files.make(self.life)
            Files.copyDatabase(old, to: self.path)
            let copies = [old: self.path, old + "-wal": self.path + "-wal"]
            if !hasPower {
                self.world.disk.cutPower(copies, &self.world.chance)
            } else if self.canary == .acknowledgeBeforeCommit {
                self.world.disk.takeBack(copies, &self.world.chance)
            }
            self.world.disk.forget()
            self.world.note("broker died, power \(hasPower)")
            self.loop?.die()
            let (store, last, wires) = (self.store, self.life - 1, self.wires)
            (self.store, self.core, self.reads, self.loop, self.wires) = (nil, nil, nil, nil, [])
            // The rest is what the kernel does; it may come in the middle of a transaction.
            self.world.after(0) {
                for wire in wires { wire.abandon(isBrokers: true) }
                try? store?.writer.close()
                self.files.remove(last)
                self.world.disk.forget()
                self.onStop(self.path)
            }
        }

        /// Whether nothing waits for Discord, and all that operators did is stored.
        func isSettled(with written: [Record.Written]) -> Bool {
            guard let store = self.store else { return false }
            let settled = try? store.writer.read { db in
                let waiting = try Int64.fetchOne(
                    db,
                    sql: """
                        SELECT count(*) FROM side JOIN service ON service.id = side.service
                        WHERE handled < wanted AND name = 'discord'
                        """)
                guard waiting == 0 else { return false }
                for message in written {
                    let texts = try String.fetchAll(
                        db,
                        sql: """
                            SELECT body FROM event WHERE key = ?1 OR (conversation, target) IN
                                (SELECT conversation, seq FROM event WHERE key = ?1)
                            """, arguments: ["\(message.message)"])
                    let isGone = message.isNote || message.isDeleted
                    let isDone =
                        isGone
                        ? texts.allSatisfy(\.isEmpty) : texts.contains(message.bodies.last ?? "")
                    guard isDone else { return false }
                }
                return true
            }
            return settled ?? false
        }

        /// How many events the conversation of each visitor has, by public id.
        var heads: [String: Int64] {
            let rows = try? self.store?.writer.read { db in
                try Row.fetchAll(
                    db,
                    sql: """
                        SELECT CAST(peer AS TEXT) AS peer, head FROM side
                        JOIN service ON service.id = side.service
                        JOIN conversation ON conversation.id = side.conversation
                        WHERE name = 'web'
                        """
                ).map { ($0["peer"] as String, $0["head"] as Int64) }
            }
            return Dictionary(rows ?? [], uniquingKeysWith: { $1 })
        }

        /// Ends the simulation: the database is closed as at a shutdown.
        func finish() {
            for wire in self.wires { wire.abandon(isBrokers: true) }
            self.loop?.die()
            self.isUp = false
            try? self.store?.close()
            (self.store, self.core, self.reads) = (nil, nil, nil)
        }
    }
#endif
