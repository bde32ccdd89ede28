import Logging
import NIOCore
import NIOHTTP1
import Synchronization
import WebSocketServer

/// Who comes in: judges connections, requests and the openings of WebSockets on their event loops.
final class Door: Sendable {
    private struct State {
        var connections: ConnectionLimits
        var sockets: SocketLimits
        var hasWarned = false
    }

    private let proxies: TrustedProxies
    private let origins: OriginRules
    private let rules: RequestRules
    private let metrics: Metrics
    private let logger: Logger
    private let state: Mutex<State>

    /// A door by the settings.
    init(_ configuration: WebConfiguration, metrics: Metrics, logger: Logger) {
        self.proxies = configuration.proxies
        self.origins = configuration.origins
        self.rules = RequestRules(hosts: configuration.hosts)
        self.metrics = metrics
        self.logger = logger
        self.state = Mutex(
            State(
                connections: ConnectionLimits(factor: configuration.limitFactor),
                sockets: SocketLimits(factor: configuration.limitFactor)))
    }

    /// Whether a new connection is taken.
    func admits(_ channel: any Channel) -> Bool {
        let address = Self.peer(of: channel)
        // A proxy holds the connections of many, and this machine's own are the operator's.
        let isFree = address.map { $0.isLoopback || self.proxies.contains($0) } ?? true
        let counted = isFree ? nil : address
        guard self.state.withLock({ $0.connections.opened(by: counted) }) else {
            self.metrics.count { $0.denied(503) }
            return false
        }
        channel.closeFuture.whenComplete { _ in
            self.state.withLock { $0.connections.closed(by: counted) }
        }
        return true
    }

    /// What is wrong with a request, whatever it asks for.
    func refusal(of head: HTTPRequestHead) -> RequestRefusal? { self.rules.refusal(of: head) }

    /// Who asks.
    func client(of head: HTTPRequestHead, on channel: any Channel) -> Client {
        self.proxies.client(
            peer: Self.peer(of: channel), forwarded: head.headers["X-Forwarded-For"],
            isForwarded: Forwarding.isTold(
                by: head.headers.lazy.map(\.name), host: head.headers["Host"].first))
    }

    /// Whether a request becomes a WebSocket.
    func decide(_ head: HTTPRequestHead, _ channel: any Channel) -> UpgradeDecision {
        guard head.uri.prefix(while: { $0 != "?" }) == "/ws" else { return .notHere }
        let stated = head.headers["Origin"]
        guard self.origins.allows(origins: stated, host: head.headers["Host"].first) else {
            self.logger.info(
                "a page of another origin is refused; CHATBOX_ALLOWED_ORIGINS can let it in",
                metadata: ["origin": "\(stated.first?.prefix(100) ?? "")"])
            return self.deny(.forbidden, "This page may not connect here.")
        }
        guard !head.headers.contains(name: "Sec-WebSocket-Protocol") else {
            return self.deny(.badRequest, "No subprotocol is spoken here.")
        }
        self.warnOfProxy(head, channel)
        let client = self.client(of: head, on: channel)
        let admission = self.state.withLock { $0.sockets.opened(by: client, at: .now) }
        switch admission {
        case .full: return self.deny(.serviceUnavailable, after: 10, "The chat is full just now.")
        case .refused(let wait):
            return self.deny(
                .tooManyRequests, after: Int64((wait / .seconds(1)).rounded(.up)),
                "Too many connections come from there.")
        case .admitted:
            channel.closeFuture.whenComplete { _ in
                self.state.withLock { $0.sockets.closed(by: client) }
            }
            return .upgrade(headers: [:])
        }
    }

    private func deny(
        _ status: HTTPResponseStatus, after seconds: Int64? = nil, _ text: String
    ) -> UpgradeDecision {
        self.metrics.count { $0.denied(Int(status.code)) }
        let headers = seconds.map { HTTPHeaders([("Retry-After", "\($0)")]) } ?? [:]
        return .refuse(status: status, headers: headers, text: text)
    }

    /// A proxy that nobody named makes all visitors one: the limits would soon shut them out.
    private func warnOfProxy(_ head: HTTPRequestHead, _ channel: any Channel) {
        guard head.headers.contains(name: "X-Forwarded-For"),
            !self.proxies.contains(Self.peer(of: channel)),
            self.state.withLock({ state in
                defer { state.hasWarned = true }
                return !state.hasWarned
            })
        else { return }
        self.logger.warning(
            """
            requests come through a proxy that CHATBOX_TRUSTED_PROXIES doesn't name: its visitors \
            can't be told apart, and share the limits of one address
            """)
    }

    private static func peer(of channel: any Channel) -> IPAddress? {
        channel.remoteAddress.flatMap { IPAddress($0) }
    }
}
