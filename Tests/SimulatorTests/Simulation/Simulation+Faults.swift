#if os(Linux)
    import StrictJSON

    // What goes wrong.
    extension Simulation {
        /// How often Discord's requests go wrong.
        func planTrouble() {
            let trouble = self.world.chance.pick([0, 0, 3, 10, 25]) ?? 0
            guard self.takesPlace("\(trouble) % of the requests to Discord go wrong") else {
                return
            }
            self.discord.trouble = trouble
        }

        func planFaults() {
            for _ in 0..<self.world.chance.below(8) {
                self.plan("something breaks", after: self.world.chance.among(500...Self.lively)) {
                    self.breakSomething()
                }
            }
        }

        func breakSomething() {
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
        func takePermission() {
            self.world.note("a permission is taken")
            let isReading = self.world.chance.happens(50)
            if isReading { self.discord.mayRead = false } else { self.discord.mayWrite = false }
            self.discord.gateway.tell(
                "CHANNEL_UPDATE", ["id": "200", "type": 15, "guild_id": "100"])
            self.world.after(self.world.chance.among(1_000...6_000)) { self.givePermissions() }
        }

        func givePermissions() {
            guard !self.discord.mayRead || !self.discord.mayWrite else { return }
            self.discord.mayRead = true
            self.discord.mayWrite = true
            self.discord.gateway.tell(
                "CHANNEL_UPDATE", ["id": "200", "type": 15, "guild_id": "100"])
        }

        // MARK: Ends that are asked for, and databases that are put back

        /// Plans SIGTERMs, and a return to an older database.
        ///
        /// They are drawn by themselves, so that what else a seed plans stays what it was before
        /// these were thought of.
        func planEnds() {
            var chance = Chance(seed: self.seed ^ 0x5349_4754_4552_4D00)
            if chance.happens(35) {
                for _ in 0...chance.below(3) {
                    let time = chance.among(500...Self.lively)
                    switch chance.below(8) {
                    case ..<3: self.plan("SIGTERM to the broker", after: time) { self.stopBroker() }
                    case ..<5: self.plan("SIGTERM to web", after: time) { self.stopWeb() }
                    case ..<7: self.plan("SIGTERM to Discord's", after: time) { self.stopGateway() }
                    default:
                        self.plan("SIGTERM to all", after: time) {
                            self.stopWeb()
                            self.stopGateway()
                            self.stopBroker()
                        }
                    }
                }
            }
            if chance.happens(25) {
                let way: Backup.Way = chance.happens(50) ? .command : .byHand
                let made = chance.among(1_500...8_000)
                let returned = made + chance.among(500...Self.lively - made)
                let isGraceful = chance.happens(50)
                self.plan("a copy of the database (\(way)), put back at \(returned)", after: made) {
                    self.backUp(way, until: returned, isGraceful)
                }
            }
        }

        /// Copies the database as soon as there is one, and puts the copy back later.
        private func backUp(_ way: Backup.Way, until returned: Int64, _ isGraceful: Bool) {
            guard self.world.now < returned else { return }
            guard let backup = self.broker.backUp(way) else {
                return self.world.after(100) { self.backUp(way, until: returned, isGraceful) }
            }
            self.world.note("a copy of the database is made, \(way)")
            self.world.after(returned - self.world.now) {
                self.world.note("the copy is to be put back")
                self.broker.isHeld = true
                if isGraceful {
                    self.broker.stop(within: Self.shutdown)
                } else {
                    self.broker.kill(.now)
                }
                self.putBack(backup)
            }
        }

        private func putBack(_ backup: Backup) {
            self.world.after(self.world.chance.among(50...500)) {
                guard !self.broker.isUp else { return self.putBack(backup) }
                self.broker.restore(backup)
                self.world.after(self.world.chance.among(50...1_500)) {
                    self.broker.isHeld = false
                    self.broker.start()
                }
            }
        }
    }
#endif
