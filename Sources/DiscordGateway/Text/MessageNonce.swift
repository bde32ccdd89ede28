import Protocol

/// The nonce of a part: the event's 16 bytes in base64url and the part's number.
enum MessageNonce {
    /// The nonce of the part with this number, counted from 0; 23–25 characters for the 128 parts
    /// that an event can have.
    static func of(_ event: EventID, part: Int) -> String {
        Base64URL.encode(event.bits.bytes) + String(part)
    }
}
