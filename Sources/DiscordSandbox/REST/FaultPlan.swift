/// The faults that are still to happen, in the order they were asked for.
struct FaultPlan: Sendable {
    private(set) var faults: [Fault] = []

    mutating func add(_ fault: Fault) {
        self.faults.append(fault)
    }

    mutating func clear() {
        self.faults = []
    }

    /// The fault that meets a request, if any; it is used up by that.
    mutating func next(for call: RESTCall) -> Fault? {
        for index in self.faults.indices where self.faults[index].meets(call) {
            guard self.faults[index].skip == 0 else {
                self.faults[index].skip -= 1
                continue
            }
            let fault = self.faults[index]
            self.faults[index].count -= 1
            if self.faults[index].count == 0 { self.faults.remove(at: index) }
            return fault
        }
        return nil
    }
}
