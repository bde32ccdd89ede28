"""The real broker on disks that are full, fail, or lose what they hold."""

import contextlib
import http.client
import os
import pathlib
import shutil
import signal
import sqlite3
import subprocess
import tempfile
import time
import uuid

import pytest

from gateway import Gateway
from stack import ROOT, free_ports, wait_for

BINARIES = pathlib.Path(os.environ.get("CHATBOX_BIN") or ROOT / ".build" / "debug")
LONG = "x" * 60_000


class Broker:
    """A broker of its own, without a supervisor, so that its end can be seen."""

    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="chatbox-storage-", dir="/tmp"))
        self.database = self.folder / "data" / "chatbox.db"
        self.socket = self.folder / "broker.sock"
        self.database.parent.mkdir()
        self.process = None
        self._starts = 0

    def environment(self):
        kept = ("PATH", "HOME", "LANG", "LD_LIBRARY_PATH")
        return {
            **{name: os.environ[name] for name in kept if name in os.environ},
            "LLVM_PROFILE_FILE": "/dev/null",
            "CHATBOX_DATABASE": str(self.database),
            "CHATBOX_SOCKET": str(self.socket),
        }

    def launch(self, *prefix):
        self._starts += 1
        log = self.folder / f"log-{self._starts}"
        with log.open("wb") as output:
            return log, subprocess.Popen(
                [*prefix, BINARIES / "chatbox-broker"], env=self.environment(),
                stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT)

    def start(self, *prefix):
        self.log, self.process = self.launch(*prefix)
        wait_for("the broker answers", self._answers)

    def _answers(self):
        assert self.process.poll() is None, self.said()
        self.reader().close()
        return True

    def said(self):
        return self.log.read_text(errors="replace")

    def reader(self):
        return Gateway(self.socket, "web", "reader")

    def kill(self):
        self.process.kill()
        self.process.wait()

    def ends_with(self, status, *words, seconds=10):
        """Waits until the broker has ended so, and has said why."""
        wait_for("the broker has ended", lambda: self.process.poll() is not None, seconds)
        assert self.process.returncode == status, self.said()
        for word in words:
            assert word in self.said()

    def tool(self, *arguments):
        done = subprocess.run(
            [BINARIES / "chatbox", *arguments], env=self.environment(), timeout=20,
            capture_output=True, text=True)
        return done.returncode, done.stdout + done.stderr

    @contextlib.contextmanager
    def website(self):
        """A web gateway beside the broker; gives what asks it whether it is ready (0 if it doesn't
        answer yet)."""
        (port,) = free_ports(1)
        environment = {
            **self.environment(), "CHATBOX_WEB_PORT": str(port),
            "CHATBOX_STATIC": str(ROOT / "static"),
        }
        with (self.folder / "log-web").open("wb") as output:
            process = subprocess.Popen(
                [BINARIES / "chatbox-web"], env=environment, stdin=subprocess.DEVNULL,
                stdout=output, stderr=subprocess.STDOUT)

        def ready():
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            with contextlib.closing(connection):
                try:
                    connection.request("GET", "/readyz")
                except OSError:
                    return 0, ""
                answer = connection.getresponse()
                return answer.status, answer.read().decode()

        try:
            yield ready
        finally:
            process.kill()
            process.wait()

    @contextlib.contextmanager
    def injected(self, call, *injection, path=None):
        """Lets the kernel's answers to the broker's calls be what the test says."""
        what = ["-P", str(path)] if path else []
        tracer = subprocess.Popen(
            ["strace", "-f", "-qq", "-o", "/dev/null", "-p", str(self.process.pid), *what,
             "-e", f"trace={call}", "-e", ":".join([f"inject={call}", *injection])],
            stdin=subprocess.DEVNULL)
        pid = self.process.pid
        try:
            wait_for("strace is attached", lambda: f"TracerPid:\t{tracer.pid}\n" in pathlib.Path(
                f"/proc/{pid}/status").read_text())
            yield
        finally:
            tracer.send_signal(signal.SIGINT)
            tracer.wait()

    def end(self):
        if self.process is not None and self.process.poll() is None:
            self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)


@pytest.fixture
def broker(request):
    broker = Broker()
    try:
        yield broker
    finally:
        broker.end()


def opened(gateway):
    """A new conversation."""
    answer = gateway.ask(type="open", peer=str(uuid.uuid4()), create=True)
    assert answer["type"] == "opened", answer
    return answer["conversation"]


def send(gateway, conversation, key, body="Hello"):
    return gateway.ask(
        type="send", conversation=conversation, key=key, body=body, format="plain",
        author={"id": "v", "name": "Ann"})


def bodies(gateway, conversation):
    page = gateway.ask(type="history", conversation=conversation, after=0)
    return [event["body"] for event in page["events"]]


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
            wait_for("it says so", lambda: ready()[0] == 503, 2)
            assert "storage_failed" in ready()[1]
            # One that comes now hears of it as well.
            with broker.website() as other:
                wait_for("it says so, too", lambda: "storage_failed" in other()[1])
        wait_for("it is ready again", lambda: ready()[0] == 200, 5)
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
    wait_for("a send is stored", lambda: send(web, conversation, "k1")["type"] == "sent", 5)
    wait_for("it is well again", lambda: broker.tool("health")[0] == 0, 5)
    assert time.monotonic() - freed < 10
    assert broker.process.poll() is None
    assert bodies(web, conversation)[-1] == "Hello"


@pytest.mark.parametrize("damage", ["deleted", "replaced", "emptied", "log deleted"])
def test_a_file_that_is_taken_away_is_noticed_within_5_seconds(broker, damage):
    broker.start()
    web = broker.reader()
    assert send(web, opened(web), "k1")["type"] == "sent"
    if damage == "deleted":
        broker.database.unlink()
    elif damage == "replaced":
        other = broker.folder / "other.db"
        shutil.copy(broker.database, other)
        other.replace(broker.database)
    elif damage == "emptied":
        os.truncate(broker.database, 0)
    else:
        pathlib.Path(f"{broker.database}-wal").unlink()
    broker.ends_with(74, str(broker.database), seconds=6)
    # It was told to come again, not left alone.
    goodbye = web.hear()
    assert (goodbye["type"], goodbye["code"], goodbye["reconnect"]) == (
        "goodbye", "storage_failed", True)
    if damage == "deleted":
        # Nothing new is made in the place of what was lost.
        log, process = broker.launch()
        assert process.wait(10) == 65
        assert "is gone" in log.read_text() and not broker.database.exists()


def test_a_log_that_is_gone_after_a_kill_begins_another_epoch(broker):
    broker.start()
    web = broker.reader()
    epoch = web.welcome["epoch"]
    conversation = opened(web)
    sent = send(web, conversation, "k1")
    broker.kill()
    for name in ("-wal", "-shm"):
        pathlib.Path(f"{broker.database}{name}").unlink()
    broker.start()
    assert broker.reader().welcome["epoch"] != epoch
    assert "history_regressed" in broker.said()
    assert sent["type"] == "sent"


@pytest.mark.parametrize("with_log", [False, True])
def test_an_older_copy_of_the_files_is_noticed_after_a_kill(broker, with_log):
    broker.start()
    web = broker.reader()
    epoch = web.welcome["epoch"]
    conversation = opened(web)
    send(web, conversation, "k1")
    if not with_log:
        broker.process.terminate()
        assert broker.process.wait(10) == 0
        # The log is brought into the file, which is the whole database then.
        with contextlib.closing(sqlite3.connect(broker.database)) as database:
            database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        copies = {broker.database: broker.database.read_bytes()}
        broker.start()
        web = broker.reader()
    else:
        files = [broker.database, pathlib.Path(f"{broker.database}-wal")]
        copies = {path: path.read_bytes() for path in files}
    assert web.welcome["epoch"] == epoch
    assert send(web, conversation, "k2")["type"] == "sent"
    broker.kill()
    for name in ("", "-wal", "-shm"):
        pathlib.Path(f"{broker.database}{name}").unlink(missing_ok=True)
    for path, content in copies.items():
        path.write_bytes(content)
        path.chmod(0o600)
    broker.start()
    web = broker.reader()
    assert web.welcome["epoch"] != epoch
    assert "history_regressed" in broker.said() and "1 of 2 events" in broker.said()
    assert bodies(web, conversation) == ["Hello"]


def test_a_page_that_knows_more_than_both_files_begins_another_epoch(broker):
    # As where the whole disk was put back: nothing but pages knows what was there.
    broker.start()
    web = broker.reader()
    epoch = web.welcome["epoch"]
    conversation = opened(web)
    send(web, conversation, "k1")
    broker.process.terminate()
    assert broker.process.wait(10) == 0
    older = {path: path.read_bytes() for path in broker.database.parent.iterdir()}
    broker.start()
    sent = send(broker.reader(), conversation, "k2")
    broker.process.terminate()
    assert broker.process.wait(10) == 0
    for path, content in older.items():
        path.write_bytes(content)
    broker.start()
    web, neighbour = broker.reader(), broker.reader()
    assert web.welcome["epoch"] == epoch
    web.say(
        type="subscribe", request=1, conversation=conversation,
        **{"from": {"epoch": epoch, "seq": sent["seq"], "id": sent["id"]}})
    for gateway in (web, neighbour):
        goodbye = gateway.hear()
        assert (goodbye["type"], goodbye["reconnect"]) == ("goodbye", True)
    assert broker.reader().welcome["epoch"] != epoch
    assert "history_regressed" in broker.said()


def test_a_killed_broker_leaves_nothing_in_the_way_and_a_running_one_does(broker):
    broker.start()
    log, second = broker.launch()
    assert second.wait(10) == 75
    assert "A broker uses the" in log.read_text()
    web = broker.reader()
    conversation = opened(web)
    assert send(web, conversation, "k1")["type"] == "sent"
    for number in range(2, 5):
        broker.kill()
        assert broker.socket.exists()
        broker.start()
        assert send(broker.reader(), conversation, f"k{number}")["type"] == "sent"
    assert len(bodies(broker.reader(), conversation)) == 4


def test_a_restore_says_what_is_only_in_the_kept_file(broker):
    broker.start()
    web = broker.reader()
    epoch = web.welcome["epoch"]
    conversation = opened(web)
    send(web, conversation, "k1")
    copy = broker.folder / "copy.db"
    assert broker.tool("backup", str(copy))[0] == 0
    for number in range(2, 5):
        send(web, conversation, f"k{number}")
    send(web, opened(web), "k1")
    broker.process.terminate()
    assert broker.process.wait(10) == 0
    status, said = broker.tool("restore", str(copy), "--yes")
    assert status == 0
    assert "4 events came in 2 conversations, 1 of which" in said
    broker.start()
    assert broker.reader().welcome["epoch"] != epoch
