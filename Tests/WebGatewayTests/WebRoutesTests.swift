import Foundation
import GatewayKit
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import ProcessShell
import Protocol
import Testing

@testable import WebGateway

@Suite struct WebRoutesTests {
    /// A folder with a page in it.
    func withFolder(_ body: (String) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory
            .appending(path: "static-\(UInt32.random(in: 0 ... .max))")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try Data("<!doctype html>".utf8).write(to: folder.appending(path: "index.html"))
        try await body(folder.path(percentEncoded: false))
    }

    func app(_ folder: String, readiness: Readiness = .ready) throws -> some ApplicationProtocol {
        var configuration = try WebConfiguration(Settings(environment: [:]))
        configuration.staticFolder = folder
        let identity = GatewayIdentity(
            box: configuration.box, service: configuration.service, mode: .reader, agent: "test/1")
        let client = BrokerClient(
            BrokerClientConfiguration(socketPath: "/nowhere", identity: identity), logger: quiet)
        let routes = WebRoutes(
            configuration: configuration, pictures: PictureDesk(client), metrics: Metrics(),
            readiness: { readiness }, version: "1")
        return Application(router: routes.router(quiet), logger: quiet)
    }

    @Test(arguments: [
        ("/", 200), ("/index.html", 200), ("/livez", 200), ("/readyz", 200), ("/ws", 426),
        ("/none", 404), ("/..%2Fsecret", 400), ("/avatar/none", 503), ("/avatar/a%20b", 404),
        ("/metrics", 403), ("//etc/passwd", 404),
    ])
    func `every answer keeps a page from doing more than it should`(
        path: String, status: Int
    ) async throws {
        try await self.withFolder { folder in
            try await self.app(folder).test(.router) { client in
                let response = try await client.execute(uri: path, method: .get)
                #expect(response.status.code == status)
                let policy = try #require(response.headers[.contentSecurityPolicy])
                #expect(policy.contains("default-src 'none'; script-src 'self'"))
                #expect(!policy.contains("unsafe"))
                #expect(response.headers[.xContentTypeOptions] == "nosniff")
                let referrer = try #require(HTTPField.Name("Referrer-Policy"))
                #expect(response.headers[referrer] == "no-referrer")
            }
        }
    }

    @Test func `a page is asked for again and mostly not sent again`() async throws {
        try await self.withFolder { folder in
            try await self.app(folder).test(.router) { client in
                let first = try await client.execute(uri: "/", method: .get)
                #expect(first.headers[.contentType] == "text/html; charset=utf-8")
                #expect(first.headers[.cacheControl] == "no-cache")
                let tag = try #require(first.headers[.eTag])
                let second = try await client.execute(
                    uri: "/", method: .get, headers: [.ifNoneMatch: tag])
                #expect(second.status == .notModified)
            }
        }
    }

    @Test(arguments: [
        "bytes=5-2", "bytes=0-2", "bytes=99999-", "bytes=-0", "x",
        "bytes=" + Array(repeating: "0-", count: 1_000).joined(separator: ","),
    ])
    func `a range of a file is the whole file`(range: String) async throws {
        try await self.withFolder { folder in
            try await self.app(folder).test(.router) { client in
                let response = try await client.execute(
                    uri: "/index.html", method: .get, headers: [.range: range])
                #expect(response.status == .ok)
                #expect(String(buffer: response.body) == "<!doctype html>")
            }
        }
    }

    @Test func `without the broker the process works and isn't ready`() async throws {
        try await self.withFolder { folder in
            try await self.app(folder, readiness: .brokerAway).test(.router) { client in
                #expect(try await client.execute(uri: "/livez", method: .get).status == .ok)
                let ready = try await client.execute(uri: "/readyz", method: .get)
                #expect(ready.status == .serviceUnavailable)
                #expect(String(buffer: ready.body).contains("broker can't be reached"))
            }
        }
    }

    @Test(arguments: [(ErrorCode.storageFull, "disk is full"), (.storageFailed, "can't write")])
    func `while the broker stores nothing the process works and isn't ready`(
        code: ErrorCode, words: String
    ) async throws {
        try await self.withFolder { folder in
            try await self.app(folder, readiness: .storesNothing(code)).test(.router) { client in
                #expect(try await client.execute(uri: "/livez", method: .get).status == .ok)
                let ready = try await client.execute(uri: "/readyz", method: .get)
                #expect(ready.status == .serviceUnavailable)
                let text = String(buffer: ready.body)
                #expect(text.contains(words) && text.contains(code.text))
            }
        }
    }

    @Test func `the head of a file is answered without the file`() async throws {
        try await self.withFolder { folder in
            try await self.app(folder).test(.router) { client in
                for path in ["/", "/livez", "/readyz"] {
                    let response = try await client.execute(uri: path, method: .head)
                    #expect(response.status == .ok)
                    #expect(response.body.readableBytes == 0)
                }
            }
        }
    }
}
