import ProcessShell
import Protocol

// Who may connect.
extension StoreTransaction {
    /// What the broker calls itself.
    static let agent = "chatbox-broker/\(ProcessRunner.version)"

    /// Takes a connection in, or says why not.
    func hello(
        _ hello: Hello, _ connection: ConnectionID, _ boxes: Boxes
    ) throws -> Outcome {
        guard hello.versions.contains(ProtocolVersion.current) else {
            return .turnedAway(
                connection,
                Goodbye(
                    .versionUnsupported,
                    "This broker speaks version \(ProtocolVersion.current) of the protocol."))
        }
        var session = Session(
            connection: connection, box: hello.box, service: ServiceRow(id: 0, name: hello.service),
            mode: hello.mode, generation: 0)
        guard hello.mode != .admin else {
            return .welcomed(self.arrival(session, hello))
        }
        let isConfigured = boxes.boxes.contains {
            $0.name == hello.box && $0.services.contains(hello.service)
        }
        guard isConfigured, let service = try self.service(box: hello.box, name: hello.service)
        else {
            return .turnedAway(
                connection,
                Goodbye(
                    .unknownService,
                    "Box \"\(hello.box)\" has no service \"\(hello.service)\": add it to "
                        + "CHATBOX_BOXES of the broker and restart that."))
        }
        let kind = try self.peerKind(of: service, settling: hello.peerKind)
        guard kind == hello.peerKind ?? kind else {
            return .turnedAway(
                connection,
                Goodbye(
                    .peerKindConflict,
                    "Service \"\(service.name)\" names its conversations as \(kind.rawValue), "
                        + "which an earlier hello settled; this one says otherwise."))
        }
        session.service = service
        session.peerKind = kind
        guard hello.mode == .consumer else { return .welcomed(self.arrival(session, hello)) }
        session.generation = try self.nextGeneration(of: service)
        var arrival = self.arrival(session, hello)
        arrival.backlog = try self.backlog(of: service)
        arrival.crashes = try self.crashRecord(of: service)
        return .welcomed(arrival)
    }

    private func arrival(_ session: Session, _ hello: Hello) -> Outcome.Arrival {
        let welcome = Welcome(
            version: ProtocolVersion.current, epoch: self.epoch, generation: session.generation,
            agent: Self.agent)
        return Outcome.Arrival(
            session: session, welcome: welcome, instance: hello.instance, agent: hello.agent)
    }

    /// Nothing that a fenced consumer still sends has an effect.
    func checkGeneration(_ session: Session) throws {
        guard session.mode == .consumer else { return }
        guard try self.generation(of: session.service) == session.generation else {
            throw Refused(.fenced, "A newer consumer of this service has taken over.")
        }
    }
}
