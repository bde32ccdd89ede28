import NIOCore
import Protocol
import StrictJSON
import Testing

@testable import WebGateway

@Suite struct PageTests {
    func read(_ text: String) throws -> PageFrame { try PageFrame(ByteBuffer(string: text)) }

    @Test func `a hello is read with all that it says`() throws {
        let id = Sample.eventID(3)
        let frame = try self.read(
            """
            {"type":"hello","version":1,"visitor":"\(Sample.visitor)","secret":"\(Sample.secret)",
             "create":true,"name":" Ann\\u0007 ",
             "from":{"epoch":"\(Sample.epoch)","seq":3,"id":"\(id)"},"later":1}
            """)
        #expect(frame == .hello(try Sample.hello(from: 3)))
    }

    @Test(arguments: [
        "{", "[]", "{}", #"{"type":"hello"}"#,
        #"{"type":"hello","version":1,"visitor":"x","secret":"\#(Sample.secret)"}"#,
        #"{"type":"hello","version":1,"visitor":"\#(Sample.visitor.uppercased())","secret":"\#(Sample.secret)"}"#,
        #"{"type":"hello","version":1,"visitor":"\#(Sample.visitor)","secret":"short"}"#,
        #"{"type":"send","body":"x"}"#, #"{"type":"send","key":"a b","body":"x"}"#,
        #"{"type":"history"}"#, #"{"type":"history","before":1,"after":1}"#,
        #"{"type":"history","before":-1}"#,
    ])
    func `what can't be read is the page's fault`(text: String) throws {
        #expect(throws: PageFrameError.self) { try self.read(text) }
    }

    @Test func `a message that can't be one is still named`() throws {
        guard case .badSend(let key, _) = try self.read(#"{"type":"send","key":"k","body":7}"#)
        else {
            Issue.record("It must be a bad send.")
            return
        }
        #expect(key.text == "k")
    }

    @Test func `other versions and kinds are told apart`() throws {
        #expect(try self.read(#"{"type":"hello","version":2}"#) == .otherVersion)
        #expect(try self.read(#"{"type":"typing"}"#) == .unknown)
        #expect(try self.read(#"{"type":"ping"}"#) == .ping)
        #expect(try self.read(#"{"type":"history","after":0}"#) == .history(.after(0)))
    }

    @Test func `a credential is the hash of the secret's digits`() throws {
        // printf AAAA…A | openssl dgst -sha256 -binary | basenc --base64url
        let credential = try #require(Credential(secret: Sample.secret))
        #expect(credential.hash == "DwBzhbb51LfusnSGBa_hqYSgo7-j8BTQnip4TOnlzRo")
        #expect("\(credential)" == "credential")
    }

    @Test(arguments: [
        ("Ann", "Ann"), ("  Ann Lee\n", "Ann Lee"), ("", nil), (" \u{7}\t", nil),
        (String(repeating: "x", count: 50), String(repeating: "x", count: 40)),
        (String(repeating: "😀", count: 40), String(repeating: "😀", count: 32)),
    ])
    func `a name is cleaned and cut to what an author may have`(text: String, name: String?) {
        #expect(VisitorName.clean(text) == name)
    }

    @Test(arguments: [
        ("x", nil), (" \n\u{3000}", "message_empty"), ("", "message_empty"),
        (String(repeating: "x", count: 4_000), nil),
        (String(repeating: "x", count: 4_001), "message_too_long"),
        (String(repeating: "😀", count: 4_000), nil),
        (String(repeating: "e\u{301}", count: 2_001), "message_too_long"),
    ])
    func `a message is neither empty nor too long`(body: String, code: String?) {
        #expect(MessageRules.refusal(of: body)?.code == code)
    }

    @Test func `a page learns no service's name and only its own keys`() throws {
        let events = [try Sample.event(1, service: "web"), try Sample.event(2)]
        let text = PageMessage.events(events).encoded(for: try Sample.name("web"))
        #expect(
            String(buffer: text) == """
                {"type":"events","events":[{"seq":1,"id":"\(Sample.eventID(1))","at":5,\
                "kind":"message","from":"visitor","author":{"id":"a","name":"Bob"},\
                "body":"body 1","format":"plain","key":"key-1"},\
                {"seq":2,"id":"\(Sample.eventID(2))","at":5,"kind":"message","from":"team",\
                "author":{"id":"a","name":"Bob"},"body":"body 2","format":"plain"}]}
                """)
    }

    @Test func `a refusal says whether and when to try again`() throws {
        let web = try Sample.name("web")
        let key = try Sample.key("k")
        let later = PageRefusal(key: key, reason: .rateLimited(.microseconds(600_100)))
        #expect(
            String(buffer: PageMessage.refused(later).encoded(for: web)).contains(
                #""code":"rate_limited","retry":true,"retry_after_ms":601,"#))
        let never = PageRefusal(key: key, reason: .messageEmpty)
        #expect(
            String(buffer: PageMessage.refused(never).encoded(for: web)).contains(
                #""code":"message_empty","retry":false,"message""#))
    }

    @Test func `a welcome carries where everything stands`() throws {
        let welcome = PageWelcome(
            epoch: Sample.epoch, head: .none, recovered: false,
            receipt: TeamReceipt(
                deliveredUpTo: 2, seenUpTo: 1,
                failed: [.init(seq: 2, code: "50035", reason: "Too long.")]), isTeamUp: true)
        let text = PageMessage.welcome(welcome).encoded(for: try Sample.name("web"))
        #expect(
            String(buffer: text) == """
                {"type":"welcome","version":1,"epoch":"\(Sample.epoch)",\
                "head":{"seq":0,"id":null},"recovered":false,\
                "receipt":{"delivered_upto":2,"seen_upto":1,\
                "failed":[{"seq":2,"reason":"Too long."}]},"team":{"up":true},\
                "limits":{"scalars":4000,"bytes":16384}}
                """)
    }
}
