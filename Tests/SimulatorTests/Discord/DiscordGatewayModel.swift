#if os(Linux)
    import NIOCore
    import NIOEmbedded
    import StrictJSON

    @testable import DiscordGateway
    @testable import WebSockets

    /// Discord's Gateway: sessions whose events are numbered, and which can be resumed for a while.
    final class DiscordGatewayModel: @unchecked Sendable {
        private final class Session {
            let id: String
            var sequence: Int64 = 0
            var log: [(sequence: Int64, text: String)] = []
            var isValid = true
            weak var connection: Connection?
            init(id: String) { self.id = id }
        }

        private final class Connection: @unchecked Sendable {
            var isOpen = true
            var session: Session?
            var toClient: Pipe<Word>?
            var toServer: Pipe<String>?
        }

        private enum Word {
            case text(String)
            case closed(UInt16)
        }

        private let world: World
        private unowned let model: DiscordModel
        private var sessions: [Session] = []
        private var connections: [Connection] = []
        private var lastSession = 0

        init(_ world: World, _ model: DiscordModel) {
            self.world = world
            self.model = model
        }

        // MARK: What happens

        /// Tells every session of something.
        func tell(_ event: String, _ data: JSONValue) {
            for session in self.sessions where session.isValid { self.tell(event, data, session) }
        }

        private func tell(_ event: String, _ data: JSONValue, _ session: Session) {
            session.sequence += 1
            let text = JSONWriter.text([
                "op": 0, "s": .integer(session.sequence), "t": .string(event), "d": data,
            ])
            session.log.append((session.sequence, text))
            self.say(text, session.connection)
        }

        private func say(_ text: String, _ connection: Connection?) {
            guard let connection, connection.isOpen else { return }
            connection.toClient?.send(.text(text))
        }

        // MARK: Faults

        /// Something goes wrong with some connection.
        func breakSomething() {
            let open = self.connections.filter(\.isOpen)
            guard let connection = self.world.chance.pick(open) else { return }
            switch self.world.chance.below(5) {
            case 0:
                connection.toClient?.cut()
                connection.toServer?.cut()
                self.ended(connection)
            case 1: self.say("{\"op\":7,\"d\":null}", connection)
            case 2:
                connection.session?.isValid = false
                self.say("{\"op\":9,\"d\":false}", connection)
            case 3:
                connection.toClient?.send(.closed(4_000))
                self.ended(connection)
            default:
                connection.toClient?.fallSilent()
                connection.toServer?.fallSilent()
                self.ended(connection)
            }
        }

        private func ended(_ connection: Connection) {
            connection.isOpen = false
            guard let session = connection.session, session.connection === connection else {
                return
            }
            session.connection = nil
            // Discord remembers a session for some minutes, or not.
            let time = self.world.chance.happens(25) ? 0 : self.world.chance.among(30_000...120_000)
            self.world.after(time) { if session.connection == nil { session.isValid = false } }
        }

        // MARK: Connections

        /// Opens a WebSocket for a process.
        func dial(_ life: ProcessLife) -> GatewayLink.Dial {
            { url, body in
                self.world.note("discord: a gateway dials \(url)")
                try await ContinuousClock().sleep(for: .milliseconds(5))
                guard life.isAlive else { throw CancellationError() }
                let socket = self.accept(life)
                defer { socket.channel.close(promise: nil) }
                return try await body(socket.inbound, socket.writer)
            }
        }

        private struct Socket: Sendable {
            var inbound: WebSocketInbound
            var writer: WebSocketWriter
            var channel: EmbeddedChannel
        }

        private func accept(_ life: ProcessLife) -> Socket {
            let connection = Connection()
            let (stream, source) = NIOAsyncChannelInboundStream<WebSocketEvent>.makeTestingStream()
            let (outbound, sink) = NIOAsyncChannelOutboundWriter<WebSocketOutbound>
                .makeTestingWriter()
            let channel = EmbeddedChannel(loop: self.world.loop)
            let end = WireEnd<ByteBuffer>(
                written: { _ in },
                closed: {
                    connection.toServer?.end()
                    source.yield(.closed(code: nil, reason: ""))
                    source.finish()
                })
            try? channel.pipeline.syncOperations.addHandler(end)
            if let address = try? SocketAddress(unixDomainSocketPath: "/discord") {
                channel.connect(to: address, promise: nil)
            }
            connection.toClient = Pipe(self.world) { word in
                guard channel.isActive, life.isAlive else { return }
                switch word {
                case .text(let text)?: source.yield(.text(ByteBuffer(string: text)))
                case .closed(let code)?:
                    source.yield(.closed(code: code, reason: ""))
                    source.finish()
                case nil:
                    source.yield(.closed(code: nil, reason: ""))
                    source.finish()
                }
            }
            connection.toServer = Pipe(self.world) { [weak self, weak connection] text in
                guard let connection else { return }
                if let text { self?.heard(text, connection) } else { self?.ended(connection) }
            }
            life.onKill { channel.close(promise: nil) }
            life.run {
                for await word in sink {
                    guard life.isAlive, case .text(let bytes) = word else { continue }
                    connection.toServer?.send(String(buffer: bytes))
                }
            }
            self.connections.removeAll { !$0.isOpen }
            self.connections.append(connection)
            self.say("{\"op\":10,\"d\":{\"heartbeat_interval\":10000}}", connection)
            return Socket(
                inbound: WebSocketInbound(stream),
                writer: WebSocketWriter(outbound: outbound, channel: channel), channel: channel)
        }

        private func heard(_ text: String, _ connection: Connection) {
            guard connection.isOpen, let value = try? JSONParser.parse(text) else { return }
            self.world.note("discord: heard \(text)")
            switch value["op"]?.integer {
            case 1: self.say("{\"op\":11}", connection)
            case 2: self.identify(connection)
            case 6:
                self.resume(
                    value["d"]?["session_id"]?.string ?? "", value["d"]?["seq"]?.integer ?? 0,
                    connection)
            default: break
            }
        }

        private func identify(_ connection: Connection) {
            self.lastSession += 1
            self.model.budget.identifies.append(self.world.now)
            let session = Session(id: "session\(self.lastSession)")
            session.connection = connection
            connection.session = session
            self.sessions.removeAll { !$0.isValid }
            self.sessions.append(session)
            self.world.note("discord: \(session.id) begins")
            self.tell(
                "READY",
                [
                    "v": 10, "session_id": .string(session.id),
                    "resume_gateway_url": "wss://simulated",
                ], session)
        }

        private func resume(_ id: String, _ sequence: Int64, _ connection: Connection) {
            guard let session = self.sessions.first(where: { $0.id == id && $0.isValid }) else {
                return self.say("{\"op\":9,\"d\":false}", connection)
            }
            self.model.budget.resumes.append(self.world.now)
            self.world.note("discord: \(id) goes on after \(sequence)")
            if let older = session.connection, older !== connection {
                older.isOpen = false
                older.toClient?.end()
            }
            session.connection = connection
            connection.session = session
            for (number, text) in session.log where number > sequence { self.say(text, connection) }
            self.tell("RESUMED", [:], session)
        }
    }
#endif
