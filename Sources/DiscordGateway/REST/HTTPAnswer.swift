import NIOHTTP1
import StrictJSON

/// What Discord, or something between us, answered.
struct HTTPAnswer: Sendable {
    /// The status.
    var status: Int
    /// The fields.
    var headers: HTTPHeaders
    /// The body, if it is JSON; a gateway before Discord answers in HTML.
    var json: JSONValue?

    /// An answer of these parts.
    init(status: Int, headers: HTTPHeaders, body: [UInt8]) {
        self.status = status
        self.headers = headers
        self.json = try? JSONParser.parse(body, limits: .service)
    }

    /// What it says about rate limits. Of header and body the longer wait counts; a 429 that gives
    /// none comes from in front of Discord, and is meant for all requests.
    var rateLimit: RateLimitReport {
        var report = RateLimitReport { self.headers.first(name: $0) }
        guard self.status == 429 else { return report }
        let inBody = self.json?["retry_after"]?.number.flatMap {
            RateLimitReport.duration(seconds: $0)
        }
        report.isGlobal =
            report.isGlobal || self.json?["global"]?.bool == true || inBody == nil
        report.retryAfter = [report.retryAfter, inBody].compactMap { $0 }.max()
        return report
    }

    /// A refusal's reason.
    var rejection: DiscordRejection {
        DiscordRejection(
            status: self.status, code: self.json?["code"]?.integer ?? 0,
            message: String((self.json?["message"]?.string ?? "no reason given").prefix(300)))
    }
}
