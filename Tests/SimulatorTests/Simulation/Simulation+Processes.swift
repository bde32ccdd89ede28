#if os(Linux)
    // The processes, and how each of them ends.
    extension Simulation {
        func startWeb() {
            guard self.web?.life.isAlive != true else { return }
            self.world.note("web started")
            self.web = WebProcess(self.world, self.broker)
        }

        func startGateway() {
            guard !self.gateways.contains(where: \.life.isAlive) else { return }
            self.addGateway()
        }

        func addGateway() {
            self.world.note("discord gateway started")
            let number = self.gateways.count
            self.gateways.append(
                DiscordProcess(self.world, self.broker, self.discord, self.canary) { reason in
                    self.world.note("discord gateway \(number) ended: \(reason)")
                    self.gateways[number].kill()
                    self.world.after(1_000) { self.startGateway() }
                })
        }

        // MARK: Killed

        func killBroker() {
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

        func killWeb() {
            self.world.note("web is killed")
            self.web?.kill()
            self.world.after(self.world.chance.among(100...2_000)) { self.startWeb() }
        }

        func killGateway() {
            self.world.note("discord gateway is killed")
            let alive = self.gateways.filter(\.life.isAlive)
            self.world.chance.pick(alive)?.kill()
            self.world.after(self.world.chance.among(100...3_000)) { self.startGateway() }
        }

        // MARK: Asked to end

        /// In how many milliseconds a process has ended that was sent SIGTERM.
        static let shutdown: Int64 = 5_000

        /// SIGTERM to the broker.
        func stopBroker() {
            self.world.note("SIGTERM to the broker")
            self.broker.stop(within: Self.shutdown)
            self.world.after(Self.shutdown + self.world.chance.among(1...1_000)) {
                self.broker.start()
            }
        }

        /// SIGTERM to `chatbox-web`.
        func stopWeb() {
            guard let web = self.web, web.life.isAlive else { return }
            self.world.note("SIGTERM to web")
            web.stop()
            self.watch(web.life, "chatbox-web")
            self.world.after(Self.shutdown + self.world.chance.among(1...1_000)) {
                self.startWeb()
            }
        }

        /// SIGTERM to one of the Discord gateways.
        func stopGateway() {
            let alive = self.gateways.filter(\.life.isAlive)
            guard let gateway = self.world.chance.pick(alive) else { return }
            self.world.note("SIGTERM to a discord gateway")
            gateway.stop()
            self.watch(gateway.life, "chatbox-discord")
        }

        /// A process that was asked to end has ended in time, and said goodbye to the broker.
        private func watch(_ life: ProcessLife, _ name: String) {
            // What winds down for too long is cancelled by the product itself.
            self.world.after(Self.shutdown - 1_000) { life.cancel() }
            self.world.after(Self.shutdown) {
                guard life.isAlive else { return }
                self.record.breaks(
                    "I8 recovery",
                    "\(name) has not ended \(Self.shutdown / 1_000) s after SIGTERM")
                life.kill()
            }
        }
    }
#endif
