import Crypto
import Protocol

// Events' names, which nobody can invent.
//
// A reader whose position isn't in the database knows of a lost history (`regression`), and visitors'
// pages say where they are. So that no visitor can claim to have seen what was never there, the
// second half of an event's name is a proof that this life of the database gave it. (What an
// earlier life gave can't be missing from a copy of this one, which began after it.)
extension StoreTransaction {
    /// The name of a conversation's new event: the first half of these random bits, and the proof.
    ///
    /// - Parameter random: of which the second half isn't used.
    func name(_ random: EventID, seq: Int64, in conversation: ConversationID) -> EventID {
        EventID(
            Bits128(
                high: random.bits.high,
                low: self.proof(random.bits.high, seq: seq, in: conversation)))
    }

    /// Whether this life of the database gave that name to that event.
    func gave(_ position: Position, in conversation: ConversationID) -> Bool {
        position.id.bits.low
            == self.proof(position.id.bits.high, seq: position.seq, in: conversation)
    }

    /// 64 bits of a keyed hash: to guess them takes longer than a page may try.
    private func proof(_ random: UInt64, seq: Int64, in conversation: ConversationID) -> UInt64 {
        var hash = self.keyed
        // What a digest of a message begins with is a length of eight bytes; no body is that long.
        hash.update(data: Array("event id".utf8))
        hash.update(data: self.epoch.bits.bytes)
        hash.update(data: conversation.bits.bytes)
        for number in [random, UInt64(bitPattern: seq)] {
            withUnsafeBytes(of: number.bigEndian) { hash.update(data: $0) }
        }
        return hash.finalize().withUnsafeBytes { bytes in
            UInt64(bigEndian: bytes.loadUnaligned(as: UInt64.self))
        }
    }
}
