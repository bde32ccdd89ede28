@main
struct DiscordGatewayCommand {
    static func main() {}
}
