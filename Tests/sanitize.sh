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

# The sanitizer is told of what a contended Mutex does, which it can't see; and it is tried whether that
# still suffices, hides no real race, and is still needed.
clang -c -O1 -fPIC Tests/Sanitizing/mutex_slow_path.c -o "$folder/mutex_slow_path.o"
contention() { # NAME OBJECT...
    swiftc -sanitize=thread -swift-version 6 -parse-as-library Tests/Sanitizing/Contention.swift \
        "${@:2}" -o "$folder/$1"
}
contention seen "$folder/mutex_slow_path.o"
contention unseen
if ! "$folder/seen" held >"$folder/seen.log" 2>&1; then
    cat "$folder/seen.log"
    echo "ThreadSanitizer sees a race in a Mutex that threads wait for, though Mutex kept them apart:"
    echo "Tests/Sanitizing/mutex_slow_path.c doesn't fit this version of Swift any more."
    exit 1
fi
if "$folder/seen" bare >"$folder/seen.log" 2>&1; then
    echo "ThreadSanitizer overlooks a race beside a Mutex, so that its silence means nothing."
    exit 1
fi
if "$folder/unseen" held >"$folder/unseen.log" 2>&1; then
    echo "ThreadSanitizer sees what a contended Mutex does: Tests/Sanitizing may have become needless."
fi

swift test --package-path "$package" --scratch-path "$folder/build" --sanitize=thread \
    -Xlinker "$folder/mutex_slow_path.o" "$@"
