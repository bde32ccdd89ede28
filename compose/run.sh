#!/usr/bin/env bash
# Sets up and runs ChatBox: run.sh VAR. `make run` calls it.
set -euo pipefail
cd "$(dirname "$0")/.."

mkdir -p "${1:-var}"
VAR=$(cd "${1:-var}" && pwd)
mkdir -p "$VAR/run" "$VAR/log"
chmod 750 "$VAR/run"

# One at a time: a second one would move or share the state of the first. Everything that this
# script starts holds the lock, so it is free when the last of them has ended.
exec 9>"$VAR/run/make-run.lock"
flock --nonblock 9 || {
    echo "ChatBox runs already with the state in $VAR. Stop that one, or name another folder: make run VAR=…" >&2
    exit 75
}

if [ -n "${CHATBOX_CONFIG:-}" ]; then
    { [ -f "$CHATBOX_CONFIG" ] && [ -r "$CHATBOX_CONFIG" ]; } || {
        echo "CHATBOX_CONFIG names $CHATBOX_CONFIG, which is no file that can be read. Correct it and start again." >&2
        exit 78
    }
    CHATBOX_CONFIG=$(realpath "$CHATBOX_CONFIG")
    export CHATBOX_CONFIG
fi

command -v swift >/dev/null || {
    echo "Swift is missing. Install 6.2 or newer from https://swift.org/install and start again." >&2
    exit 69
}
compose/packages.sh libsqlite3-dev supervisor curl

# The release build says nothing for minutes on its first run unless asked; let it show its steps.
echo "Building (the first time takes about ten minutes) …"
swift build -c release
CHATBOX_BIN=$(swift build -c release --show-bin-path)

# Prints a setting: the environment's or, where that is silent, the settings' file's.
setting() {
    if [ -n "${!1:-}" ] || [ -z "${CHATBOX_CONFIG:-}" ]; then
        echo "${!1:-}"
    else
        sed -nE "s/^ *$1 *= *(\"([^\"]*)\"|'([^']*)'|([^ \"'].*[^ ]|[^ ])?) *\$/\\2\\3\\4/p" "$CHATBOX_CONFIG"
    fi
}

# With a token, Discord; without, the stand-in. A box that has talked to the stand-in keeps nothing
# that Discord would know, so that state is moved aside when a token appears.
bound="$VAR/bound-to-sandbox"
if [ -n "$(setting DISCORD_TOKEN)" ] || [ -n "$(setting DISCORD_TOKEN_FILE)" ]; then
    CHATBOX_SANDBOX=false
    if [ -e "$bound" ]; then
        aside="$VAR/sandbox-$(date +%Y%m%d-%H%M%S)"
        mkdir "$aside"
        for item in "$VAR"/chatbox.db* "$VAR/sandbox" "$bound"; do
            [ ! -e "$item" ] || mv "$item" "$aside/"
        done
        echo "There is a Discord token now: what was tried with the sandbox lies in $aside."
    fi
else
    CHATBOX_SANDBOX=true
    : >"$bound"
    DISCORD_SANDBOX_PORT=$(setting DISCORD_SANDBOX_PORT)
    export DISCORD_SANDBOX_PORT=${DISCORD_SANDBOX_PORT:-8090}
    export DISCORD_API_URL="http://127.0.0.1:$DISCORD_SANDBOX_PORT/api/v10"
    export DISCORD_TOKEN=sandbox
    # The forum of the sandbox; see discord-sandbox --help.
    export DISCORD_CHANNEL_ID=1000000000000000002
fi

export VAR CHATBOX_BIN CHATBOX_SANDBOX CHATBOX_VAR=$VAR
declare -A standard=(
    [CHATBOX_SOCKET]=$VAR/run/broker.sock
    [CHATBOX_DATABASE]=$VAR/chatbox.db
    [CHATBOX_STATIC]=$PWD/static
    [CHATBOX_WEB_HOST]=127.0.0.1
    [CHATBOX_WEB_PORT]=8080
)
for key in "${!standard[@]}"; do
    value=$(setting "$key")
    export "$key=${value:-${standard[$key]}}"
done

supervisord --configuration compose/supervisord.conf &
supervisor=$!
stop() {
    trap '' INT TERM
    kill -TERM "$supervisor" 2>/dev/null || true
    wait "$supervisor" || true
    echo "Stopped. The conversations are kept in $CHATBOX_DATABASE."
    exit 0
}
trap stop INT TERM

url="http://$CHATBOX_WEB_HOST:$CHATBOX_WEB_PORT/"
for _ in $(seq 1 150); do
    kill -0 "$supervisor" 2>/dev/null || break
    curl --silent --fail --max-time 1 --output /dev/null "${url}readyz" && ready=true && break
    sleep 0.2
done
if [ "${ready:-}" != true ]; then
    echo "ChatBox isn't ready after 30 s; the newest lines of its logs:" >&2
    tail -n 5 "$VAR"/log/*.log >&2 || true
else
    echo
    echo "  Chat as a visitor:    $url"
    if [ "$CHATBOX_SANDBOX" = true ]; then
        echo "  Answer as the team:   http://127.0.0.1:$DISCORD_SANDBOX_PORT/"
        echo "  (a stand-in for Discord; set DISCORD_TOKEN and DISCORD_CHANNEL_ID for the real one)"
    else
        echo "  Answer as the team:   in your Discord channel"
    fi
    echo "  Logs:                 $VAR/log/    Ctrl-C stops everything."
    echo
fi
wait "$supervisor"
