#!/usr/bin/env bash
# Simulates all of ChatBox from seeds: simulate.sh [SEED [RUNS [CANARY]]]. `make simulate` calls it.
#
# One seed is told step by step, so that a failing one can be read; of more than one only those are
# told that break a promise. Each processor runs its share.
#
# SHRINK=1 makes the first seed that breaks a promise small: it leaves out of its plan what the failure
# doesn't need, and tells the rest step by step. OMIT and LOT, which it prints, replay that.
set -euo pipefail
cd "$(dirname "$0")/.."
seed=${1:-1} runs=${2:-1} canary=${3:-none}
omit=${OMIT:-none} lot=${LOT:-0} trace=false shrink=false
[ -z "${SHRINK:-}" ] || shrink=true
[ "$runs" != 1 ] || [ "$shrink" = true ] || trace=true

compose/packages.sh libsqlite3-dev
swift build --build-tests --enable-code-coverage
program=$(swift build --enable-code-coverage --show-bin-path)/ChatBoxPackageTests.xctest

# The order of hashed collections must be the same each time; a profile of it nobody reads.
export SWIFT_DETERMINISTIC_HASHING=1 LLVM_PROFILE_FILE=/dev/null
workers=$(nproc)
[ "$workers" -le "$runs" ] || workers=$runs
processes=()
for ((worker = 0; worker < workers; worker++)); do
    first=$((seed + runs * worker / workers))
    count=$((runs * (worker + 1) / workers - runs * worker / workers))
    CHATBOX_SIMULATION="seed=$first runs=$count canary=$canary trace=$trace omit=$omit lot=$lot shrink=$shrink" \
        "$program" --testing-library swift-testing --filter '^SimulatorTests\.Simulating' \
        2>&1 | grep -vE 'Test run|Suite Simulating|Test simulate\(\) started|Testing Library|Target Platform' &
    processes+=($!)
done
status=0
for process in "${processes[@]}"; do wait "$process" || status=1; done
exit $status
