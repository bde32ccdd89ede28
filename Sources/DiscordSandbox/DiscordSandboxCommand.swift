@main
struct DiscordSandboxCommand {
    static func main() {}
}
