#!/usr/bin/env bash
# Measures ChatBox: `make bench` calls it. Everything runs on loopback, in a folder of its own.
set -euo pipefail
cd "$(dirname "$0")/.."
compose/packages.sh libsqlite3-dev python3
if [ -z "${CHATBOX_BIN:-}" ]; then
    echo "Building (the first time takes about ten minutes) …"
    swift build -c release
    CHATBOX_BIN=$(swift build -c release --show-bin-path)
fi

folder=$(mktemp -d)
pids=()
stop() {
    for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null && wait "$pid" 2>/dev/null || true; done
    rm -rf "$folder"
}
trap stop EXIT

export CHATBOX_SOCKET=$folder/broker.sock CHATBOX_LOG_LEVEL=warning
broker() { # broker DATABASE
    CHATBOX_DATABASE=$1 "$CHATBOX_BIN/chatbox-broker" >"$folder/broker.log" 2>&1 &
    pids+=($!)
    for _ in $(seq 100); do
        [ -S "$CHATBOX_SOCKET" ] && return
        sleep 0.1
    done
    echo "The broker didn't start:" >&2
    cat "$folder/broker.log" >&2
    exit 69
}

# An empty database of the broker's own schema, for the floor to write to.
broker "$folder/floor.db"
kill "${pids[-1]}" && wait "${pids[-1]}" 2>/dev/null || true
rm -f "$CHATBOX_SOCKET"

broker "$folder/chatbox.db"
echo
echo "Durable sends through the socket, each delivered and acknowledged, beside SQLite's C API"
echo "writing the same rows ($(nproc) cores, $(findmnt -n -o FSTYPE -T "$folder")):"
"$CHATBOX_BIN/Bench" --socket "$CHATBOX_SOCKET" --floor "$folder/floor.db" \
    --seconds "${SECONDS_EACH:-3}" --rounds "${ROUNDS:-3}"

port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
CHATBOX_WEB_PORT=$port CHATBOX_STATIC=$PWD/static "$CHATBOX_BIN/chatbox-web" \
    >"$folder/web.log" 2>&1 &
pids+=($!)
echo
python3 Benchmarks/idle.py "$port" "$!" "${SOCKETS:-2000}"
