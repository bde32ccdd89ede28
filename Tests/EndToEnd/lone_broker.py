"""The real broker alone, without a supervisor, and a web gateway beside it if a test wants one."""

import contextlib
import http.client
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import uuid

from gateway import Gateway
from stack import PATIENCE, ROOT, free_ports, is_traced, wait_for

BINARIES = pathlib.Path(os.environ.get("CHATBOX_BIN") or ROOT / ".build" / "debug")


class LoneBroker:
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

    def ends_with(self, status, *words, seconds=PATIENCE):
        """Waits until the broker has ended so, and has said why."""
        wait_for("the broker has ended", lambda: self.process.poll() is not None, seconds)
        assert self.process.returncode == status, self.said()
        for word in words:
            assert word in self.said()

    def tool(self, *arguments):
        done = subprocess.run(
            [BINARIES / "chatbox", *arguments], env=self.environment(), timeout=PATIENCE,
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
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
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
            wait_for("strace is attached", lambda: is_traced(pid, tracer))
            yield
        finally:
            tracer.send_signal(signal.SIGINT)
            tracer.wait(PATIENCE)

    def end(self):
        if self.process is not None and self.process.poll() is None:
            self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)


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
