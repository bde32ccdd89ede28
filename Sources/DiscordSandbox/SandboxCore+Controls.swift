import StrictJSON

/// Carries out what a test asks of the sandbox itself: see `ControlRoute`.
extension SandboxCore {
    /// Why a control changes nothing: a sentence that says what is wrong.
    struct ControlError: Error, Equatable, Sendable {
        let sentence: String
        var status = 400
    }

    /// Answers the control and what the gateway's clients hear at once.
    mutating func control(
        _ route: ControlRoute, name: String, _ body: JSONValue, now: Int64
    ) -> (answer: RESTAnswer, sends: [AddressedCommand]) {
        do throws(ControlError) {
            switch route {
            case .state, .gateway, .resetGateway, .clearFaults, .addFault, .limits,
                .changeGateway:
                return (try self.controlSettings(route, body, now: now), [])
            case .permissions, .role, .deleteRole, .member, .restoreChannel, .deleteChannel:
                return (try self.controlWorld(route, name, body, now: now), [])
            case .gatewayAction:
                guard let action = GatewayAction(body) else {
                    throw ControlError(
                        sentence: "action must be drop, forget, reconnect, heartbeat, invalidate, "
                            + "close with a code of 1000, 1001, 3000…4999, or dispatch with t")
                }
                return (RESTAnswer(204, nil), self.perform(action))
            case .application:
                let sends = try self.saveApplication(body)
                return (RESTAnswer(200, self.applicationState), sends)
            }
        } catch {
            return (
                RESTAnswer(error.status, ["message": .string(error.sentence), "code": 0]), []
            )
        }
    }

    private mutating func controlSettings(
        _ route: ControlRoute, _ body: JSONValue, now: Int64
    ) throws(ControlError) -> RESTAnswer {
        switch route {
        case .clearFaults:
            self.clearFaults()
            return RESTAnswer(204, nil)
        case .addFault:
            guard let fault = Fault(body) else {
                throw ControlError(
                    sentence: "route, status (0, 200–599) and count make a fault; caller is bot, "
                        + "operator or any, scope user, shared or global")
            }
            self.add(fault)
            return RESTAnswer(200, fault.json)
        case .limits:
            try self.setLimits(body)
            return RESTAnswer(200, self.limits)
        case .gateway: return RESTAnswer(200, self.gatewayState(now: now))
        case .resetGateway:
            self.resetGateway()
            return RESTAnswer(204, nil)
        case .changeGateway:
            guard body.object != nil, self.changeGateway(body, now: now) else {
                throw ControlError(sentence: "a setting of the gateway has a wrong value")
            }
            return RESTAnswer(200, self.gatewayState(now: now))
        default: return RESTAnswer(200, self.state(now: now))
        }
    }

    private mutating func setLimits(_ body: JSONValue) throws(ControlError) {
        var rules = self.rules
        let names: [(String, WritableKeyPath<Rules, RateLimit?>)] = [
            ("messages", \.messageLimit), ("global", \.globalLimit), ("renames", \.renameLimit),
        ]
        for (name, path) in names {
            guard let json = body[name] else { continue }
            guard let limit = RateLimit.parse(json.string ?? "") else {
                throw ControlError(sentence: "\(name) must be like 5/5, or 0")
            }
            rules[keyPath: path] = limit
        }
        if let json = body["active_threads"] {
            guard let count = json.integer, (0...100_000).contains(count) else {
                throw ControlError(sentence: "active_threads must be 0…100000")
            }
            self.change { $0.activeThreadsMax = Int(count) }
        }
        self.set(rules)
    }

    private mutating func saveApplication(
        _ body: JSONValue
    ) throws(ControlError) -> [AddressedCommand] {
        var application = self.world.application
        if let json = body["message_content"] {
            guard let isOn = json.bool else {
                throw ControlError(sentence: "message_content must be true or false")
            }
            application.messageContent = isOn
        }
        switch body["token"] {
        case nil: break
        case "valid": application.isRevoked = false
        case "revoked": application.isRevoked = true
        default: throw ControlError(sentence: "token must be valid or revoked")
        }
        return self.save(application, closes: body["closes"]?.bool ?? true)
    }
}
