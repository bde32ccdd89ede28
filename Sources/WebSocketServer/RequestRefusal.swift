package import NIOHTTP1

/// An answer that ends a connection: what was asked isn't taken.
package struct RequestRefusal: Error, Equatable, Sendable {
    /// The status.
    package var status: HTTPResponseStatus
    /// Further fields.
    package var headers: HTTPHeaders
    /// A sentence for people: what is wrong and what to do.
    package var text: String

    /// A refusal.
    package init(_ status: HTTPResponseStatus, headers: HTTPHeaders = [:], _ text: String) {
        self.status = status
        self.headers = headers
        self.text = text
    }
}
