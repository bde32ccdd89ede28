import Protocol

/// Pictures that were asked for lately. A picture never changes under its reference.
struct PictureShelf: Sendable {
    private struct Entry {
        var picture: Picture
        var usedAt: UInt64
    }

    private let bytesMax: Int
    private var entries: [Name: Entry] = [:]
    private var bytes = 0
    private var clock: UInt64 = 0

    /// A shelf for so many bytes of pictures.
    init(bytesMax: Int) { self.bytesMax = bytesMax }

    /// Pictures that are kept.
    var count: Int { self.entries.count }

    /// A picture, if it is kept.
    mutating func picture(_ reference: Name) -> Picture? {
        guard let entry = self.entries[reference] else { return nil }
        self.clock += 1
        self.entries[reference]?.usedAt = self.clock
        return entry.picture
    }

    /// Keeps a picture, and lets go of those that nobody asked for the longest.
    mutating func keep(_ picture: Picture, as reference: Name) {
        guard self.entries[reference] == nil, picture.bytes.count <= self.bytesMax else { return }
        self.clock += 1
        self.entries[reference] = Entry(picture: picture, usedAt: self.clock)
        self.bytes += picture.bytes.count
        while self.bytes > self.bytesMax,
            let oldest = self.entries.min(by: { $0.value.usedAt < $1.value.usedAt })
        {
            self.entries[oldest.key] = nil
            self.bytes -= oldest.value.picture.bytes.count
        }
    }
}
