import AsyncHTTPClient
import Logging
import NIOCore
import NIOHTTP1
import Protocol
import StrictJSON

/// Discord's REST API v10 over HTTP.
struct HTTPDiscordAPI: Sendable {
    /// What is the same for all requests.
    struct Configuration: Sendable {
        /// The API's address without a slash at its end, such as `https://discord.com/api/v10`.
        var baseURL: String
        /// The bot's token, without "Bot ".
        var token: String
        /// The version that we call ourselves.
        var version: String
        /// Until an answer must have come whole.
        var timeout = Duration.seconds(15)

        /// Where pictures are: at Discord's own server of them, or beside another API's address.
        var pictureURL: String {
            guard self.baseURL != DiscordSettings.officialURL else {
                return "https://cdn.discordapp.com"
            }
            let scheme = self.baseURL.prefix { $0 != ":" } + "://"
            let host = self.baseURL.dropFirst(scheme.count).prefix { $0 != "/" }
            return "\(scheme)\(host)/cdn"
        }
    }

    /// Bytes of one answer: a page of 100 long messages comes to about 1 MiB.
    private static let answerBytesMax = 16 * 1_024 * 1_024
    /// Until a picture must have come whole.
    private static let pictureTimeout = Duration.seconds(10)
    /// Tries of one request that rate limits turn back.
    private static let triesMax = 5
    /// The wait after which an unreachable Discord is tried again.
    private static let unreachableWait = Duration.seconds(2)

    private let configuration: Configuration
    private let client: HTTPClient
    private let gate = RequestGate()
    private let reachability: Reachability
    private let advice: Advice
    private let logger: Logger

    /// An API that uses this client, which must outlive it.
    init(_ configuration: Configuration, client: HTTPClient, advice: Advice, logger: Logger) {
        self.advice = advice
        self.configuration = configuration
        self.reachability = Reachability(url: configuration.baseURL, advice: advice)
        self.client = client
        self.logger = logger
    }

    /// A client with the settings that Discord needs; whoever makes it shuts it down.
    static func makeClient(connectTimeout: TimeAmount = .seconds(5)) -> HTTPClient {
        var configuration = HTTPClient.Configuration()
        // Discord never redirects; a redirected POST would become a GET.
        configuration.redirectConfiguration = .disallow
        configuration.timeout.connect = connectTimeout
        // We have our own way of trying again, and must know that nothing was sent.
        configuration.connectionPool.retryConnectionEstablishment = false
        return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }

    /// Does a request as the rate limits allow.
    func perform(_ request: DiscordRequest) async -> DiscordOutcome<JSONValue> {
        for _ in 0..<Self.triesMax {
            switch await self.admitted(request) {
            case .admitted: break
            case .late(let wait): return .postponed(after: wait, reason: "Discord's rate limit")
            }
            let attempt = await self.attempt(request)
            self.gate.leave(request.route)
            if let attempt { return attempt }
        }
        return .postponed(after: .seconds(30), reason: "Discord's rate limit, again and again")
    }

    private func admitted(_ request: DiscordRequest) async -> RequestGate.Admission {
        do {
            return try await self.gate.enter(request.route, patience: request.patience)
        } catch {
            // Cancelled: the process ends, and nothing was sent.
            return .late(by: .zero)
        }
    }

    /// One try; `nil` if it was turned back by a rate limit and should wait for its turn again.
    private func attempt(_ request: DiscordRequest) async -> DiscordOutcome<JSONValue>? {
        let answer: HTTPAnswer
        do {
            answer = try await self.exchange(request)
        } catch {
            return self.outcome(of: error, request)
        }
        self.reachability.answered()
        let report = answer.rateLimit
        self.gate.answered(request.route, status: answer.status, report)
        switch answer.status {
        case 200..<300:
            self.advice.mended(.token)
            return .ok(answer.json ?? .null)
        case 401:
            self.advice.give(
                .token,
                "Discord refuses the token. Set DISCORD_TOKEN to the bot's present one and restart "
                    + "chatbox-discord; until then it tries again every ten minutes.")
            return .rejected(answer.rejection)
        case 429:
            let details: Logger.Metadata = [
                "route": "\(request.route.template)",
                "retry_after": "\(report.retryAfter ?? .zero)", "global": "\(report.isGlobal)",
            ]
            self.logger.notice("rate limited by Discord", metadata: details)
            return nil
        case 400..<500: return .rejected(answer.rejection)
        default: return .unknown(reason: "Discord answers HTTP \(answer.status)")
        }
    }

    private func exchange(_ request: DiscordRequest) async throws -> HTTPAnswer {
        var http = HTTPClientRequest(url: self.configuration.baseURL + request.path)
        http.method = HTTPMethod(rawValue: request.method.rawValue)
        http.headers.add(name: "Authorization", value: "Bot \(self.configuration.token)")
        http.headers.add(
            name: "User-Agent",
            value: "DiscordBot (https://github.com/chatbox/chatbox, \(self.configuration.version))")
        if let body = request.body {
            http.headers.add(name: "Content-Type", value: "application/json")
            http.body = .bytes(ByteBuffer(bytes: body))
        }
        return try await self.answer(to: http)
    }

    private func answer(to request: HTTPClientRequest) async throws -> HTTPAnswer {
        let (head, bytes) = try await self.receive(
            request, within: self.configuration.timeout, bytesMax: Self.answerBytesMax)
        return HTTPAnswer(status: Int(head.status.code), headers: head.headers, body: bytes)
    }

    /// The client's own time-out ends with the answer's head; ours covers the body too, because a
    /// body that stalls would hold its route for ever.
    private func receive(
        _ request: HTTPClientRequest, within timeout: Duration, bytesMax: Int
    ) async throws -> (HTTPClientResponse, [UInt8]) {
        try await withThrowingTaskGroup(of: (HTTPClientResponse, [UInt8])?.self) { group in
            defer { group.cancelAll() }
            group.addTask {
                let response = try await self.client.execute(
                    request, timeout: TimeAmount(timeout))
                let body = try await response.body.collect(upTo: bytesMax)
                return (response, Array(body.readableBytesView))
            }
            group.addTask {
                try await ContinuousClock().sleep(for: timeout)
                return nil
            }
            guard let first = try await group.next(), let answer = first else {
                throw HTTPClientError.deadlineExceeded
            }
            return answer
        }
    }

    /// A file of Discord's picture server, which asks for no token and mustn't get it.
    func picture(at path: String) async -> DiscordOutcome<[UInt8]> {
        let request = HTTPClientRequest(url: self.configuration.pictureURL + path)
        do {
            let (head, bytes) = try await self.receive(
                request, within: Self.pictureTimeout, bytesMax: Limits.pictureBytes)
            guard head.status == .ok else {
                return .unknown(reason: "HTTP \(head.status.code) for a picture")
            }
            return .ok(bytes)
        } catch {
            return .unknown(reason: "the picture couldn't be had")
        }
    }

    /// A connection that never stood carried nothing; of any other failure nobody knows.
    private func outcome(
        of error: any Error, _ request: DiscordRequest
    ) -> DiscordOutcome<JSONValue> {
        self.logger.debug(
            "request to Discord failed",
            metadata: ["route": "\(request.route.template)", "error": "\(error)"])
        guard let failure = ConnectFailure(error) else {
            return .unknown(reason: "the connection to Discord failed")
        }
        self.reachability.failed(failure)
        return .postponed(after: Self.unreachableWait, reason: "Discord can't be reached")
    }
}
