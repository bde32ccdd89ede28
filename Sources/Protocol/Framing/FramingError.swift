/// Why a stream can't be cut into frames.
public enum FramingError: Error, Equatable, Sendable {
    /// A length of 0.
    case empty
    /// A length above the limit, both in bytes.
    case tooLarge(length: UInt32, limit: Int)
}

extension FramingError: CustomStringConvertible {
    /// A sentence for whoever wrote the other side. A length that spells the start of an HTTP
    /// request, or that is small when read from the other end, is named as the likely mistake.
    public var description: String {
        switch self {
        case .empty:
            return "A frame must hold at least one byte."
        case .tooLarge(let length, let limit):
            let sentence = "A frame may hold \(limit) bytes and this one says \(length)"
            let start = (0..<4).map { UInt8(truncatingIfNeeded: length >> (24 - 8 * $0)) }
            if start.allSatisfy({ (0x20...0x7E).contains($0) }) {
                let text = String(decoding: start, as: UTF8.self)
                return "\(sentence): it starts with \"\(text)\", which looks like text, "
                    + "not like a length of four bytes."
            }
            if length.byteSwapped <= UInt32(clamping: limit) {
                return "\(sentence), or \(length.byteSwapped) read little-endian: "
                    + "lengths are big-endian."
            }
            return sentence + "."
        }
    }

    /// The code that `goodbye` carries.
    public var code: ErrorCode {
        switch self {
        case .empty: .frameEmpty
        case .tooLarge: .frameTooLarge
        }
    }
}
