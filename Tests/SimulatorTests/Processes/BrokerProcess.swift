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

        let world: World
        let canary: Canary?
        let files: Files
        let boxes: Boxes
        private(set) var life = 0
        private(set) var isUp = false
        /// Whether it was asked to end, and takes nobody new.
        private(set) var isStopping = false
        /// Whether somebody works at its files, so that it isn't started.
        var isHeld = false
        private(set) var store: Store?
        private var core: Core?
        private var reads: ReadPool?
        private var loop: DiskLoop?
        private(set) var wires: [Wire] = []
        private var taps: [WireTap] = []
        private var lastConnection: UInt64 = 0
        private var framesLeft: Int?
        let record: Record
        let discord: DiscordModel
        private var cursors = CursorWatch()
        private var lookedAt = 0
        /// How often the disk or the process failed.
        private(set) var deaths = 0

        init(
            _ world: World, template: String, canary: Canary?, record: Record,
            _ discord: DiscordModel
        ) {
            self.world = world
            self.canary = canary
            self.record = record
            self.discord = discord
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
            guard !self.isUp, !self.isHeld else { return }
            do {
                let store = try Store(path: self.path, boxes: self.boxes, now: self.world.wallTime)
                try self.canary?.weaken(store)
                let loop = DiskLoop(self.world) { [weak self] in self?.look() }
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
                self.world.follow(core, "the broker's core")
                self.isUp = true
                self.isStopping = false
                self.taps = []
                self.world.note("broker started, life \(self.life)")
            } catch {
                self.world.note("broker can't start: \(error)")
                self.world.after(500) { self.start() }
            }
        }

        /// A gateway connects.
        func accept(_ wire: Wire) throws {
            guard self.isUp, !self.isStopping, let core = self.core, let reads = self.reads else {
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
            self.tap(wire)
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

        // MARK: What is seen of it

        /// Hears what it says, and what is said to it.
        private func tap(_ wire: Wire) {
            let tap = WireTap()
            wire.onWrite = { [weak self, weak tap] isBrokers, bytes in
                guard let self, let tap else { return }
                guard let broken = tap.wrote(bytes, isBrokers: isBrokers, among: self.taps)
                else { return }
                self.record.breaks("I6 cursor", broken)
            }
            tap.wire = wire
            self.taps.append(tap)
        }

        /// Looks at the cursors, if something was committed since the last look.
        private func look() {
            guard self.isUp, self.world.disk.commits != self.lookedAt, let store = self.store
            else { return }
            self.lookedAt = self.world.disk.commits
            if self.world.disk.logBytes > Bounds.logBytes {
                self.record.breaks(
                    "I7 bounds", "SQLite's log has \(self.world.disk.logBytes) bytes")
            }
            do {
                try store.writer.unsafeRead { db in
                    let (steps, broken) = self.cursors.saw(try Cursor.all(db))
                    for sentence in broken { self.record.breaks("I6 cursor", sentence) }
                    // Readers have no cursor: whoever acknowledges is Discord's.
                    for step in steps {
                        for text in try step.missing(db, in: self.discord.everWritten) {
                            self.record.breaks(
                                "I6 cursor",
                                "\"\(text)\" was acknowledged, and never stood in Discord")
                        }
                    }
                }
            } catch {
                self.record.breaks("I10 database", "it can't be read: \(error)")
            }
        }

        /// Another database is in its place: nothing that was seen holds for it.
        func forget() { self.cursors = CursorWatch() }

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
            let copies = Dictionary(
                uniqueKeysWithValues: ["", "-wal", "-journal"].map { (old + $0, self.path + $0) })
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
            }
        }

        // MARK: Its end, asked for

        /// SIGTERM: it answers what waits, tells everybody, and closes the file, within so many
        /// milliseconds.
        func stop(within time: Int64) {
            guard self.isUp, !self.isStopping, let core = self.core else { return }
            self.isStopping = true
            let life = self.life
            Task(executorPreference: self.world.executor) {
                // What `BrokerServer` does at its end.
                if self.canary != .rudeEnd { try? await core.shutDown() }
                self.stopped(life)
            }
            self.world.after(time) {
                guard self.isUp, life == self.life else { return }
                self.record.breaks(
                    "I8 recovery", "the broker has not ended \(time / 1_000) s after SIGTERM")
                self.die(hasPower: true)
            }
        }

        private func stopped(_ life: Int) {
            guard self.isUp, life == self.life, let store = self.store else { return }
            for tap in self.taps where tap.isWelcomed && !tap.hasHeardGoodbye {
                guard tap.wire?.isOpenAtBroker ?? false else { continue }
                self.record.breaks(
                    "I9 truth", "the broker ended after SIGTERM without a goodbye to a gateway")
            }
            let isWhole = self.world.disk.fault == nil
            self.look()
            for wire in self.wires { wire.abandon(isBrokers: true) }
            do { try store.close() } catch {
                if isWhole { self.record.breaks("I10 database", "it can't be closed: \(error)") }
            }
            // It may have been killed while it closed the file.
            guard self.isUp, life == self.life else { return }
            self.isUp = false
            self.framesLeft = nil
            self.world.disk.onSync = nil
            self.world.note("broker ended after SIGTERM")
            let old = self.path
            self.life += 1
            self.files.make(self.life)
            if isWhole, Files.size(old + "-wal") > 0 {
                self.record.breaks(
                    "I10 database", "the broker left its log (-wal) behind when it was asked to end"
                )
            }
            // The file alone is the database then, as whoever copies it expects.
            Files.copyDatabase(old, to: self.path, withLog: !isWhole)
            self.files.remove(self.life - 1)
            self.world.disk.forget()
            self.loop?.die()
            (self.store, self.core, self.reads, self.loop, self.wires) = (nil, nil, nil, nil, [])
        }

        /// Ends the simulation: the database is closed as at a shutdown.
        func finish() {
            for wire in self.wires { wire.abandon(isBrokers: true) }
            self.loop?.die()
            self.isUp = false
            self.isHeld = true
            try? self.store?.close()
            (self.store, self.core, self.reads) = (nil, nil, nil)
        }
    }
#endif
