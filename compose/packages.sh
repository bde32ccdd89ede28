#!/usr/bin/env bash
# Installs Debian packages that are missing: packages.sh NAME…
# Does nothing, and needs no root, where all of them are there.
set -euo pipefail

missing=()
for package in "$@"; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
done
[ ${#missing[@]} -gt 0 ] || exit 0

if ! command -v apt-get >/dev/null; then
    echo "These are missing and this is no Debian: ${missing[*]}. Install their like and start again." >&2
    exit 69
fi
echo "Installing ${missing[*]} …"
root=()
if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || {
        echo "Installing needs root: run 'apt-get install ${missing[*]}' as root and start again." >&2
        exit 77
    }
    root=(sudo)
fi
log=$(mktemp)
trap 'rm -f "$log"' EXIT
install() {
    DEBIAN_FRONTEND=noninteractive "${root[@]}" apt-get -o DPkg::Lock::Timeout=240 install -y \
        --no-install-recommends "${missing[@]}" >"$log" 2>&1
}
# The lists may be absent or old on a new machine: bring them up to date once if it fails.
if ! install; then
    "${root[@]}" apt-get -o DPkg::Lock::Timeout=240 update >"$log" 2>&1 || true
    if ! install; then
        cat "$log" >&2
        echo "apt-get could not install ${missing[*]}; what it says stands above." >&2
        exit 69
    fi
fi
