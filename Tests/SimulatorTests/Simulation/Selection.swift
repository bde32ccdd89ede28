/// Which of the happenings that a seed plans take place, and how everything else falls: what is left
/// out of a failing run without mending it has nothing to do with its failure.
struct Selection: Equatable {
    /// The numbers of the happenings that are left out.
    var omitted: Set<Int> = []
    /// Another course of the same plan; 0 is the seed's own.
    var lot: UInt64 = 0

    /// Numbers as an order names them, like `1,4,9`; `none` for none.
    static func numbers(_ text: String) -> Set<Int> {
        Set(text.split(separator: ",").compactMap { Int($0) })
    }

    /// The numbers of the happenings that are left out, as an order names them.
    var omittedText: String {
        self.omitted.isEmpty
            ? "none" : self.omitted.sorted().map(String.init).joined(separator: ",")
    }
}
