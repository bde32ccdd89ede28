"""The real broker on disks that are full, or fail."""

import contextlib
import os
import subprocess
import time

import pytest

from lone_broker import bodies, opened, send
from stack import wait_for

LONG = "x" * 60_000


def test_after_a_failed_fsync_it_ends_and_nothing_acknowledged_is_lost(broker):
    broker.start()
    web = broker.reader()
    conversation = opened(web)
    stored = []
    wal = f"{broker.database}-wal"
    with broker.injected("fdatasync", "error=EIO", "when=6+", path=wal):
        with contextlib.suppress(EOFError, ConnectionError):
            for number in range(100):
                answer = send(web, conversation, f"k{number}", f"{number}")
                if answer["type"] != "sent":
                    break
                stored.append(f"{number}")
        broker.ends_with(74, "fsync failed", "chatbox restore")
    assert 3 <= len(stored) < 100
    broker.start()
    web = broker.reader()
    # The one that wasn't answered may be there: its sender repeats it, and it stands once.
    assert send(web, conversation, f"k{len(stored)}", f"{len(stored)}")["type"] == "sent"
    assert bodies(web, conversation) == [*stored, f"{len(stored)}"]


def test_one_write_without_space_is_refused_and_repeated(broker):
    broker.start()
    web = broker.reader()
    conversation = opened(web)
    wal = f"{broker.database}-wal"
    with broker.injected("pwrite64", "error=ENOSPC", "when=1", path=wal):
        answer = send(web, conversation, "k1")
        assert (answer["type"], answer["code"], answer["retry"]) == (
            "refused", "storage_full", True)
        assert send(web, conversation, "k1")["type"] == "sent"
    assert bodies(web, conversation) == ["Hello"]
    assert broker.process.poll() is None


def test_the_website_isnt_ready_while_nothing_can_be_stored(broker):
    broker.start()
    web = broker.reader()
    conversation = opened(web)
    with broker.website() as ready:
        wait_for("it is ready", lambda: ready()[0] == 200)
        with broker.injected("pwrite64", "error=EROFS", path=f"{broker.database}-wal"):
            assert send(web, conversation, "k1")["code"] == "storage_failed"
            wait_for("it says so", lambda: ready()[0] == 503, 10)
            assert "storage_failed" in ready()[1]
            # One that comes now hears of it as well.
            with broker.website() as other:
                wait_for("it says so, too", lambda: "storage_failed" in other()[1])
        wait_for("it is ready again", lambda: ready()[0] == 200, 10)
        assert send(web, conversation, "k1")["type"] == "sent"


def test_a_limit_of_the_files_size_is_a_full_disk(broker):
    broker.start()
    web = broker.reader()
    conversation = opened(web)
    pid = str(broker.process.pid)
    size = os.stat(f"{broker.database}-wal").st_size + 20_000
    subprocess.run(["prlimit", "--pid", pid, f"--fsize={size}:"], check=True)
    assert send(web, conversation, "k1", LONG)["code"] == "storage_full"
    subprocess.run(["prlimit", "--pid", pid, "--fsize=unlimited:"], check=True)
    assert send(web, conversation, "k1", LONG)["type"] == "sent"
    assert broker.process.poll() is None


def test_a_full_disk_refuses_tells_and_goes_on_with_space(broker):
    if os.geteuid() != 0:
        pytest.skip("only root may mount a small disk")
    mount = f'mount -t tmpfs -o size=4m tmpfs "{broker.database.parent}" && exec "$0"'
    broker.start("unshare", "--mount", "bash", "-c", mount)

    def inside(command):
        subprocess.run(
            ["nsenter", "-t", str(broker.process.pid), "-m", "bash", "-c", command],
            check=True, cwd="/", stderr=subprocess.DEVNULL)

    filler = broker.database.parent / "filler"
    web = broker.reader()
    conversation = opened(web)
    assert send(web, conversation, "k0")["type"] == "sent"
    inside(f'cat /dev/zero > "{filler}" || true')

    def refused():
        answer = send(web, conversation, f"large-{time.monotonic_ns()}", LONG)
        return answer.get("code") == "storage_full" and answer["retry"]

    wait_for("there is no space left", refused)
    # What is read goes on, and whoever asks how it is hears of it.
    assert "Hello" in bodies(web, conversation)
    other = broker.reader()
    assert other.ask(type="subscribe", conversation=conversation)["type"] == "subscribed"
    status, said = broker.tool("health")
    assert status == 1 and "storage_full" in said
    status, said = broker.tool("status")
    assert status == 0 and "NOTHING IS STORED" in said
    inside(f'rm "{filler}"')
    freed = time.monotonic()
    wait_for("a send is stored", lambda: send(web, conversation, "k1")["type"] == "sent")
    wait_for("it is well again", lambda: broker.tool("health")[0] == 0)
    assert time.monotonic() - freed < 10
    assert broker.process.poll() is None
    assert bodies(web, conversation)[-1] == "Hello"
