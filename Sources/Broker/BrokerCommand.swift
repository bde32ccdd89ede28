@main
struct BrokerCommand {
    static func main() {}
}
