import Foundation
import NIOCore
import NIOPosix
import Protocol
import StrictJSON

/// A broker with one conversation in memory, on a real Unix socket in a folder of its own: enough
/// for the web gateway to talk with.
final class PretendBroker: Sendable {
    /// The socket.
    let path: String
    private let listener: any Channel
    private let folder: URL
    private let world: NIOLoopBoundBox<World>

    init() async throws {
        self.folder = FileManager.default.temporaryDirectory
            .appending(path: "web-\(UInt32.random(in: 0 ... .max))")
        try FileManager.default.createDirectory(at: self.folder, withIntermediateDirectories: true)
        self.path = self.folder.appending(path: "b").path(percentEncoded: false)
        // One loop for all connections: they share the conversation.
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let world = NIOLoopBoundBox.makeBoxSendingValue(World(), eventLoop: loop)
        self.world = world
        self.listener = try await ServerBootstrap(group: loop, childGroup: loop)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let handler = PretendConnection(world.value)
                    try channel.pipeline.syncOperations.addHandler(handler)
                }
            }
            .bind(unixDomainSocketPath: self.path).get()
    }

    /// Ends it, and every connection with it.
    func stop() async throws {
        let world = self.world
        try await self.listener.close()
        try await self.listener.eventLoop.submit {
            for channel in world.value.connections.values { channel.close(promise: nil) }
        }.get()
        try FileManager.default.removeItem(at: self.folder)
    }

    /// Says something to every gateway without being asked.
    func push(_ message: some WireMessage) async throws {
        try await self.onWorld { world in
            for channel in world.connections.values {
                channel.writeAndFlush(FrameEncoder.frame(message.encoded()), promise: nil)
            }
        }
    }

    /// Commits an event of the team and pushes it, unless readers are to miss it.
    func commit(isPushed: Bool = true) async throws {
        try await self.onWorld { world in
            guard let discord = Name("discord") else { return }
            let seq = Int64(world.events.count + 1)
            let event = Event(
                seq: seq, id: Sample.eventID(seq), at: 5, service: discord,
                author: Author(id: "op", name: "Sam"), body: "team \(seq)")
            world.events.append(event)
            guard isPushed else { return }
            let push = EventPush(conversation: Sample.conversation, event: event)
            for channel in world.connections.values {
                channel.writeAndFlush(FrameEncoder.frame(push.encoded()), promise: nil)
            }
        }
    }

    /// What gateways said that isn't answered with something stored, in order.
    var heard: [String] {
        get async throws { try await self.onWorld { $0.heard } }
    }

    private func onWorld<Value: Sendable>(
        _ body: @escaping @Sendable (World) -> Value
    ) async throws -> Value {
        let world = self.world
        return try await self.listener.eventLoop.submit { body(world.value) }.get()
    }

    /// What it keeps.
    fileprivate final class World {
        var events: [Event] = []
        var heard: [String] = []
        var credentials: [PeerID: String] = [:]
        var connections: [ObjectIdentifier: any Channel] = [:]
    }
}

private final class PretendConnection: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    private let world: PretendBroker.World
    private var decoder = FrameDecoder(limit: Limits.frameBytes)

    init(_ world: PretendBroker.World) { self.world = world }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        self.decoder.received(Self.unwrapInboundIn(data))
        do {
            while let body = try self.decoder.next() {
                try self.received(try Envelope(body), context.channel)
            }
        } catch {
            context.close(promise: nil)
        }
    }

    func channelActive(context: ChannelHandlerContext) {
        self.world.connections[ObjectIdentifier(context.channel)] = context.channel
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.world.connections[ObjectIdentifier(context.channel)] = nil
    }

    private func received(_ envelope: Envelope, _ channel: any Channel) throws {
        let request = envelope.request
        switch try GatewayRequest(envelope) {
        case .open(let open)?: self.answer(self.open(open), request, channel)
        case .subscribe?:
            let last = self.world.events.last
            self.write(
                Subscribed(
                    head: Head(seq: last?.seq ?? 0, id: last?.id), recovered: false, receipts: [],
                    own: Receipt(service: try Sample.name("web")), services: []), request, channel)
        case .history(let history)?:
            self.write(
                Page(
                    events: self.world.events.filter { history.range.contains($0.seq) }, more: false
                ),
                request, channel)
        case .send(let send)?: self.answer(self.send(send), request, channel)
        case .edit(let edit)?:
            self.world.heard.append("edit \(edit.target) \(edit.revision)")
            self.write(
                Sent(
                    seq: 9, id: Sample.eventID(9), at: 5, revision: edit.revision,
                    duplicate: false), request, channel)
        case .delete(let delete)?:
            self.world.heard.append("delete \(delete.target)")
            self.write(Deleted(event: nil, duplicate: false), request, channel)
        case .report(let report)?:
            self.world.heard.append(
                "report \(report.deliveredUpTo ?? 0) \(report.seenUpTo ?? 0)")
            self.write(Reported(), request, channel)
        case .getPicture(let question)?:
            self.answer(self.picture(question), request, channel)
        case .unsubscribe?: self.write(Unsubscribed(), request, channel)
        default: self.greet(envelope, channel)
        }
    }

    private func picture(_ question: GetPicture) -> Result<Picture, Refused> {
        self.world.heard.append("picture \(question.picture)")
        return question.picture.text == "cafe"
            ? .success(Picture(mediaType: .png, bytes: [1, 2, 3]))
            : .failure(Refused(.notFound, "No such picture."))
    }

    private func greet(_ envelope: Envelope, _ channel: any Channel) {
        if envelope.type == Hello.type {
            let welcome = Welcome(
                version: 1, epoch: Sample.epoch, generation: 0, agent: "pretend/1")
            self.write(welcome, nil, channel)
        } else if envelope.type == Signal.type, let signal = try? Signal(envelope.fields) {
            self.world.heard.append("signal \(signal.kind)")
        } else {
            self.write(Pong(), nil, channel)
        }
    }

    private func open(_ open: Open) -> Result<Opened, Refused> {
        if let kept = self.world.credentials[open.peer] {
            guard kept == open.credential else {
                return .failure(Refused(.credentialRefused, "Another secret."))
            }
        } else if !open.create {
            return .failure(Refused(.notFound, "No such conversation."))
        }
        self.world.credentials[open.peer] = open.credential
        return .success(Sample.opened)
    }

    private func send(_ send: Send) -> Result<Sent, Refused> {
        guard let service = Name("web") else { return .failure(Refused(.notFound, "x")) }
        if let event = self.world.events.first(where: { $0.key == send.key }) {
            return .success(Sent(seq: event.seq, id: event.id, at: event.at, duplicate: true))
        }
        let seq = Int64(self.world.events.count + 1)
        let event = Event(
            seq: seq, id: Sample.eventID(seq), at: 5, service: service, author: send.author,
            body: send.body, key: send.key)
        self.world.events.append(event)
        for channel in self.world.connections.values {
            let push = EventPush(conversation: send.conversation, event: event)
            self.write(push, nil, channel)
        }
        return .success(Sent(seq: seq, id: event.id, at: event.at, duplicate: false))
    }

    private func answer<Answer: WireMessage>(
        _ result: Result<Answer, Refused>, _ request: Int64?, _ channel: any Channel
    ) {
        switch result {
        case .success(let answer): self.write(answer, request, channel)
        case .failure(let refused): self.write(refused, request, channel)
        }
    }

    private func write(_ message: some WireMessage, _ request: Int64?, _ channel: any Channel) {
        channel.writeAndFlush(
            FrameEncoder.frame(message.encoded(request: request)), promise: nil)
    }
}

extension History.Range {
    /// Whether an event is in it.
    fileprivate func contains(_ seq: Int64) -> Bool {
        switch self {
        case .after(let after): seq > after
        case .before(let before): seq < before
        }
    }
}
