#!/usr/bin/env bash
# Runs the tests of the light modules under ThreadSanitizer: sanitize.sh. `make sanitize` calls it.
#
# A sanitizer is a changed flag, which builds every dependency anew. So a package of these modules
# alone is made from the manifest, beside the usual build; GRDB, Hummingbird and
# their like stay out of it; only the broker that the guide's tests talk to is built as ever.
set -euo pipefail
cd "$(dirname "$0")/.."

modules=(StrictJSON Protocol GatewayKit)
folder=$PWD/.build-sanitize
package=$folder/package
mkdir -p "$package"
ln -sfn "$PWD/Sources" "$package/Sources"
ln -sfn "$PWD/Tests" "$package/Tests"
# The guide's tests read these, and talk to a broker that is built as usual.
for name in Examples docs README.md; do ln -sfn "$PWD/$name" "$package/$name"; done
if [ -z "${CHATBOX_BIN:-}" ]; then
    compose/packages.sh libsqlite3-dev
    swift build --enable-code-coverage --product chatbox-broker
    CHATBOX_BIN=$(swift build --enable-code-coverage --show-bin-path)
    export CHATBOX_BIN
fi

names=$(printf '"%s", "%sTests", ' $(for module in "${modules[@]}"; do echo "$module" "$module"; done))
{
    cat Package.swift
    echo
    echo "let light: Set = [$names\"RegressionInputs\"]"
    echo "package.products.removeAll()"
    echo "package.targets.removeAll { !light.contains(\$0.name) }"
} >"$package/Package.swift"

# Each race is reported with both stacks; the run goes on, and fails at its end.
export TSAN_OPTIONS=${TSAN_OPTIONS:-halt_on_error=0:second_deadlock_stack=1}
swift test --package-path "$package" --scratch-path "$folder/build" --sanitize=thread "$@"
