"""Two services that are neither web nor Discord, joined by a box: the examples, with their processes killed."""

import contextlib
import os
import pathlib
import signal
import socket
import subprocess
import tempfile
import threading

import pytest

from stack import ROOT, free_ports, wait_for

BINARIES = pathlib.Path(os.environ.get("CHATBOX_BIN") or ROOT / ".build" / "debug")


class Office:
    """The broker, the terminal and the line chat, in a folder where the defaults lead to its `var`."""

    def __init__(self, folder):
        self._folder = pathlib.Path(folder)
        (self.port,) = free_ports(1)
        self._running = {}
        self.printed = []

    def start(self, name):
        process = self._running[name] = subprocess.Popen(
            [BINARIES / name], cwd=self._folder,
            env={
                "PATH": os.environ["PATH"], "LLVM_PROFILE_FILE": "/dev/null", "LINECHAT_PORT": str(self.port),
                **({"CHATBOX_BOXES": "main=web,discord;office=terminal,lines"} if "broker" in name else {}),
            },
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        )
        threading.Thread(target=self._read, args=(process.stdout, name == "TerminalChat"), daemon=True).start()

    def _read(self, stream, is_kept):
        for line in stream:
            if is_kept:
                self.printed.append(line.decode().rstrip("\n"))

    def type(self, line):
        stdin = self._running["TerminalChat"].stdin
        stdin.write(f"{line}\n".encode())
        stdin.flush()

    def kill(self, name):
        process = self._running.pop(name)
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdin.close()

    def end(self):
        for name in list(self._running):
            self.kill(name)


class Caller:
    """Somebody with `nc`."""

    def __init__(self, office, name):
        def connect():
            connection = socket.create_connection(("127.0.0.1", office.port), timeout=90)
            return connection, connection.makefile("r")

        self._socket, self._lines = wait_for("the line chat", connect)
        self.say(name)

    def say(self, text):
        self._socket.sendall(f"{text}\n".encode())

    def hear(self):
        return self._lines.readline().rstrip("\n")

    def leave(self):
        """Hangs up, and waits until the other side has: a text that is on its way to nobody is lost, as TCP is."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_WR)
            self._lines.read()
        self._lines.close()
        self._socket.close()


@pytest.fixture
def office():
    with tempfile.TemporaryDirectory(prefix="office-", dir="/tmp") as folder:
        office = Office(folder)
        try:
            for name in ("LineChat", "TerminalChat", "chatbox-broker"):
                office.start(name)
            yield office
        finally:
            office.end()


def test_a_terminal_and_a_line_chat_talk(office):
    ann = Caller(office, "ann")
    ann.say("hello")
    wait_for("the first message", lambda: office.printed == ["1 ann: hello"])
    office.type("1 hi ann")
    assert ann.hear() == "hi ann"

    # Another client is another number, and hears only what is said to them.
    bea = Caller(office, "béa")
    bea.say("ça va?")
    wait_for("the second client", lambda: office.printed[1:] == ["2 béa: ça va?"])
    office.type("2 oui")
    assert bea.hear() == "oui"
    bea.leave()

    # Nobody is called so; nothing breaks.
    office.type("77 anybody?")
    wait_for("the refusal", lambda: len(office.printed) == 3)

    # What is said to somebody who is away waits for them.
    ann.leave()
    office.type("1 still there?")
    ann = Caller(office, "ann")
    assert ann.hear() == "still there?"

    # Any process may die at any moment.
    office.printed.clear()
    office.kill("TerminalChat")
    ann.say("one")
    office.kill("chatbox-broker")
    ann.say("two")
    office.start("chatbox-broker")
    office.start("TerminalChat")
    ann.say("three")
    wait_for("all three", lambda: office.printed == ["1 ann: one", "1 ann: two", "1 ann: three"])
    office.kill("LineChat")
    office.type("1 welcome back")
    office.start("LineChat")
    ann.leave()
    ann = Caller(office, "ann")
    assert ann.hear() == "welcome back"
    ann.leave()
