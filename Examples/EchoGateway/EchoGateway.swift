import GatewayKit

/// A gateway that answers whatever is said in the box "main" with the same words.
@main struct Echo {
    static func main() async throws {
        let echo = try ServiceWorker<String>(box: "main", service: "echo")
        echo.onMessage { message in
            // However often the same message comes, one answer stands.
            try await message.answer(message.text, format: message.format)
        }
        await echo.serve()
    }
}
