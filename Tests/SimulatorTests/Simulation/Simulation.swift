#if os(Linux)
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
            /// What was planned, by number.
            var planned: [String]
            var trace: [String]
        }

        let seed: UInt64
        let selection: Selection
        let world: World
        let canary: Canary?
        let record: Record
        let broker: BrokerProcess
        let discord: DiscordModel
        var web: WebProcess?
        var gateways: [DiscordProcess] = []
        var devices: [Device] = []
        var tabs: [Tab] = []
        var lastTab = 0
        var lastWord = 0
        private var planned: [String] = []
        private var lastLook: (time: Int64, isAtRest: Bool) = (-1, false)

        /// How long people do things and things break, in milliseconds.
        static let lively: Int64 = 12_000
        /// In which everything must have come right after that, in milliseconds.
        private static let patience: Int64 = 180_000

        private init(
            seed: UInt64, selection: Selection, canary: Canary?, template: String, _ world: World
        ) {
            self.seed = seed
            self.selection = selection
            self.canary = canary
            self.world = world
            self.record = Record()
            self.discord = DiscordModel(self.world)
            self.broker = BrokerProcess(
                self.world, template: template, canary: canary, record: self.record, self.discord)
        }

        /// Runs a seed on the simulation's thread.
        static func run(
            seed: UInt64, selection: Selection = Selection(), canary: Canary? = nil,
            template: String, isTraced: Bool = false
        ) -> Outcome {
            let world = World(seed: seed, isTraced: isTraced)
            let before = OpenFiles.count
            var outcome = SimulatedThread.showing(world) {
                Simulation(
                    seed: seed, selection: selection, canary: canary, template: template, world
                ).run()
            }
            outcome.violations += Bounds.violations(world, filesBefore: before)
            return outcome
        }

        private func run() -> Outcome {
            let world = self.world
            world.after(world.chance.among(0...300)) { self.broker.start() }
            world.after(world.chance.among(0...300)) { self.startWeb() }
            world.after(world.chance.among(0...300)) { self.startGateway() }
            self.planTrouble()
            self.planPeople()
            self.planOperators()
            self.planFaults()
            self.planEnds()
            if self.selection.lot > 0 {
                world.chance = Chance(seed: self.seed ^ self.selection.lot << 40)
            }
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
            if isAtRest { self.record.breaks(Bounds.violations(atRest: world)) }
            let shown = self.tabs.filter(\.isOpen).map {
                Checker.Shown(visitor: $0.visitor, id: $0.visitorID, transcript: $0.transcript)
            }
            self.finish()
            defer { self.broker.files.removeAll() }
            do {
                let checker = Checker(
                    record: self.record, visitors: self.visitors, shown: shown,
                    stored: try Stored(path: self.broker.path), discord: self.discord.view)
                checker.stored.lines.forEach { self.world.note($0) }
                var violations = checker.violations()
                violations += self.discord.budget.violations(self.record)
                if !isAtRest {
                    violations.append(Violation(invariant: "I4 resolution", sentence: unrest))
                }
                let events = checker.stored.conversations.reduce(0) { $0 + $1.events.count }
                return self.outcome(violations, events)
            } catch {
                return self.outcome(
                    [Violation(invariant: "I10 database", sentence: "\(error)")], 0)
            }
        }

        /// Whose each public id is.
        private var visitors: [String: Int] {
            self.devices.reduce(into: [:]) { ids, device in
                for id in device.ids { ids[id] = device.visitor }
            }
        }

        private func outcome(_ violations: [Violation], _ events: Int) -> Outcome {
            Outcome(
                seed: self.seed, violations: violations, digest: self.world.digest,
                steps: self.world.steps, events: events, deaths: self.broker.deaths,
                seconds: self.world.now / 1_000, planned: self.planned, trace: self.world.trace)
        }

        // MARK: The plan

        /// Has something happen after so many milliseconds, unless it is left out.
        func plan(_ what: String, after wait: Int64, _ action: @escaping () -> Void) {
            let takesPlace = self.takesPlace("\(wait) \(what)")
            self.world.after(wait) { if takesPlace { action() } }
        }

        /// Plans something; whether it isn't left out.
        func takesPlace(_ what: String) -> Bool {
            self.planned.append(what)
            return !self.selection.omitted.contains(self.planned.count - 1)
        }

        // MARK: The end

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
            let heads = self.broker.heads
            let isShown = self.tabs.filter(\.isOpen).allSatisfy {
                $0.transcript.run.last?.id == heads[$0.visitorID]
            }
            let isSettled = isShown && self.isSettled
            self.lastLook = (self.world.now / 1_000, isSettled)
            return self.lastLook.isAtRest
        }

        /// Whether nothing waits for Discord, all that operators did is stored, and Discord says what
        /// a restored database has forgotten.
        private var isSettled: Bool {
            let written = self.record.written.values.filter { !$0.isLost }
            guard self.record.wasRestored else {
                return self.broker.isSettled(with: Array(written))
            }
            guard let stored = self.broker.stored else { return false }
            // What is written in a post that the database has forgotten reaches nobody.
            let known = Set(stored.conversations.map(\.uid))
            return self.broker.isSettled(with: written.filter { known.contains($0.uid) })
                && RestoreChecker(
                    record: self.record, stored: stored, discord: self.discord.view
                ).unsaid.isEmpty
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
