#if canImport(Glibc)
    import Glibc
#endif

/// What the C library does with memory that a batch has freed.
enum FreedMemory {
    /// What a thread keeps at most, in bytes: a few of the largest batches.
    private static let kept: Int32 = 8_388_608
    /// By how many bytes a thread's memory grows at a time.
    private static let growth: Int32 = 262_144

    /// Lets threads keep it, since the next batch needs it again: glibc would give each thread's last
    /// pages back at once, and to fault them in again took a tenth of the core's time.
    static func keep() {
        #if canImport(Glibc)
            // mallopt(3), whose header Swift's Glibc leaves out.
            guard let symbol = dlsym(nil, "mallopt") else { return }
            typealias Function = @convention(c) (CInt, CInt) -> CInt
            let mallopt = unsafeBitCast(symbol, to: Function.self)
            let (trimThreshold, topPad): (CInt, CInt) = (-1, -2)
            _ = mallopt(trimThreshold, self.kept)
            _ = mallopt(topPad, self.growth)
        #endif
    }
}
