#!/usr/bin/env bash
# Fuzzes what reads foreign bytes, with libFuzzer: fuzz.sh SECONDS [TARGET…]. `make fuzz` calls it.
#
# A package of its own is made from the manifest, as Tests/sanitize.sh does: the pure files of the
# executables are built as libraries there, since a fuzzer has a main of its own. Each target runs for
# so many seconds. An input that breaks a property is kept under Tests/Fuzz/Regressions/TARGET, where
# `swift test` tries it for ever.
set -euo pipefail
cd "$(dirname "$0")/.."

seconds=${1:-60}
shift || true
folder=$PWD/.build-fuzz
package=$folder/package
rm -rf "$package"
mkdir -p "$package"
ln -sfn "$PWD/Sources" "$package/Sources"

# part MODULE FILE…: a module of these files.
part() {
    mkdir -p "$package/Parts/$1"
    local file
    for file in "${@:2}"; do ln -sfn "$PWD/$file" "$package/Parts/$1/$(basename "$file")"; done
}
part Crypto Tests/Fuzz/Crypto/Crypto.swift
part WebSockets Sources/WebSockets/{MessageAssembler,WebSocketCloseCode,WebSocketLimits,WebSocketRole}.swift
part WebSocketServer Sources/WebSocketServer/FrameLengthScan.swift
part WebGateway Sources/WebGateway/Page/{Credential,PageFrame,PageHello,PageRequest,VisitorText,PageRefusal}.swift
part DiscordGateway Sources/DiscordGateway/Text/{AuthorNames,CalendarTime,DiscordLink,InboundTranslation,LineStarts}.swift \
    Sources/DiscordGateway/Text/{MessageNonce,MessagePart,MessageParts,OperatorText,Placeholders,VisitorText}.swift \
    Sources/DiscordGateway/Objects/*.swift Sources/DiscordGateway/Identifiers/*.swift \
    Sources/DiscordGateway/Gateway/GatewayPayload.swift
part Fuzz Tests/Fuzz/Fuzz.swift Tests/*Tests/*Property.swift

{
    cat Package.swift
    cat <<'MANIFEST'

package.products.removeAll()
package.dependencies.removeAll {
    if case .sourceControl(_, let location, _) = $0.kind { !location.hasSuffix("/swift-nio") } else { true }
}
let watched = strict + [.unsafeFlags(["-sanitize=fuzzer", "-O", "-assert-config", "Debug"])]
let parts: [(name: String, dependencies: [Target.Dependency])] = [
    ("Crypto", []),
    ("WebSockets", [nioCore, nioWebSocket]),
    ("WebSocketServer", []),
    ("WebGateway", ["Crypto", "Protocol", "StrictJSON", "WebSockets", nioCore]),
    ("DiscordGateway", ["Crypto", "Protocol", "StrictJSON"]),
]
package.targets.removeAll { $0.name != "StrictJSON" && $0.name != "Protocol" }
for target in package.targets { target.swiftSettings = watched }
package.targets += parts.map {
    .target(
        name: $0.name, dependencies: $0.dependencies, path: "Parts/\($0.name)",
        swiftSettings: watched)
}
package.targets.append(
    .executableTarget(
        name: "Fuzz",
        dependencies: [
            "DiscordGateway", "Protocol", "StrictJSON", "WebGateway", "WebSockets",
            "WebSocketServer", nioCore, nioWebSocket,
        ],
        path: "Parts/Fuzz",
        swiftSettings: strict + [.unsafeFlags(["-parse-as-library"])],
        linkerSettings: [.unsafeFlags(["-sanitize=fuzzer", "-use-ld=lld"])]))
MANIFEST
} >"$package/Package.swift"

build() { swift build --package-path "$package" --scratch-path "$folder/build" --product Fuzz "$@"; }
build
fuzz=$(build --show-bin-path)/Fuzz
[ $# -gt 0 ] || mapfile -t targets < <("$fuzz")
[ $# -eq 0 ] || targets=("$@")

# libFuzzer writes a failing input itself, if Swift's own handler of crashes lets it.
export SWIFT_BACKTRACE=enable=no
status=0
for target in "${targets[@]}"; do
    corpus=$folder/corpus/$target
    seeds=$folder/seeds/$target
    found=Tests/Fuzz/Regressions/$target
    mkdir -p "$corpus" "$seeds" "$found"
    python3 Tests/Fuzz/seeds.py "$target" "$seeds"
    log=$folder/$target.log
    echo "== $target, $seconds s"
    "$fuzz" "$target" -max_total_time="$seconds" -max_len=4096 -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
        -artifact_prefix="$found/" "$corpus" "$found" "$seeds" >"$log" 2>&1 || {
        status=1
        grep -aE 'Fatal error|SUMMARY|Test unit written' "$log" || tail -n 5 "$log"
    }
    grep -aE 'number_of_executed_units' "$log" || true
done
exit $status
