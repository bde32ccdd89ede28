@main
struct WebGatewayCommand {
    static func main() {}
}
