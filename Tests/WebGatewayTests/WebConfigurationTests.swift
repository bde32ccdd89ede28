import Foundation
import ProcessShell
import Testing

@testable import WebGateway

@Suite struct WebConfigurationTests {
    func read(_ environment: [String: String]) throws -> WebConfiguration {
        try WebConfiguration(Settings(environment: environment))
    }

    @Test func `without settings only this machine is served, by its own names`() throws {
        let configuration = try self.read([:])
        #expect(configuration.host == "127.0.0.1")
        #expect(configuration.port == 8080)
        #expect(configuration.proxies == .none)
        #expect(configuration.limitFactor == 1)
        #expect(configuration.metricsAccess == MetricsAccess(token: nil))
        #expect(configuration.hosts.judge(["evil.example"], mayBeAbsent: false) == .foreign)
    }

    @Test(arguments: [
        ("CHATBOX_TRUSTED_PROXIES", "proxy.example"), ("CHATBOX_TRUSTED_PROXIES", "10.0.0.0/33"),
        ("CHATBOX_LIMIT_FACTOR", "-1"), ("CHATBOX_LIMIT_FACTOR", "many"),
        ("CHATBOX_WEB_PORT", "http"), ("CHATBOX_ALLOWED_ORIGINS", "*"),
        ("CHATBOX_ALLOWED_ORIGINS", "https://shop.example/path"), ("CHATBOX_BOX", "a b"),
        ("CHATBOX_METRICS_TOKEN_FILE", "/nowhere/token"),
    ])
    func `a wrong value is named`(key: String, value: String) throws {
        let error = #expect(throws: ProcessFailure.self) { try self.read([key: value]) }
        #expect(error?.exitCode == .configuration)
        #expect(error?.sentence.contains(key) == true)
    }

    @Test(arguments: [
        ("0123456789abcdef\n", true), ("  0123456789abcdef  ", true), ("short", false), ("", false),
        ("0123456789abcdef 0123456789abcdef", false), ("0123456789abcdé0123456789", false),
    ])
    func `a token is one word that can't be guessed`(text: String, isTaken: Bool) throws {
        let file = FileManager.default.temporaryDirectory
            .appending(path: "token-\(UInt32.random(in: 0 ... .max))")
        defer { try? FileManager.default.removeItem(at: file) }
        let path = file.path(percentEncoded: false)
        #expect(
            FileManager.default.createFile(
                atPath: path, contents: Data(text.utf8), attributes: [.posixPermissions: 0o600]))
        if isTaken {
            let access = try self.read(["CHATBOX_METRICS_TOKEN_FILE": path]).metricsAccess
            #expect(access == MetricsAccess(token: "0123456789abcdef"))
        } else {
            let error = #expect(throws: ProcessFailure.self) {
                try self.read(["CHATBOX_METRICS_TOKEN_FILE": path])
            }
            #expect(error?.sentence.contains("CHATBOX_METRICS_TOKEN_FILE") == true)
            if text.count > 5 {
                #expect(error?.sentence.contains("0123456789") == false, "it is a secret")
            }
        }
    }
}
