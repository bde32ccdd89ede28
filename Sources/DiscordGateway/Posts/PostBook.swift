import Protocol
import Synchronization

/// Which post belongs to which conversation, as the broker has it, and how far each was read.
final class PostBook: Sendable {
    /// One of our posts.
    struct Entry: Equatable, Sendable {
        /// The post.
        var post: Snowflake
        /// Its conversation.
        var conversation: ConversationID
        /// Up to which message everything is stored or deliberately ignored.
        var mark: Snowflake?
    }

    private struct State {
        var byPost: [Snowflake: Entry] = [:]
        var byConversation: [ConversationID: Snowflake] = [:]
        var gone: Set<Snowflake> = []
    }

    private let state = Mutex(State())

    /// Adds the broker's bindings to what is known. Marks never go back.
    func load(_ bindings: [Bindings.Binding]) {
        for binding in bindings {
            guard let post = Snowflake(binding.peer) else { continue }
            self.bind(post, to: binding.conversation)
            if let mark = binding.mark.flatMap({ Snowflake($0) }) {
                self.moveMark(of: post, to: mark)
            }
        }
    }

    /// A conversation has this post now.
    func bind(_ post: Snowflake, to conversation: ConversationID) {
        self.state.withLock { state in
            if let earlier = state.byConversation[conversation], earlier != post {
                state.byPost[earlier] = nil
            }
            let mark = state.byPost[post]?.mark
            state.byConversation[conversation] = post
            state.byPost[post] = Entry(post: post, conversation: conversation, mark: mark)
        }
    }

    /// Nothing is kept of a conversation any more.
    func forget(_ conversation: ConversationID) {
        self.state.withLock { state in
            guard let post = state.byConversation.removeValue(forKey: conversation) else { return }
            state.byPost[post] = nil
            state.gone.remove(post)
        }
    }

    /// Everything up to this message is stored or ignored.
    func moveMark(of post: Snowflake, to mark: Snowflake) {
        self.state.withLock { state in
            guard let entry = state.byPost[post] else { return }
            state.byPost[post]?.mark = max(entry.mark ?? mark, mark)
        }
    }

    /// These posts are known to be deleted. They stay bound until the visitor writes again.
    func lost(_ posts: [Snowflake]) {
        self.state.withLock { $0.gone.formUnion(posts) }
    }

    /// Our posts that are known to be deleted.
    var gone: Set<Snowflake> {
        self.state.withLock { state in state.gone.filter { state.byPost[$0] != nil } }
    }

    /// What is known of a post, if it is one of ours.
    func entry(of post: Snowflake) -> Entry? {
        self.state.withLock { $0.byPost[post] }
    }

    /// A conversation's post.
    func post(of conversation: ConversationID) -> Snowflake? {
        self.state.withLock { $0.byConversation[conversation] }
    }

    /// All our posts.
    var entries: [Entry] {
        self.state.withLock { Array($0.byPost.values) }
    }
}
