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
             "create":true,"name":" Ann\\u0007 ","visible":false,
             "from":{"epoch":"\(Sample.epoch)","seq":3,"id":"\(id)"},"later":1}
            """)
        #expect(frame == .hello(try Sample.hello(from: 3, isVisible: false)))
    }

    @Test(arguments: [
        "{", "[]", "{}", #"{"type":"hello"}"#,
        #"{"type":"hello","version":1,"visitor":"x","secret":"\#(Sample.secret)"}"#,
        #"{"type":"hello","version":1,"visitor":"\#(Sample.visitor.uppercased())","secret":"\#(Sample.secret)"}"#,
        #"{"type":"hello","version":1,"visitor":"\#(Sample.visitor)","secret":"short"}"#,
        #"{"type":"send","body":"x"}"#, #"{"type":"send","key":"a b","body":"x"}"#,
        #"{"type":"history"}"#, #"{"type":"history","before":1,"after":1}"#,
        #"{"type":"history","before":-1}"#, #"{"type":"visible","visible":1}"#,
        #"{"type":"report","seen_upto":-1}"#, #"{"type":"report","delivered_upto":"3"}"#,
        #"{"type":"edit","target":"o","revision":1,"body":"x"}"#,
    ])
    func `what can't be read is the page's fault`(text: String) throws {
        #expect(throws: PageFrameError.self) { try self.read(text) }
    }

    @Test(arguments: [
        #"{"type":"send","key":"k","body":7}"#,
        #"{"type":"send","key":"k","body":"x","reply_to":1}"#,
        #"{"type":"edit","key":"k","target":"o","body":"x"}"#,
        #"{"type":"edit","key":"k","target":"o","revision":0,"body":"x"}"#,
        #"{"type":"edit","key":"k","target":"a b","revision":1,"body":"x"}"#,
        #"{"type":"delete","key":"k"}"#, #"{"type":"requeue","key":"k","seq":0}"#,
    ])
    func `what can't be stored is still named`(text: String) throws {
        guard case .badRequest(let key, _) = try self.read(text) else {
            Issue.record("It must be a bad request.")
            return
        }
        #expect(key.text == "k")
    }

    @Test func `what a page wants stored is read with its key`() throws {
        let (key, target) = (try Sample.key("k"), try Sample.key("o"))
        let id = Sample.eventID(3)
        #expect(
            try self.read(#"{"type":"send","key":"k","body":"x","reply_to":"\#(id)"}"#)
                == .request(PageRequest(key: key, .send(body: "x", replyTo: id))))
        #expect(
            try self.read(#"{"type":"edit","key":"k","target":"o","revision":2,"body":"x"}"#)
                == .request(PageRequest(key: key, .edit(target: target, revision: 2, body: "x"))))
        #expect(
            try self.read(#"{"type":"delete","key":"k","target":"o"}"#)
                == .request(PageRequest(key: key, .delete(target: target))))
        #expect(
            try self.read(#"{"type":"requeue","key":"k","seq":3}"#)
                == .request(PageRequest(key: key, .requeue(seq: 3))))
    }

    @Test(arguments: [Int64(0), 4_070_908_800_000])
    func `what a page's clock says counts for nothing`(time: Int64) throws {
        let clocks = #""at":\#(time),"sent_at":\#(time),"revision":\#(time)"#
        #expect(
            try self.read(#"{"type":"send","key":"k","body":"x",\#(clocks)}"#)
                == .request(PageRequest(key: try Sample.key("k"), .send(body: "x"))))
    }

    @Test func `other versions and kinds are told apart`() throws {
        #expect(try self.read(#"{"type":"hello","version":2}"#) == .otherVersion)
        #expect(try self.read(#"{"type":"dance"}"#) == .unknown)
        #expect(try self.read(#"{"type":"typing"}"#) == .typing)
        #expect(try self.read(#"{"type":"visible","visible":true}"#) == .visible(true))
        #expect(try self.read(#"{"type":"ping"}"#) == .ping)
        #expect(try self.read(#"{"type":"history","after":0}"#) == .history(.after(0)))
        #expect(
            try self.read(#"{"type":"report","delivered_upto":3}"#)
                == .report(PageReport(deliveredUpTo: 3)))
        #expect(
            try self.read(#"{"type":"report","seen_upto":2}"#)
                == .report(PageReport(seenUpTo: 2)))
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
        ("a\nb", "a b"), ("\u{202E}evil\u{2066}\u{200E}", "evil"), ("\u{E0041}\u{200D}", nil),
        ("👩\u{200D}🚀", "👩\u{200D}🚀"), ("\u{1B}[2JAnn", "[2JAnn"), ("\u{E000}x\u{FEFF}", "x"),
        (
            "e" + String(repeating: "\u{301}", count: 30),
            "e" + String(repeating: "\u{301}", count: 8)
        ),
    ])
    func `a name is cleaned and cut to what an author may have`(text: String, name: String?) {
        #expect(VisitorName.clean(text) == name)
    }

    @Test(arguments: [
        ("x", nil), (" \n\u{3000}", "message_empty"), ("", "message_empty"),
        ("\u{200B}\u{FEFF}\u{2060}", "message_empty"), ("\u{1}\u{7F}", "message_empty"),
        ("a" + String(repeating: "\u{301}", count: 5_000), "message_too_long"),
        ("a" + String(repeating: "\u{301}", count: 3_000), nil),
        ("+49 170 1234567, 4111 1111 1111 1111", nil),
        ("\u{202E}<script>alert(1)</script> [x](javascript:1) @everyone\r\nAgent: hi", nil),
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
                "kind":"message","from":"visitor","revision":0,\
                "author":{"id":"a","name":"Bob"},\
                "body":"body 1","format":"plain","key":"key-1"},\
                {"seq":2,"id":"\(Sample.eventID(2))","at":5,"kind":"message","from":"team",\
                "revision":0,"author":{"id":"a","name":"Bob"},"body":"body 2","format":"plain"}]}
                """)
    }

    @Test func `an edit and a deletion name what they mean`() throws {
        var edit = try Sample.event(2)
        edit.kind = .edit
        edit.revision = 7
        edit.target = Event.Target(seq: 1, id: Sample.eventID(1))
        edit.isDeleted = true
        edit.replyTo = Sample.eventID(9)
        let text = PageMessage.events([edit]).encoded(for: try Sample.name("web"))
        #expect(
            String(buffer: text) == """
                {"type":"events","events":[{"seq":2,"id":"\(Sample.eventID(2))","at":5,\
                "kind":"edit","from":"team","revision":7,"author":{"id":"a","name":"Bob"},\
                "body":"body 2","format":"plain","reply_to":"\(Sample.eventID(9))",\
                "target":{"seq":1,"id":"\(Sample.eventID(1))"},"deleted":true}]}
                """)
    }

    @Test(
        arguments: [
            ("9f86d081", #""avatar":"/avatar/9f86d081""#), ("https://cdn.example/1.png", nil),
            ("../x", nil), ("a/b", nil),
        ] as [(String, String?)])
    func `a picture is an address on this origin or none`(
        reference: String, member: String?
    ) throws {
        var event = try Sample.event(1)
        event.author.avatar = reference
        let web = try Sample.name("web")
        let text = String(buffer: PageMessage.events([event]).encoded(for: web))
        #expect(text.contains("avatar") == (member != nil))
        if let member { #expect(text.contains(member)) }
    }

    @Test func `what was stored is answered with its place, if it has one`() throws {
        let (web, key) = (try Sample.name("web"), try Sample.key("k"))
        let sent = Sent(seq: 3, id: Sample.eventID(3), at: 5, revision: 2, duplicate: true)
        #expect(
            String(buffer: PageMessage.stored(key, PageStored(sent)).encoded(for: web)) == """
                {"type":"sent","key":"k","seq":3,"id":"\(Sample.eventID(3))","at":5,\
                "revision":2,"duplicate":true}
                """)
        let deleted = PageStored(Deleted(event: nil, duplicate: false))
        #expect(
            String(buffer: PageMessage.stored(key, deleted).encoded(for: web))
                == #"{"type":"sent","key":"k","duplicate":false}"#)
    }

    @Test func `a version of the page is that of every file's name and content`() {
        let page = PageVersion(files: ["a": [1], "b": []])
        #expect(page.digits.utf8.count == 16)
        #expect(page == PageVersion(files: ["b": [], "a": [1]]))
        for other in [["a": [1]], ["a": [2], "b": []], ["a": [1], "c": []]] as [[String: [UInt8]]] {
            #expect(page != PageVersion(files: other))
        }
        #expect(PageVersion(folder: "/nowhere") == PageVersion(files: [:]))
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
                failed: [.init(seq: 2, code: "50035", reason: "Too long.")]),
            reported: Progress(deliveredUpTo: 9, seenUpTo: 8),
            team: TeamPresence(isUp: true, since: 7), state: .closed, page: Sample.page)
        let text = PageMessage.welcome(welcome).encoded(for: try Sample.name("web"))
        #expect(
            String(buffer: text) == """
                {"type":"welcome","version":1,"epoch":"\(Sample.epoch)",\
                "head":{"seq":0,"id":null},"recovered":false,\
                "receipt":{"delivered_upto":2,"seen_upto":1,\
                "failed":[{"seq":2,"reason":"Too long."}]},\
                "reported":{"delivered_upto":9,"seen_upto":8},\
                "team":{"up":true,"since":7},"state":"closed","page":"e3b0c44298fc1c14",\
                "limits":{"scalars":4000,"bytes":16384}}
                """)
    }

    @Test func `a page that is turned away hears how long`() throws {
        let close = PageClose.rateLimited(.seconds(90), "Later.")
        #expect(
            String(buffer: PageMessage.turnedAway(close).encoded(for: try Sample.name("web")))
                == #"{"type":"refused","code":"rate_limited","retry_after_ms":90000,"#
                + #""message":"Later."}"#)
    }
}
