#if os(Linux)
    import StrictJSON

    /// One run: people, faults, and then a time in which everything must come right.
    final class Simulation: @unchecked Sendable {
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
        private let discord: DiscordModel
        private var web: WebProcess?
        private var gateways: [DiscordProcess] = []
        private var lastLook: (time: Int64, isAtRest: Bool) = (-1, false)
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
            self.discord = DiscordModel(self.world)
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
            world.after(world.chance.among(0...300)) { self.startGateway() }
            self.discord.trouble = world.chance.pick([0, 0, 3, 10, 25]) ?? 0
            self.planPeople()
            self.planOperators()
            self.planFaults()
            world.run(until: Self.lively)
            self.heal()
            let begun = world.now
            world.run(until: begun + Self.patience) { self.isAtRest }
            let isAtRest = self.isAtRest
            // A little more, so that what came to rest stays so.
            if isAtRest {
                world.run(until: world.now + 2_000)
                self.lastLook.time = -1
                world.run(until: world.now + 60_000) { self.isAtRest }
            }
            let unrest = self.unrest
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
                    discord: self.discord.view, wasRestored: false)
                violations = checker.violations()
                if !isAtRest {
                    violations.append(Violation(invariant: "I4 resolution", sentence: unrest))
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

        private func startGateway() {
            guard !self.gateways.contains(where: \.life.isAlive) else { return }
            self.addGateway()
        }

        private func addGateway() {
            self.world.note("discord gateway started")
            let number = self.gateways.count
            self.gateways.append(
                DiscordProcess(self.world, self.broker, self.discord, self.canary) { reason in
                    self.world.note("discord gateway \(number) ended: \(reason)")
                    self.gateways[number].kill()
                    self.world.after(1_000) { self.startGateway() }
                })
        }

        private func killGateway() {
            self.world.note("discord gateway is killed")
            let alive = self.gateways.filter(\.life.isAlive)
            self.world.chance.pick(alive)?.kill()
            self.world.after(self.world.chance.among(100...3_000)) { self.startGateway() }
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

        // MARK: Operators

        private func planOperators() {
            for _ in 0..<(2 + self.world.chance.below(9)) {
                self.world.after(self.world.chance.among(2_000...Self.lively)) { self.operate() }
            }
        }

        private func operate() {
            let posts = self.discord.posts.values.sorted { $0.id < $1.id }
            guard let post = self.world.chance.pick(posts) else { return }
            let author = UInt64(40 + self.world.chance.below(2))
            let own = self.record.written.values.filter {
                $0.post == post.id && !$0.isDeleted && !$0.isNote
            }.sorted { $0.message < $1.message }
            self.lastWord += 1
            let words = "operator \(author) says \(self.lastWord)"
            switch self.world.chance.below(100) {
            case ..<58: self.write(words, in: post, by: author, isNote: false)
            case ..<63: self.write("// \(words)", in: post, by: author, isNote: true)
            case ..<78:
                guard let message = self.world.chance.pick(own) else { return }
                // An operator's page takes a post out of the archive first.
                try? self.discord.archive(post.id, false)
                try? self.discord.edit(message.message, in: post.id, to: words, by: author)
                self.record.written[message.message]?.bodies.append(words)
            case ..<86:
                guard let message = self.world.chance.pick(own) else { return }
                try? self.discord.delete(message.message, in: post.id, by: author)
                self.record.written[message.message]?.isDeleted = true
            case ..<91:
                guard let message = self.world.chance.pick(post.messages) else { return }
                self.discord.react(to: message.id, in: post.id, by: author)
            case ..<94: try? self.discord.archive(post.id, true)
            case ..<97:
                guard
                    let message = post.messages.last(where: {
                        $0.author == DiscordModel.bot && !$0.content.isEmpty
                    })
                else { return }
                try? self.discord.delete(message.id, in: post.id, by: author)
            default:
                for message in self.record.written.values where message.post == post.id {
                    self.record.written[message.message]?.isLost = true
                }
                self.discord.deletePost(post.id)
            }
        }

        private func write(
            _ words: String, in post: DiscordModel.Post, by author: UInt64, isNote: Bool
        ) {
            guard let message = try? self.discord.write(words, in: post.id, by: author) else {
                return
            }
            self.record.written[message.id] = Record.Written(
                uid: post.uid, post: post.id, message: message.id, bodies: [words], isNote: isNote)
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
            case ..<15: self.killBroker()
            case ..<22:
                self.world.note("power cut")
                self.broker.cutPower()
                self.killWeb()
                self.killGateway()
                self.world.after(self.world.chance.among(200...3_000)) { self.broker.start() }
            case ..<30: self.killWeb()
            case ..<48: self.killGateway()
            case ..<54:
                self.world.note("a second discord gateway")
                self.addGateway()
            case ..<62: self.discord.gateway.breakSomething()
            case ..<66: self.takePermission()
            case ..<74:
                self.world.note("a wire is cut")
                self.world.chance.pick(self.broker.wires)?.cut()
            case ..<77:
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
            default:
                self.world.note("the clock is set back")
                self.world.wallOffset -= self.world.chance.among(0...3_600_000)
            }
        }

        /// Somebody takes a permission from the bot, and gives it back later.
        private func takePermission() {
            self.world.note("a permission is taken")
            let isReading = self.world.chance.happens(50)
            if isReading { self.discord.mayRead = false } else { self.discord.mayWrite = false }
            self.discord.gateway.tell(
                "CHANNEL_UPDATE", ["id": "200", "type": 15, "guild_id": "100"])
            self.world.after(self.world.chance.among(1_000...6_000)) { self.givePermissions() }
        }

        private func givePermissions() {
            guard !self.discord.mayRead || !self.discord.mayWrite else { return }
            self.discord.mayRead = true
            self.discord.mayWrite = true
            self.discord.gateway.tell(
                "CHANNEL_UPDATE", ["id": "200", "type": 15, "guild_id": "100"])
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
            self.discord.trouble = 0
            self.givePermissions()
            for gateway in self.gateways.filter(\.life.isAlive).dropLast() { gateway.kill() }
            self.startGateway()
            for device in self.devices {
                let tabs = self.tabs.filter { $0.isOpen && $0.visitor == device.visitor }
                for tab in tabs { tab.isOnline = true }
                if tabs.isEmpty { self.openTab(device) }
            }
        }

        private var isAtRest: Bool {
            guard self.broker.isUp, self.tabs.allSatisfy(\.isAtRest) else { return false }
            // The database is asked once a second.
            guard self.world.now / 1_000 != self.lastLook.time else {
                return self.lastLook.isAtRest
            }
            let written = self.record.written.values.filter { !$0.isLost }
            let heads = self.broker.heads
            let isShown = self.tabs.filter(\.isOpen).allSatisfy {
                $0.transcript.high == heads[$0.visitorID] ?? 0
            }
            let isSettled = isShown && self.broker.isSettled(with: written)
            self.lastLook = (self.world.now / 1_000, isSettled)
            return self.lastLook.isAtRest
        }

        private var unrest: String {
            "after \(Self.patience / 1_000) s something still waits: "
                + (self.broker.isUp ? "" : "the broker is down, ")
                + self.tabs.filter { !$0.isAtRest }.map { "tab \($0.number)" }.joined(
                    separator: ", ")
        }

        private func finish() {
            for tab in self.tabs { tab.close() }
            self.web?.kill()
            for gateway in self.gateways { gateway.kill() }
            self.world.run(until: self.world.now + 1_000)
            self.broker.finish()
            self.world.run(until: self.world.now + 1_000)
            self.world.end()
        }
    }
#endif
