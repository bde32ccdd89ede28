#!/usr/bin/env bash
# Runs the tests: run.sh all|quick|torture|headline. `make test` and the others call it.
# `all` and `quick` end with one line "N passed, N failed", and with a failure if anything failed.
set -uo pipefail
cd "$(dirname "$0")/.."
scope=${1:-all}
results=$(mktemp -d)
trap 'rm -rf "$results"' EXIT

fail() { echo "$1" >&2; echo "0 passed, 1 failed"; exit 1; }

packages=(libsqlite3-dev python3)
[ "$scope" = quick ] || packages+=(supervisor python3-venv strace)
[ "$scope" != all ] || packages+=(chromium nodejs docker-compose fonts-dejavu fonts-noto-color-emoji)
compose/packages.sh "${packages[@]}" || fail "Packages are missing."

# One debug build serves every test. Coverage is part of it from the start: a changed flag would
# build every dependency anew, which takes ten minutes.
echo "Building …"
swift build --build-tests --enable-code-coverage || fail "The build failed."

environment() { # the Python environment of the tests
    [ -x .venv/bin/python ] || python3 -m venv .venv || fail "No Python environment."
    .venv/bin/pip install --quiet --disable-pip-version-check -r Tests/requirements.txt ||
        fail "Python packages are missing."
}

case $scope in
torture)
    environment
    # shellcheck disable=SC2086 # Several options, as `make torture TORTURE="--rows 1-9"` gives them.
    .venv/bin/python Tests/Torture/matrix.py --table var/torture/table.md ${TORTURE:-}
    exit ;;
headline)
    environment
    # shellcheck disable=SC2086
    .venv/bin/python Tests/Torture/headline.py ${TORTURE:-}
    exit ;;
esac

failures=0
step() { # step NAME COMMAND…: a failing step that reports no failing test counts as one
    echo "== $1"
    "${@:2}" || { failures=$((failures + 1)); echo "== $1 failed"; }
}

# A thousand tests at once would queue before the steps of those that wait, whose timers then run out.
width=()
# Read to its end: a grep that leaves early breaks the pipe, and that would look like "no".
case $(swift test --help-hidden) in
*experimental-maximum-parallelization-width*) width=(--experimental-maximum-parallelization-width 8) ;;
esac
# The simulator keeps every processor busy by itself; what it covers the others cover too.
share=1000
[ "$scope" != quick ] || share=120
step "simulator" env LLVM_PROFILE_FILE=/dev/null CHATBOX_SIMULATION_SHARE=$share swift test --skip-build \
    --filter '^SimulatorTests\.' --xunit-output "$results/simulator.xml"
step "swift test" swift test --skip-build --enable-code-coverage "${width[@]}" \
    --skip '^SimulatorTests\.' --xunit-output "$results/swift.xml"
coverage=$(swift test --show-codecov-path --enable-code-coverage 2>/dev/null | tail -n 1)
# There is no report after a failed run; the failure has been counted.
[ ! -f "$coverage" ] || python3 Tests/coverage.py "$coverage"

if [ "$scope" != quick ]; then
    environment
    step "page, its logic" node --test --test-reporter=tap \
        --test-reporter-destination="$results/node.tap" Tests/Page/
    cat "$results/node.tap" 2>/dev/null | grep -E '^not ok|^    not ok' || true
    step "page, in a browser" .venv/bin/python -m pytest -q Tests/Page \
        --junitxml="$results/page.xml"
    step "whole processes" .venv/bin/python -m pytest -q Tests/EndToEnd \
        --junitxml="$results/end-to-end.xml"
    step "faults" .venv/bin/python -m pytest -q Tests/Torture --junitxml="$results/faults.xml"
    step "deployment" .venv/bin/python -m pytest -q Tests/Deployment \
        --junitxml="$results/deployment.xml"
    step "by others' tools" .venv/bin/python -m pytest -q Tests/Conformance \
        --junitxml="$results/conformance.xml"
fi

python3 Tests/tally.py "$results" "$failures"
