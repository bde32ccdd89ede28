import Protocol
import Testing

@testable import WebGateway

@Suite struct MetricsTests {
    @Test func `counts are written as Prometheus reads them`() {
        var table = MetricsTable()
        table.sockets = 2
        table.opened = 5
        table.stored("send", after: .milliseconds(3))
        table.stored("send", after: .seconds(9))
        table.stored("edit", after: .microseconds(1_000))
        table.refused("rate_limited")
        table.closed(1013)
        table.denied(429)
        let text = table.text(.ready, version: "0.1.0")
        let lines = Set(text.split(separator: "\n").map(String.init))
        for line in [
            #"chatbox_web_info{version="0.1.0"} 1"#, "chatbox_web_broker_up 1",
            "chatbox_web_sockets 2", "chatbox_web_sockets_opened_total 5",
            #"chatbox_web_stored_total{kind="send"} 2"#,
            #"chatbox_web_stored_total{kind="edit"} 1"#,
            #"chatbox_web_refused_total{code="rate_limited"} 1"#,
            #"chatbox_web_sockets_closed_total{code="1013"} 1"#,
            #"chatbox_web_sockets_denied_total{status="429"} 1"#,
            "# TYPE chatbox_web_store_seconds histogram",
            #"chatbox_web_store_seconds_bucket{le="0.001"} 1"#,
            #"chatbox_web_store_seconds_bucket{le="0.005"} 2"#,
            #"chatbox_web_store_seconds_bucket{le="5.0"} 2"#,
            #"chatbox_web_store_seconds_bucket{le="+Inf"} 3"#, "chatbox_web_store_seconds_count 3",
        ] {
            #expect(lines.contains(line), "\(line)")
        }
        #expect(text.hasSuffix("\n"))
        let away = MetricsTable().text(.brokerAway, version: "1")
        #expect(away.contains("broker_up 0") && away.contains("web_ready 0"))
        let full = MetricsTable().text(.storesNothing(.storageFull), version: "1")
        #expect(full.contains("broker_up 1") && full.contains("web_ready 0"))
    }

    @Test func `words are escaped and only so many are told apart`() {
        var table = MetricsTable()
        table.refused("a\"b\\c\nd")
        for number in 0..<200 { table.refused("code\(number)") }
        let text = table.text(.ready, version: "1")
        #expect(text.contains(#"{code="a\"b\\c\nd"} 1"#))
        #expect(text.contains(#"{code="other"} 137"#))
    }

    @Test func `counts are for this machine and for who knows the token`() throws {
        let token = "0123456789abcdef"
        let access = MetricsAccess(token: token)
        let (here, there) = (IPAddress("127.0.0.1"), IPAddress("192.0.2.1"))
        func judge(
            _ access: MetricsAccess, _ peer: IPAddress?, _ isForwarded: Bool = false,
            _ authorization: String? = nil
        ) -> MetricsAccess.Judgement {
            access.judge(peer: peer, isForwarded: isForwarded, authorization: authorization)
        }
        #expect(judge(access, here) == .allowed)
        #expect(judge(access, here, true) == .unauthorized)
        #expect(judge(access, there) == .unauthorized)
        #expect(judge(access, there, false, "Bearer 0123456789abcdeF") == .unauthorized)
        #expect(judge(access, there, false, token) == .unauthorized)
        #expect(judge(access, there, false, "Bearer \(token)") == .allowed)
        #expect(judge(access, nil, true, "Bearer \(token)") == .allowed)
        #expect(judge(MetricsAccess(token: nil), there, false, "Bearer ") == .forbidden)
        #expect(judge(MetricsAccess(token: nil), here) == .allowed)
    }

    @Test func `a shelf lets go of what nobody asked for the longest`() throws {
        var shelf = PictureShelf(bytesMax: 10)
        let (one, two, three) = (
            try Sample.name("1"), try Sample.name("2"), try Sample.name("3")
        )
        let picture = Picture(mediaType: .png, bytes: [1, 2, 3, 4])
        shelf.keep(picture, as: one)
        shelf.keep(picture, as: two)
        #expect(shelf.picture(one) == picture)
        shelf.keep(picture, as: three)
        #expect(shelf.picture(two) == nil)
        #expect(shelf.picture(one) == picture)
        #expect(shelf.picture(three) == picture)
        shelf.keep(Picture(mediaType: .png, bytes: Array(repeating: 0, count: 11)), as: two)
        #expect(shelf.count == 2)
    }
}
