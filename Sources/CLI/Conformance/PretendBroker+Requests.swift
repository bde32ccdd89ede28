import Protocol
import StrictJSON

// What a gateway asks for.
extension PretendBroker {
    /// What became of a request.
    typealias Reply = Result<any WireMessage, Refused>

    mutating func asked(_ envelope: Envelope, on connection: Int, at now: Int64) -> [Outgoing] {
        guard let number = envelope.request else {
            self.faults.append("\"\(envelope.type)\" must carry a \"request\".")
            return []
        }
        guard self.sessions[connection]?.isWelcome == true else {
            self.faults.append("\"\(envelope.type)\" came before \"welcome\".")
            return []
        }
        if self.sessions[connection]?.unanswered[number] != nil {
            self.faults.append("Two unanswered requests have the number \(number).")
        }
        self.sessions[connection]?.unanswered[number] = envelope.type
        let count = self.sessions[connection]?.unanswered.count ?? 0
        if count > Limits.unansweredRequests {
            self.faults.append("\(count) requests were unanswered, and 128 may be.")
        }
        do {
            guard let request = try GatewayRequest(envelope) else {
                self.faults.append("\"\(envelope.type)\" is no request of the protocol.")
                return self.reply(to: number, on: connection, .failure(Self.unknownType))
            }
            return self.did(request, number, on: connection, at: now)
        } catch {
            self.faults.append("\"\(envelope.type)\": \(error)")
            return self.reply(to: number, on: connection, .failure(Refused(error)))
        }
    }

    /// The frame that answers a request.
    mutating func reply(to number: Int64, on connection: Int, _ reply: Reply) -> [Outgoing] {
        self.sessions[connection]?.unanswered[number] = nil
        switch reply {
        case .success(let answer): return [self.frame(answer, to: connection, request: number)]
        case .failure(let refused): return [self.frame(refused, to: connection, request: number)]
        }
    }

    private mutating func did(
        _ request: GatewayRequest, _ number: Int64, on connection: Int, at now: Int64
    ) -> [Outgoing] {
        switch request {
        case .send(let send): return self.sent(send, number, on: connection, at: now)
        case .acknowledge, .deadLetter:
            guard self.conduct.takesAcknowledges else { return [] }
        default: break
        }
        return self.reply(
            to: number, on: connection, self.result(of: request, on: connection, at: now))
    }

    private mutating func sent(
        _ send: Send, _ number: Int64, on connection: Int, at now: Int64
    ) -> [Outgoing] {
        let first = self.held.first {
            $0.connection == connection && $0.send.conversation == send.conversation
        }
        if let first {
            self.faults.append(
                "The send \(send.key) came before the send \(first.send.key) of the same "
                    + "conversation was answered.")
        }
        switch self.conduct.sends {
        case .stored:
            return self.reply(to: number, on: connection, self.stored(send, at: now))
        case .storedSilently:
            _ = self.stored(send, at: now)
            return []
        case .held:
            self.held.append(Held(connection: connection, number: number, send: send))
            return []
        case .refused(let code, let retry):
            let sentence = "The suite refuses this to see what happens."
            return self.reply(
                to: number, on: connection, .failure(Refused(code, retry: retry, sentence)))
        }
    }

    private mutating func result(
        of request: GatewayRequest, on connection: Int, at now: Int64
    ) -> Reply {
        switch request {
        case .open(let open): self.opened(open)
        case .bind(let bind): self.bound(bind)
        case .edit(let edit): self.edited(edit, at: now)
        case .delete(let delete): self.deleted(delete, at: now)
        case .close(let close): self.set(.closed, close, at: now)
        case .reopen(let reopen):
            self.set(
                .open,
                Close(
                    conversation: reopen.conversation, key: reopen.key, author: reopen.author),
                at: now)
        case .block(let block):
            self.change(block.conversation) {
                $0.state = block.isBlocked ? .blocked : .open
                return BlockSet()
            }
        case .history(let history): self.page(history)
        case .subscribe(let subscribe): self.subscribed(subscribe, on: connection)
        case .unsubscribe(let unsubscribe):
            self.unsubscribed(unsubscribe.conversation, on: connection)
        case .acknowledge(let acknowledge):
            self.handled(
                acknowledge.conversation, acknowledge.seq, acknowledge.external, on: connection)
        case .deadLetter(let letter):
            self.handled(letter.conversation, letter.seq, letter.external, on: connection)
        case .negativeAcknowledge(let negative):
            self.released(negative, on: connection, at: now)
        case .report(let report):
            self.change(report.conversation) {
                $0.reported.deliveredUpTo = max(
                    $0.reported.deliveredUpTo, report.deliveredUpTo ?? 0)
                $0.reported.seenUpTo = max($0.reported.seenUpTo, report.seenUpTo ?? 0)
                return Reported()
            }
        case .mark(let mark):
            self.change(mark.conversation) {
                $0.mark = max($0.mark ?? mark.mark, mark.mark)
                return Marked()
            }
        case .setProperties(let set):
            self.change(set.conversation) {
                $0.properties = Self.merged($0.properties, set.properties)
                return PropertiesAnswer(properties: $0.properties)
            }
        case .addCredential(let add):
            self.change(add.conversation) {
                $0.credentials.insert(add.credential)
                return CredentialAdded()
            }
        case .revokeCredential(let revoke):
            self.change(revoke.conversation) {
                $0.credentials.remove(revoke.credential)
                return CredentialRevoked()
            }
        case .bindings(let list): .success(self.bindings(list))
        case .known(let known): self.known(known)
        case .receipts: .success(ReceiptPage(entries: [], more: false))
        case .put(let put): self.put(put)
        case .get(let get): .success(Value(value: self.values[get.key] ?? .null))
        case .putPicture(let put): self.put(put)
        case .getPicture(let get): self.picture(get)
        case .requeue:
            .failure(Refused(.notFound, "There is no such dead letter."))
        default:
            .failure(Refused(.notAllowed, "This mode may not do that."))
        }
    }

    /// Changes a conversation, if it is there.
    mutating func change(
        _ id: ConversationID, _ body: (inout Conversation) -> any WireMessage
    ) -> Reply {
        guard var conversation = self.conversations[id] else { return .failure(Self.notFound) }
        let answer = body(&conversation)
        self.conversations[id] = conversation
        return .success(answer)
    }

    private mutating func unsubscribed(_ id: ConversationID, on connection: Int) -> Reply {
        self.sessions[connection]?.subscriptions.remove(id)
        return .success(Unsubscribed())
    }

    private mutating func put(_ put: Put) -> Reply {
        self.values[put.key] = put.value == .null ? nil : put.value
        return .success(Stored())
    }

    private mutating func put(_ put: PutPicture) -> Reply {
        self.pictures[put.picture] = put.content
        return .success(Stored())
    }

    private func picture(_ get: GetPicture) -> Reply {
        guard let picture = self.pictures[get.picture] else {
            return .failure(Refused(.notFound, "There is no such picture."))
        }
        return .success(picture)
    }

    static func merged(_ old: [String: String], _ new: [String: String]) -> [String: String] {
        old.merging(new) { $1 }.filter { !$0.value.isEmpty }
    }

    static let notFound = Refused(.notFound, "There is no such conversation for this service.")
    private static let unknownType = Refused(.unknownType, "There is no such type of message.")
}
