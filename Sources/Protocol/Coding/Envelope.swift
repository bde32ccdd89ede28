public import NIOCore
public import StrictJSON

/// A frame's object before its members are read: which kind of message it is.
public struct Envelope: Sendable {
    /// The value of `type`.
    public var type: String
    /// The number of the request that it is or answers.
    public var request: Int64?
    /// The members.
    public var fields: Fields

    /// Reads a frame's body strictly.
    ///
    /// - Throws: `EnvelopeError`, after which the connection can't go on.
    public init(_ body: ByteBuffer) throws(EnvelopeError) {
        let result: Result<JSONValue, JSONError> = body.withUnsafeReadableBytes { bytes in
            Result { () throws(JSONError) in try JSONParser.parse(bytes) }
        }
        switch result {
        case .failure(let error): throw .notJSON(error)
        case .success(.object(let object)): try self.init(object)
        case .success: throw .notObject
        }
    }

    /// Takes an object apart.
    public init(_ object: JSONObject) throws(EnvelopeError) {
        guard let type = object["type"]?.string else { throw .typeMissing }
        self.type = type
        self.fields = Fields(object)
        switch object["request"] {
        case nil, .null?: self.request = nil
        case .integer(let number)? where (1...Limits.integer).contains(number):
            self.request = number
        default: throw .requestInvalid
        }
    }
}

/// Why a frame's body is no message.
public enum EnvelopeError: Error, Equatable, Sendable, CustomStringConvertible {
    case notJSON(JSONError)
    case notObject
    case typeMissing
    case requestInvalid

    /// The code that `goodbye` carries.
    public var code: ErrorCode {
        switch self {
        case .notJSON: .jsonInvalid
        case .notObject: .frameNotObject
        case .typeMissing: .typeMissing
        case .requestInvalid: .requestInvalid
        }
    }

    public var description: String {
        switch self {
        case .notJSON(let error): "A frame must hold one JSON object in UTF-8: \(error)."
        case .notObject: "A frame must hold a JSON object, not another value."
        case .typeMissing: "Every message must have a string \"type\"."
        case .requestInvalid: "\"request\" must be an integer of 1–\(Limits.integer)."
        }
    }
}
