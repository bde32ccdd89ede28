#if os(Linux)
    /// One run: people, faults, and then a time in which everything must come right.
    final class Simulation {
        /// What became of it.
        struct Outcome {
            var seed: UInt64
            var violations: [Violation]
            var digest: UInt64
            var steps: Int
            var events: Int
            var deaths: Int
            var seconds: Int64
            var trace: [String]
        }

        private let seed: UInt64
        private let world: World
        private let canary: Canary?
        private let record = Record()
        private let broker: BrokerProcess
        private var web: WebProcess?
        private var devices: [Device] = []
        private var tabs: [Tab] = []
        private var lastTab = 0
        private var lastWord = 0

        /// How long people do things and things break, in milliseconds.
        private static let lively: Int64 = 12_000
        /// In which everything must have come right after that, in milliseconds.
        private static let patience: Int64 = 180_000

        private init(seed: UInt64, canary: Canary?, template: String, _ world: World) {
            self.seed = seed
            self.canary = canary
            self.world = world
            self.broker = BrokerProcess(self.world, template: template, canary: canary)
        }

        /// Runs a seed on the simulation's thread.
        static func run(
            seed: UInt64, canary: Canary? = nil, template: String, isTraced: Bool = false
        ) -> Outcome {
            let world = World(seed: seed, isTraced: isTraced)
            return SimulatedThread.showing(world) {
                Simulation(seed: seed, canary: canary, template: template, world).run()
            }
        }

        private func run() -> Outcome {
            let world = self.world
            world.after(world.chance.among(0...300)) { self.broker.start() }
            world.after(world.chance.among(0...300)) { self.startWeb() }
            self.planPeople()
            self.planFaults()
            world.run(until: Self.lively)
            self.heal()
            let begun = world.now
            world.run(until: begun + Self.patience) { self.isAtRest }
            let isAtRest = self.isAtRest
            // A little more, so that what came to rest stays so.
            if isAtRest { world.run(until: world.now + 2_000) }
            let shown = self.tabs.filter(\.isOpen).map {
                (visitor: $0.visitor, transcript: $0.transcript)
            }
            self.finish()
            var violations: [Violation] = []
            do {
                let checker = Checker(
                    record: self.record,
                    visitors: Dictionary(
                        uniqueKeysWithValues: self.devices.map { ($0.id, $0.visitor) }),
                    shown: shown, stored: try Stored(path: self.broker.path),
                    discord: DiscordView(), wasRestored: false)
                violations = checker.violations()
                if !isAtRest {
                    violations.append(Violation(invariant: "I4 resolution", sentence: self.unrest))
                }
                let events = checker.stored.conversations.reduce(0) { $0 + $1.events.count }
                self.broker.files.removeAll(upTo: self.broker.life)
                return self.outcome(violations, events)
            } catch {
                violations = [Violation(invariant: "I10 database", sentence: "\(error)")]
                self.broker.files.removeAll(upTo: self.broker.life)
                return self.outcome(violations, 0)
            }
        }

        private func outcome(_ violations: [Violation], _ events: Int) -> Outcome {
            Outcome(
                seed: self.seed, violations: violations, digest: self.world.digest,
                steps: self.world.steps, events: events, deaths: self.broker.deaths,
                seconds: self.world.now / 1_000, trace: self.world.trace)
        }

        // MARK: Processes

        private func startWeb() {
            guard self.web?.life.isAlive != true else { return }
            self.world.note("web started")
            self.web = WebProcess(self.world, self.broker)
        }

        // MARK: People

        private func planPeople() {
            let count = 1 + self.world.chance.below(3)
            for number in 1...count {
                let device = Device(visitor: number, &self.world.chance)
                self.devices.append(device)
                self.world.after(self.world.chance.among(0...3_000)) { self.openTab(device) }
                for _ in 0..<(2 + self.world.chance.below(7)) {
                    self.world.after(self.world.chance.among(500...Self.lively - 500)) {
                        self.act(device)
                    }
                }
            }
        }

        private func openTab(_ device: Device) {
            self.lastTab += 1
            self.world.note("visitor \(device.visitor) opens tab \(self.lastTab)")
            self.tabs.append(
                Tab(
                    self.world, device, self.record, self.canary, number: self.lastTab,
                    server: { [weak self] in self?.web }))
        }

        private func act(_ device: Device) {
            let tabs = self.tabs.filter { $0.isOpen && $0.visitor == device.visitor }
            guard let tab = self.world.chance.pick(tabs) else { return self.openTab(device) }
            switch self.world.chance.below(100) {
            case ..<55: tab.write(self.words(of: device))
            case ..<70:
                self.change(device) { tab.edit($0.key, to: self.words(of: device), revision: $1) }
            case ..<78: self.change(device) { intent, _ in tab.delete(intent.key) }
            case ..<86:
                self.world.note("visitor \(device.visitor) reloads tab \(tab.number)")
                tab.close()
                self.openTab(device)
            case ..<92: self.openTab(device)
            case ..<96: if tabs.count > 1 { tab.close() }
            default:
                tab.isOnline = false
                tab.loseNetwork()
                self.world.after(self.world.chance.among(500...6_000)) { tab.isOnline = true }
            }
        }

        private func words(of device: Device) -> String {
            self.lastWord += 1
            return "visitor \(device.visitor) says \(self.lastWord)"
        }

        /// Changes one of the visitor's messages.
        private func change(_ device: Device, _ body: (Record.Intent, Int) -> Void) {
            let own = self.record.intents.values.filter {
                $0.visitor == device.visitor && $0.kind == .send && $0.state != .withdrawn
            }.sorted { $0.key < $1.key }
            guard let message = self.world.chance.pick(own) else { return }
            let isDeleted = self.record.intents.values.contains {
                $0.target == message.key && $0.kind == .delete
            }
            guard !isDeleted else { return }
            let edits = self.record.intents.values.filter {
                $0.target == message.key && $0.kind == .edit
            }
            body(message, edits.count + 1)
        }

        // MARK: Faults

        private func planFaults() {
            for _ in 0..<self.world.chance.below(8) {
                self.world.after(self.world.chance.among(500...Self.lively)) {
                    self.breakSomething()
                }
            }
        }

        private func breakSomething() {
            switch self.world.chance.below(100) {
            case ..<25: self.killBroker()
            case ..<40:
                self.world.note("power cut")
                self.broker.cutPower()
                self.killWeb()
                self.world.after(self.world.chance.among(200...3_000)) { self.broker.start() }
            case ..<58: self.killWeb()
            case ..<70:
                self.world.note("a wire is cut")
                self.world.chance.pick(self.broker.wires)?.cut()
            case ..<74:
                self.world.note("a wire falls silent")
                let direction = self.world.chance.pick([nil, 0, 1]) ?? nil
                self.world.chance.pick(self.broker.wires)?.fallSilent(direction)
            case ..<84: self.web?.anySocket()?.cut()
            case ..<87: self.web?.anySocket()?.fallSilent()
            case ..<95:
                self.world.note("the disk fails")
                self.world.disk.fault =
                    self.world.chance.happens(50)
                    ? .syncsFail(1 + self.world.chance.below(4))
                    : .full(1 + self.world.chance.below(12))
            default: self.world.wallOffset -= self.world.chance.among(0...3_600_000)
            }
        }

        private func killBroker() {
            self.world.note("the broker is killed")
            let deaths: [BrokerProcess.Death] = [
                .now, .now, .atSync(isAfter: false), .atSync(isAfter: true),
                .afterFrames(1 + self.world.chance.below(4)),
            ]
            self.broker.kill(self.world.chance.pick(deaths) ?? .now)
            self.world.after(self.world.chance.among(100...3_000)) {
                // If it lives still, it was not asked to write.
                self.broker.kill(.now)
                self.broker.start()
            }
        }

        private func killWeb() {
            self.world.note("web is killed")
            self.web?.kill()
            self.world.after(self.world.chance.among(100...2_000)) { self.startWeb() }
        }

        /// Everything works from now on, and everybody is there.
        private func heal() {
            self.world.note("all is well from here on")
            self.world.disk.fault = nil
            self.broker.disarm()
            self.broker.start()
            self.startWeb()
            for device in self.devices {
                let tabs = self.tabs.filter { $0.isOpen && $0.visitor == device.visitor }
                for tab in tabs { tab.isOnline = true }
                if tabs.isEmpty { self.openTab(device) }
            }
        }

        private var isAtRest: Bool { self.broker.isUp && self.tabs.allSatisfy(\.isAtRest) }

        private var unrest: String {
            "after \(Self.patience / 1_000) s something still waits: "
                + self.tabs.filter { !$0.isAtRest }.map { "tab \($0.number)" }.joined(
                    separator: ", ")
        }

        private func finish() {
            for tab in self.tabs { tab.close() }
            self.web?.kill()
            self.world.run(until: self.world.now + 1_000)
            self.broker.finish()
            self.world.run(until: self.world.now + 1_000)
            self.world.end()
        }
    }
#endif
