"""The fault matrix: makes every row's fault beneath the real processes and judges what is left.

matrix.py [--rows 1-9,51] [--seed N] [--jobs N] [--short] [--keep FOLDER] [--table FILE]

Prints a table with each row, what was seen, and the verdict, and exits with 1 if a row is broken. A
row that this machine can't make, or that isn't here, is named with the reason. Evidence of broken
rows is kept, and `checker.py FOLDER` judges it again.
"""

import argparse
import concurrent.futures
import json
import pathlib
import random
import subprocess
import sys
import time

import paths  # noqa: F401
import faults  # noqa: F401
from trial import ROWS, attempt

# Rows of the matrix that are tried elsewhere, or can't be here.
ELSEWHERE = {
    27: (
        "checkpoint starvation", "no reader of the broker's holds a snapshot for longer than a page"
    ),
    41: ("5,000 idle sockets", "figures in make bench"),
    42: ("slowloris", "Tests/EndToEnd/test_web.py and the web gateway's tests"),
    44: ("port in use", "WebGatewayTests, WebServer"),
    45: ("forged X-Forwarded-For", "WebGatewayTests, TrustedProxies"),
    47: ("old cached page", "Tests/Page, version.js"),
    48: ("offline for 8 h", "Tests/Page: pages of what was missed, with an injected clock"),
    50: ("storage blocked", "Tests/Page"),
    62: ("DNS, TLS, expired certificate", "DiscordGatewayTests play the client's errors"),
    70: ("log disk full", "the supervisor owns the logs"),
    71: ("secret missing or unreadable", "Tests/Deployment/test_command_line.py"),
    72: ("SIGHUP with a bad setting", "settings are read at start only"),
}


def chosen(text):
    """The rows that a text like 1-9,51 names; all if there is none."""
    if not text:
        return sorted(ROWS)
    numbers = []
    for part in text.split(","):
        first, _, last = part.partition("-")
        numbers += range(int(first), int(last or first) + 1)
    return [number for number in numbers if number in ROWS]


def one(arguments):
    """A row in this process; its result as a line of JSON."""
    (number,) = chosen(arguments.one)
    result = attempt(ROWS[number], arguments.seed, arguments.short, arguments.keep)
    print("RESULT " + json.dumps([result.verdict, result.seen, result.seconds, result.folder]))


def apart(number, arguments):
    """A row in a process of its own: what it leaves behind can't meet the next."""
    command = [
        sys.executable, __file__, "--one", str(number), "--seed", str(arguments.seed),
        "--keep", str(arguments.keep), *(["--short"] if arguments.short else []),
    ]
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=1500)
    except subprocess.TimeoutExpired:
        return number, ["broken", ["it didn't come to an end"], 1500, None]
    lines = [line for line in done.stdout.splitlines() if line.startswith("RESULT ")]
    if not lines:
        return number, ["broken", [(done.stdout + done.stderr)[-500:]], 0, None]
    result = json.loads(lines[-1].removeprefix("RESULT "))
    if result[0] == "broken":
        arguments.keep.mkdir(parents=True, exist_ok=True)
        (arguments.keep / f"row-{number:02}.log").write_text(done.stdout + done.stderr)
    return number, result


def table(results):
    """What became of each row, in Markdown."""
    lines = ["| row | fault | process | seen | verdict | s |", "|---|---|---|---|---|---|"]
    for number in sorted({*results, *ELSEWHERE}):
        if number in results:
            row, (verdict, seen, seconds, _) = ROWS[number], results[number]
            text = "; ".join(seen).replace("|", "/").replace("\n", " ")
            lines.append(
                f"| {number} | {row.fault} | {row.process} | {text} | {verdict} | {seconds:.0f} |")
        else:
            fault, where = ELSEWHERE[number]
            lines.append(f"| {number} | {fault} | | {where} | not here | |")
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1_000_000))
    parser.add_argument("--jobs", type=int, default=3)
    parser.add_argument("--short", action="store_true")
    parser.add_argument("--keep", type=pathlib.Path, default=paths.ROOT / "var" / "torture")
    parser.add_argument("--table", type=pathlib.Path)
    parser.add_argument("--one", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        return one(arguments)
    began = time.monotonic()
    print(f"replay with --seed {arguments.seed}")
    results = {}
    with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as jobs:
        waiting = [jobs.submit(apart, number, arguments) for number in chosen(arguments.rows)]
        for done in concurrent.futures.as_completed(waiting):
            number, result = done.result()
            results[number] = result
            fault = ROWS[number].fault
            print(f"row {number:2} {fault}: {result[0]} ({result[2]:.0f} s)", flush=True)
            if result[0] not in ("holds",):
                print(f"       {'; '.join(result[1])[:400]}", flush=True)
    text = table(results)
    print("\n" + text)
    if arguments.table:
        arguments.table.parent.mkdir(parents=True, exist_ok=True)
        arguments.table.write_text(text + "\n")
    broken = [number for number, result in results.items() if result[0] == "broken"]
    named = [n for n, result in results.items() if result[0].startswith(("can't", "to be"))]
    holding = len(results) - len(broken) - len(named)
    print(
        f"\n{holding} rows hold, {len(broken)} broken {broken or ''}, {len(named)} named "
        f"{named or ''}, {time.monotonic() - began:.0f} s")
    sys.exit(1 if broken else 0)


if __name__ == "__main__":
    main()
