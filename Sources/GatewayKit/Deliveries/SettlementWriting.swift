import NIOCore
import Protocol

extension Settlement {
    /// The request that tells the broker.
    func frame(_ number: Int64) -> ByteBuffer {
        switch self.outcome {
        case .handled(let external, let isPossibleDuplicate):
            return FrameEncoder.frame(
                Acknowledge(
                    conversation: self.conversation, seq: self.seq, external: external,
                    isPossibleDuplicate: isPossibleDuplicate
                ).encoded(request: number))
        case .later(let wait, let external, let reason, let isPossibleDuplicate):
            return FrameEncoder.frame(
                NegativeAcknowledge(
                    conversation: self.conversation, seq: self.seq, external: external,
                    delayMilliseconds: Self.delay(wait), reason: Self.sentence(reason),
                    isPossibleDuplicate: isPossibleDuplicate
                ).encoded(request: number))
        case .deadLetter(let code, let reason, let external, let isPossibleDuplicate):
            return FrameEncoder.frame(
                DeadLetter(
                    conversation: self.conversation, seq: self.seq, external: external,
                    code: Self.cut(code, Limits.keyBytes), reason: Self.sentence(reason),
                    isPossibleDuplicate: isPossibleDuplicate
                ).encoded(request: number))
        }
    }

    /// Reads the broker's answer to it.
    func read(_ answer: GatewaySession.Answer) -> Result<Void, GatewayError> {
        switch self.outcome {
        case .handled, .deadLetter: answer.read(as: Acknowledged.self).map { _ in }
        case .later: answer.read(as: Released.self).map { _ in }
        }
    }

    private static func delay(_ wait: Duration) -> Int64 {
        let most = Duration.milliseconds(Limits.delayMilliseconds)
        let wait = min(max(wait, .zero), most)
        return wait.components.seconds * 1_000
            + wait.components.attoseconds / 1_000_000_000_000_000
    }

    /// A text that the protocol takes as a sentence: a gateway's slip must not keep the broker from
    /// learning the outcome.
    private static func sentence(_ text: String) -> String {
        self.cut(text, Limits.sentenceBytes)
    }

    private static func cut(_ text: String, _ bytesMax: Int) -> String {
        var kept = String.UnicodeScalarView()
        var bytes = 0
        for scalar in text.unicodeScalars where scalar != "\0" {
            bytes += UTF8.width(scalar)
            guard bytes <= bytesMax else { break }
            kept.append(scalar)
        }
        return kept.isEmpty ? "unknown" : String(kept)
    }
}
