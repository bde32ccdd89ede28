import Hummingbird
import NIOCore

/// A request, and who asks it.
struct WebRequestContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    /// The other end of the connection; `nil` if it has no address.
    let peer: IPAddress?

    init(source: Source) {
        self.coreContext = .init(source: source)
        self.peer = source.channel.remoteAddress.flatMap { IPAddress($0) }
    }
}
