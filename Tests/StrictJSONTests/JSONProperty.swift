import Foundation
import StrictJSON

/// What must hold of any bytes that are read as JSON. Tests/Fuzz tries it with millions of them.
enum JSONProperty {
    /// What doesn't hold, or `nil`.
    static func violation(of bytes: [UInt8]) -> String? {
        guard let value = try? JSONParser.parse(bytes) else { return nil }
        // Whoever is stricter than Foundation takes nothing that Foundation refuses.
        let other = try? JSONSerialization.jsonObject(
            with: Data(bytes), options: [.fragmentsAllowed])
        if other == nil { return "Foundation refuses it" }
        let written = JSONWriter.encode(value)
        guard let again = try? JSONParser.parse(written) else {
            return "what was written isn't read"
        }
        if again != value { return "what was written is read as another value" }
        if JSONWriter.encode(again) != written { return "it is written in two ways" }
        return nil
    }
}
