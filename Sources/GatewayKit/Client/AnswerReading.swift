import Protocol

extension GatewaySession.Answer {
    /// Reads the answer that a request asked for, or the refusal.
    func read<Answer: WireMessage>(as kind: Answer.Type) -> Result<Answer, GatewayError> {
        do {
            switch self.type {
            case Answer.type: return .success(try Answer(self.fields))
            case Refused.type: return .failure(.refused(try Refused(self.fields)))
            default:
                return .failure(
                    .answerInvalid("\"\(self.type.prefix(64))\" instead of \"\(Answer.type)\""))
            }
        } catch {
            return .failure(.answerInvalid("\"\(self.type)\": \(error)"))
        }
    }
}
