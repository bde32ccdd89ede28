"""`chatbox conformance`: our gateways and examples pass it, and gateways with a flaw fail the check of that flaw.

All runs go side by side, as they mostly wait: two minutes in all.
"""

import concurrent.futures
import json
import os
import pathlib
import subprocess
import sys
import tempfile

import pytest

from broker_questions import answers
from far_sides import Caller, Page
from stack import FORUM, ROOT, free_ports, wait_for

BINARIES = pathlib.Path(os.environ.get("CHATBOX_BIN") or ROOT / ".build" / "debug")
HERE = pathlib.Path(__file__).parent
READERS = {"subscribe", "resubscribe", "lagged"}
CONSUMERS = {
    "fenced", "credit", "acknowledge-after-effect", "deliveries-in-order", "redelivery", "redelivery-after-kill", "gaps",
    "edits-deletions-unknown-kinds", "another-epoch", "frame-large", "erasure",
}

# Each flaw, and the check that must find it.
FLAWS = {
    "other-version": "hello",
    "early-ping": "nothing-before-welcome",
    "new-instance": "instance",
    "dies-of-the-unknown": "unknown-members-and-types",
    "no-ping": "heartbeat",
    "waits-for-ever": "silence",
    "busy": "back-off",
    "comes-back": "goodbye-for-good",
    "ignores-fencing": "fenced",
    "no-goodbye": "sigterm",
    "credit-once": "credit",
    "acknowledges-first": "acknowledge-after-effect",
    "never-acknowledges": "gaps",
    "new-key": "redelivery",
    "messages-only": "edits-deletions-unknown-kinds",
    "keeps-seqs": "another-epoch",
    "drops-refused": "refused-for-now",
    "insists": "refused-for-good",
    "two-at-a-time": "one-unanswered-send",
    "reorders": "sends-in-order",
}
# These are found in what is typed, the others in what is answered.
TYPED = {"two-at-a-time", "reorders"}


def conformance(*arguments, patience=60, **environment):
    """Runs the suite, and returns its exit code and what became of each check.

    What is well isn't waited for, so that patience costs nothing but where something is wrong."""
    with tempfile.TemporaryDirectory(prefix="suite-", dir="/tmp") as folder:
        run = subprocess.run(
            [BINARIES / "chatbox", "conformance", "--json", "--patience", str(patience), *arguments],
            capture_output=True, timeout=900,
            env={"PATH": os.environ["PATH"], "LLVM_PROFILE_FILE": "/dev/null", "TMPDIR": folder, **environment},
        )
    assert run.stdout, run.stderr.decode()
    checks = json.loads(run.stdout)["checks"]
    return run.returncode, {one["check"]: (one["verdict"], one["sentence"]) for one in checks}


def hook():
    return conformance("--answers", "--", sys.executable, ROOT / "Examples/python/hook.py", "cat")


def typed():
    with tempfile.TemporaryDirectory(prefix="typed-", dir="/tmp") as folder:
        return conformance(
            "--provoke-input", "room {text}", "--observe-output", "--may-double", "--", sys.executable,
            ROOT / "Examples/python/lines.py", f"{folder}/lines.db",
        )


def echo():
    return conformance("--answers", "--", BINARIES / "EchoGateway")


def terminal():
    return conformance(
        "--box", "office", "--provoke-input", "1 {text}", "--observe-output", "--may-double", "--",
        BINARIES / "TerminalChat",
    )


def lines():
    (port,) = free_ports(1)
    with tempfile.TemporaryDirectory(prefix="lines-", dir="/tmp") as folder:
        caller = Caller(f"{folder}/far", port)
        try:
            return conformance(
                "--box", "office", *caller.options, "--may-double", "--", BINARIES / "LineChat",
                LINECHAT_PORT=str(port),
            )
        finally:
            caller.end()


def web():
    (port,) = free_ports(1)
    with tempfile.TemporaryDirectory(prefix="web-", dir="/tmp") as folder:
        page = Page(f"{folder}/far", port)
        try:
            return conformance(
                *page.options, "--", BINARIES / "chatbox-web", CHATBOX_WEB_PORT=str(port),
                CHATBOX_STATIC=str(ROOT / "static"), CHATBOX_LIMIT_FACTOR="0",
            )
        finally:
            page.end()


def discord():
    (port,) = free_ports(1)
    far_side = f"{sys.executable} {HERE}/far_sides.py"
    with tempfile.TemporaryDirectory(prefix="discord-", dir="/tmp") as folder:
        sandbox = subprocess.Popen(
            [BINARIES / "discord-sandbox"], cwd=folder, stderr=subprocess.DEVNULL,
            env={
                "PATH": os.environ["PATH"], "LLVM_PROFILE_FILE": "/dev/null", "VAR": folder, "CHATBOX_VAR": folder,
                "DISCORD_SANDBOX_PORT": str(port), "DISCORD_SANDBOX_MESSAGE_LIMIT": "0",
                "DISCORD_SANDBOX_GLOBAL_LIMIT": "0",
            },
        )
        try:
            return conformance(
                "--provoke", f"{far_side} say {port}", "--observe", f"{far_side} show {port}", "--",
                BINARIES / "chatbox-discord", DISCORD_API_URL=f"http://127.0.0.1:{port}/api/v10",
                DISCORD_TOKEN="sandbox", DISCORD_CHANNEL_ID=FORUM, DISCORD_SETTLE_SECONDS="1",
            )
        finally:
            sandbox.kill()
            sandbox.wait()


def flawed(flaw):
    how = ["--provoke-input", "{text}"] if flaw in TYPED else ["--answers"]
    return conformance(
        *how, "--only", FLAWS[flaw], "--", sys.executable, HERE / "flawed_gateway.py", flaw, patience=20
    )


def unflawed():
    return conformance("--answers", "--", sys.executable, HERE / "flawed_gateway.py")


# What isn't tried, and why that is right: a new gap in what is tried must be noticed.
GATEWAYS = {
    hook: READERS | {"one-unanswered-send"},
    typed: READERS,
    echo: READERS | {"one-unanswered-send"},
    unflawed: READERS | {"one-unanswered-send"},
    # What was typed lives as long as the process.
    terminal: READERS | {"send-after-kill"},
    # Messages are taken only of those who have called.
    lines: READERS | {"send-after-kill", "another-epoch", "erasure"},
    web: CONSUMERS,
    discord: READERS,
}


@pytest.fixture(scope="module")
def runs():
    with concurrent.futures.ThreadPoolExecutor(len(GATEWAYS) + len(FLAWS)) as pool:
        yield {
            **{gateway: pool.submit(gateway) for gateway in GATEWAYS},
            **{flaw: pool.submit(flawed, flaw) for flaw in FLAWS},
        }


@pytest.mark.parametrize("gateway", GATEWAYS)
def test_it_passes(runs, gateway):
    code, checks = runs[gateway].result()
    failed = {name: sentence for name, (verdict, sentence) in checks.items() if verdict == "failed"}
    assert not failed
    assert code == 0
    assert {name for name, (verdict, _) in checks.items() if verdict == "not tried"} == GATEWAYS[gateway]


@pytest.mark.parametrize("flaw", FLAWS)
def test_the_flaw_is_found(runs, flaw):
    code, checks = runs[flaw].result()
    verdict, _ = checks[FLAWS[flaw]]
    assert (code, verdict) == (1, "failed"), checks


def test_nothing_is_passed_that_was_not_tried():
    code, checks = conformance("--only", "send,subscribe", "--", sys.executable, HERE / "flawed_gateway.py")
    assert code == 1
    assert {verdict for verdict, _ in checks.values()} == {"not tried"}


def test_a_gateway_that_never_comes_fails_at_once():
    code, checks = conformance("--", "/bin/false", patience=1)
    assert code == 1
    assert checks.pop("hello")[0] == "failed"
    assert {verdict for verdict, _ in checks.values()} == {"not tried"}


def test_a_socket_that_is_there_is_left_alone(tmp_path):
    path = tmp_path / "broker.sock"
    path.write_text("somebody's")
    run = subprocess.run(
        [BINARIES / "chatbox", "conformance", "--socket", path, "--", "/bin/false"], capture_output=True, check=False
    )
    assert run.returncode == 73
    assert path.read_text() == "somebody's"


def test_the_page_names_every_check():
    names = subprocess.run([BINARIES / "chatbox", "conformance", "--list"], capture_output=True, check=True).stdout
    page = (ROOT / "docs/any-language.md").read_text()
    assert not [line for line in names.decode().splitlines() if f"`{line.split()[0]}`" not in page]


def test_the_suite_answers_as_the_broker_does(tmp_path):
    file = tmp_path / "answers.json"
    conformance("--only", "hello", "--", sys.executable, HERE / "broker_questions.py", file)
    with tempfile.TemporaryDirectory(prefix="real-", dir="/tmp") as folder:
        broker = subprocess.Popen(
            [BINARIES / "chatbox-broker"], cwd=folder, stderr=subprocess.DEVNULL,
            env={"PATH": os.environ["PATH"], "LLVM_PROFILE_FILE": "/dev/null", "CHATBOX_SOCKET": f"{folder}/b",
                 "CHATBOX_DATABASE": ":memory:", "CHATBOX_BOXES": "main=web,suite"},
        )
        try:
            real = wait_for("answers", lambda: answers(f"{folder}/b", "web"))
        finally:
            broker.kill()
            broker.wait()
    played = json.loads(file.read_text())
    for mine, its in zip(played, real, strict=True):
        assert mine == its
