import Protocol

// What an erasure means for those who are connected.
extension DeliveryState {
    /// Readers hear that it is over, and consumers that hold something of it get the event that says
    /// so, at once: whatever an earlier event waited for doesn't matter any more.
    mutating func erased(_ begun: ErasureBegun, _ moment: Moment) -> [Directive] {
        let conversation = begun.conversation
        var directives: [Directive] = []
        let readers = self.readers[conversation.id] ?? []
        for reader in readers { self.endSubscription(reader, conversation.id) }
        if !readers.isEmpty {
            directives.append(.push(readers, ConversationGone(conversation: conversation.uid)))
        }
        for service in self.boxes[conversation.box] ?? [] {
            let isWaiting = begun.waiting.contains(service.id)
            if isWaiting {
                self.unacknowledged[service, default: []].insert(conversation.id)
            } else {
                self.unacknowledged[service]?.remove(conversation.id)
            }
            self.consumers[service]?.erased(conversation.id, isWaiting: isWaiting)
            directives += self.deliveries(to: service, moment)
        }
        return directives
    }
}
