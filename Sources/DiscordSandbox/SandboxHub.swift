internal import Logging
internal import NIOCore
internal import ServiceLifecycle
internal import StrictJSON
internal import Synchronization
internal import WebSockets

/// The shell around the core: one lock, the journal, the gateway's channels and the clock.
///
/// A change is in the journal before its answer and its events leave; everything that is sent
/// leaves in the order in which it was decided.
final class SandboxHub: Sendable {
    private struct State {
        var core: SandboxCore
        var channels: [ConnectionID: any Channel] = [:]
        var watchers: [UInt64: AsyncStream<Void>.Continuation] = [:]
        var lastNumber: UInt64 = 0
        var isBroken = false

        mutating func number() -> UInt64 {
            self.lastNumber += 1
            return self.lastNumber
        }
    }

    /// The only bot token that is let in; nil lets any in.
    let token: String?
    private let state: Mutex<State>
    private let journal: Journal
    private let logger: Logger
    /// Milliseconds since 1970.
    private let now: @Sendable () -> Int64

    init(
        core: SandboxCore, journal: Journal, logger: Logger,
        now: @escaping @Sendable () -> Int64
    ) {
        self.token = core.rules.gateway.token
        self.state = Mutex(State(core: core))
        self.journal = journal
        self.logger = logger
        self.now = now
    }

    /// Runs `body` on the core and carries out what follows from it.
    ///
    /// - Returns: nil if the change could not be written: then nothing may be claimed.
    private func run<Result: Sendable>(
        _ body: (inout SandboxCore, Int64) -> (Result, [AddressedCommand])
    ) -> Result? {
        self.state.withLock { state in
            guard !state.isBroken else { return nil }
            let now = self.now()
            let revision = state.core.world.revision
            let (result, commands) = body(&state.core, now)
            let effects = state.core.takeEffects(now: now)
            guard self.journal.append(effects.changes) else {
                // Memory is ahead of the file now: only a restart makes them one again.
                self.logger.critical("the journal can't be written")
                state.isBroken = true
                return nil
            }
            for item in commands + effects.sends { Self.carryOut(item, state.channels) }
            if state.core.world.revision != revision {
                for watcher in state.watchers.values { watcher.yield() }
            }
            return result
        }
    }

    /// Through the event loop's queue in every case, so that the order stays.
    private static func carryOut(_ item: AddressedCommand, _ channels: [ConnectionID: any Channel])
    {
        guard let channel = channels[item.connection] else { return }
        channel.eventLoop.execute {
            switch item.command {
            case .send(let text):
                let message = WebSocketOutbound.text(ByteBuffer(string: text))
                channel.writeAndFlush(message, promise: nil)
            case .close(let code):
                let close = WebSocketOutbound.close(code: code.rawValue, reason: code.reason)
                channel.writeAndFlush(close, promise: nil)
            case .drop: channel.close(promise: nil)
            }
        }
    }

    // MARK: REST

    /// Carries out a call.
    func handle(_ call: RESTCall) -> SandboxCore.Reply {
        self.run { core, now in (core.handle(call, now: now), []) }
            ?? SandboxCore.Reply(
                answer: RESTAnswer(500, ["message": "500: Internal Server Error", "code": 0]))
    }

    // MARK: Gateway

    /// A client connected to the gateway.
    func opened(_ channel: any Channel, host: String, version: String?) -> ConnectionID {
        let id = self.state.withLock { state in
            let id = ConnectionID(rawValue: state.number())
            state.channels[id] = channel
            return id
        }
        _ = self.run { core, _ in ((), core.opened(id, host: host, version: version)) }
        return id
    }

    /// A client sent a frame.
    func received(_ bytes: [UInt8], from id: ConnectionID) {
        let freshID = Self.randomID()
        _ = self.run { core, now in
            ((), core.received(bytes, from: id, freshID: freshID, now: now))
        }
    }

    /// A connection is gone.
    func closed(_ id: ConnectionID, code: UInt16?) {
        _ = self.run { core, now in
            core.closed(id, code: code, now: now)
            return ((), [])
        }
        self.state.withLock { $0.channels[id] = nil }
    }

    private static func randomID() -> String {
        (0..<2).map { _ in
            let digits = String(UInt64.random(in: .min ... .max), radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }.joined()
    }

    // MARK: For tests and for the page

    /// Carries out what a test asks of the sandbox itself.
    func control(_ route: ControlRoute, name: String, _ body: JSONValue) -> RESTAnswer {
        self.run { core, now in core.control(route, name: name, body, now: now) }
            ?? RESTAnswer(500, ["message": "the journal can't be written", "code": 0])
    }

    /// Who types now, and where.
    func typing() -> JSONValue {
        self.state.withLock { $0.core.typing(now: self.now()) }
    }

    /// Whether somebody has that picture.
    func hasPicture(_ hash: String, of user: Snowflake?) -> Bool {
        self.state.withLock { state in
            guard let user = user.flatMap({ state.core.world.users[$0] }) else { return false }
            return user.avatar == hash || user.guildAvatar == hash
        }
    }

    /// Waits until the world's revision is above `revision`, at most so long; answers it.
    func revision(above revision: Int, waiting limit: Duration) async -> Int {
        let (stream, continuation) = AsyncStream.makeStream(
            of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let number = self.state.withLock { state in
            let number = state.number()
            if state.core.world.revision > revision { continuation.yield() }
            state.watchers[number] = continuation
            return number
        }
        await cancelWhenGracefulShutdown {
            await withTaskGroup(of: Void.self) { tasks in
                tasks.addTask { for await _ in stream { break } }
                // Cancelled is as good as over: the caller is answered in either case.
                tasks.addTask { try? await Task.sleep(for: limit) }
                await tasks.next()
                tasks.cancelAll()
            }
        }
        return self.state.withLock { state in
            state.watchers[number] = nil
            return state.core.world.revision
        }
    }
}
