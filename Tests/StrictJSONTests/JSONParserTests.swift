import StrictJSON
import Testing

@Suite struct JSONParserTests {
    @Test(arguments: [
        ("null", JSONValue.null), ("true", true), (" false ", false), ("0", 0), ("-0", 0),
        ("12", 12), ("-9223372036854775808", .integer(.min)), ("1.5", .number(1.5)),
        ("1e3", .number(1000)), ("9223372036854775808", .number(9223372036854775808)),
        ("\"\"", ""), ("\"a\\n\\\"\\\\\\/\\u00e9\"", "a\n\"\\/é"),
        ("\"\\ud83d\\ude00\"", "😀"), ("[]", JSONValue.array([])),
        ("[1,[2],{}]", .array([1, .array([2]), .object([:])])),
        (
            "{\"a\":{\"b\":[true,null]},\"c\":\"d\"}",
            .object(["a": .object(["b": .array([true, nil])]), "c": "d"])
        ),
    ])
    func `a valid text is read`(text: String, value: JSONValue) throws {
        #expect(try JSONParser.parse(text) == value)
    }

    @Test(arguments: [
        ("", JSONError(.unexpectedEnd, at: 0)), ("  ", JSONError(.unexpectedEnd, at: 2)),
        ("{", JSONError(.unexpectedEnd, at: 1)), ("\"abc", JSONError(.unexpectedEnd, at: 4)),
        ("{\"a\":1,}", JSONError(.trailingComma, at: 7)),
        ("[1,]", JSONError(.trailingComma, at: 3)),
        ("{\"a\":1,\"a\":2}", JSONError(.duplicateName, at: 7)),
        ("{\"a\" 1}", JSONError(.unexpectedByte, at: 5)),
        ("{a:1}", JSONError(.unexpectedByte, at: 1)), ("[1 2]", JSONError(.unexpectedByte, at: 3)),
        ("\"\\u0000\"", JSONError(.nulCharacter, at: 1)),
        ("\"a\u{0}\"", JSONError(.nulCharacter, at: 2)),
        ("\"a\nb\"", JSONError(.controlCharacter, at: 2)),
        ("\"\\x\"", JSONError(.invalidEscape, at: 1)),
        ("\"\\ud800\"", JSONError(.loneSurrogate, at: 1)),
        ("\"\\udc00\\ud800\"", JSONError(.loneSurrogate, at: 1)),
        ("\"\\ud800\\u0041\"", JSONError(.loneSurrogate, at: 1)),
        ("01", JSONError(.trailingBytes, at: 1)), ("1.", JSONError(.unexpectedEnd, at: 2)),
        ("-", JSONError(.unexpectedEnd, at: 1)), ("-x", JSONError(.invalidNumber, at: 1)),
        ("1e400", JSONError(.numberOutOfRange, at: 0)), ("NaN", JSONError(.unexpectedByte, at: 0)),
        ("// x\n1", JSONError(.unexpectedByte, at: 0)), ("1 1", JSONError(.trailingBytes, at: 2)),
        ("truth", JSONError(.unexpectedByte, at: 3)), ("tru", JSONError(.unexpectedEnd, at: 3)),
    ])
    func `an invalid text is refused with its place`(text: String, error: JSONError) {
        #expect(throws: error) { try JSONParser.parse(text) }
    }

    @Test(arguments: [
        ([0xEF, 0xBB, 0xBF, 0x31], JSONError(.byteOrderMark, at: 0)),
        ([0xFF, 0xFE, 0x31, 0x00], JSONError(.byteOrderMark, at: 0)),
        ([0x22, 0xFF, 0xFE, 0x22], JSONError(.notUTF8, at: 1)),
        ([0x22, 0xC0, 0xAF, 0x22], JSONError(.notUTF8, at: 1)),
        ([0x22, 0x5C, 0x6E, 0xED, 0xA0, 0x80, 0x22], JSONError(.notUTF8, at: 1)),
    ])
    func `bytes that are not plain UTF-8 are refused`(bytes: [UInt8], error: JSONError) {
        #expect(throws: error) { try JSONParser.parse(bytes) }
    }

    @Test(arguments: [33, 512, 100_000])
    func `deep nesting is refused without a crash`(depth: Int) {
        let text = String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        #expect(throws: JSONError(.tooDeep, at: 32)) { try JSONParser.parse(text) }
    }

    @Test func `each limit holds at its edge`() throws {
        let limits = JSONLimits(depth: 2, members: 20, elements: 3, stringBytes: 4)
        let names = (0..<21).map { "\"\($0)\":0" }
        func parse(_ text: String) throws -> JSONValue {
            try JSONParser.parse(Array(text.utf8), limits: limits)
        }
        #expect(try parse("[[]]") == [[]])
        #expect(throws: JSONError(.tooDeep, at: 2)) { try parse("[[[]]]") }
        #expect(try parse("[1,2,3]") == [1, 2, 3])
        #expect(throws: JSONError(.tooManyElements, at: 7)) { try parse("[1,2,3,4]") }
        #expect(try parse("\"éé\"") == "éé")
        #expect(throws: JSONError(.stringTooLong, at: 0)) { try parse("\"ééa\"") }
        #expect(throws: JSONError(.stringTooLong, at: 0)) { try parse("\"\\n\\n\\n\\n\\n\"") }
        #expect(throws: Never.self) { try parse("{\(names.prefix(20).joined(separator: ","))}") }
        #expect { try parse("{\(names.joined(separator: ","))}") } throws: {
            ($0 as? JSONError)?.problem == .tooManyMembers
        }
        let repeated = names.prefix(18) + ["\"3\":0"]
        #expect { try parse("{\(repeated.joined(separator: ","))}") } throws: {
            ($0 as? JSONError)?.problem == .duplicateName
        }
    }

    @Test(arguments: [
        JSONValue.null, true, -7, .number(0.5), "a\"\\\n\r\t\u{1}\u{7F}é😀",
        .array([1, "b", .array([]), .object([:]), nil]),
        .object(["k": .object(["n": 1]), "é": "è"]),
    ])
    func `what the writer writes is read back`(value: JSONValue) throws {
        #expect(try JSONParser.parse(JSONWriter.encode(value)) == value)
    }

    @Test func `the writer separates members and elements`() {
        var writer = JSONWriter()
        writer.object { writer in
            writer.member("a", 1)
            writer.member(ifPresent: "b", nil as String?)
            writer.name("c")
            writer.array { writer in
                writer.write("x")
                writer.object { _ in }
                writer.raw("2".utf8)
            }
            writer.member("d", true)
        }
        #expect(
            String(decoding: writer.bytes, as: UTF8.self) == #"{"a":1,"c":["x",{},2],"d":true}"#)
    }
}
