"""The processes that these tests judge or are judged by, each ended with its test."""

import contextlib
import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import threading

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "Tests" / "EndToEnd"))
from stack import PATIENCE, free_ports, wait_for  # noqa: E402

BINARIES = pathlib.Path(os.environ.get("CHATBOX_BIN") or ROOT / ".build" / "debug")
KOSOKU = pathlib.Path(sys.executable).with_name("kosoku")


def listening(address):
    """Whether HOST:PORT takes connections."""
    host, port = address.split(":")
    with contextlib.suppress(OSError), socket.create_connection((host, int(port)), timeout=1):
        return True
    return False


class Process:
    """One of our executables, whose lines on standard output and error are collected.

    Standard input is a pipe that ends with this process of ours, however it ends.
    """

    def __init__(self, name, *arguments, environment=None):
        assert (BINARIES / name).exists(), f"build {name} first: swift build --build-tests"
        self.lines = []
        self._process = subprocess.Popen(
            [BINARIES / name, *arguments],
            env={**os.environ, "LLVM_PROFILE_FILE": "/dev/null", **(environment or {})},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._process.kill()
        self._process.wait()
        self._reader.join()
        self._process.stdin.close()
        self._process.stdout.close()

    def _read(self):
        for line in self._process.stdout:
            self.lines.append(line.rstrip("\n"))

    def line(self, seconds=PATIENCE):
        """Its first line, once it has said one."""

        def first():
            if not self.lines and self._process.poll() is not None:
                self._reader.join()
                assert self.lines, f"it ended with {self._process.returncode} and said nothing"
            return self.lines

        return wait_for("it says something", first, seconds)[0]

    def stop(self):
        """SIGTERM; returns the exit status."""
        self._process.terminate()
        return self._process.wait(timeout=PATIENCE)


class Echo(Process):
    """Our WebSocket codec behind an echo: `serve`, or `ask HOST:PORT CASES`."""

    def __init__(self, *arguments):
        super().__init__("WebSocketEcho", *arguments)


class Sandbox(Process):
    """discord-sandbox on a free port, with a state folder of its own."""

    def __init__(self):
        self._folder = tempfile.mkdtemp(prefix="chatbox-", dir="/tmp")
        super().__init__(
            "discord-sandbox",
            environment={
                "VAR": self._folder,
                "DISCORD_SANDBOX_PORT": "0",
                "DISCORD_SANDBOX_MESSAGE_LIMIT": "0",
                "DISCORD_SANDBOX_GLOBAL_LIMIT": "0",
            },
        )

    def __enter__(self):
        try:
            self.port = wait_for("the sandbox listens", self._announced)
        except BaseException:
            self.__exit__()
            raise
        self.origin = f"http://127.0.0.1:{self.port}"
        self.api = f"{self.origin}/api/v10"
        return self

    def __exit__(self, *error):
        super().__exit__(*error)
        shutil.rmtree(self._folder, ignore_errors=True)

    def _announced(self):
        for line in self.lines:
            if found := re.search(r"listens on http://127\.0\.0\.1:(\d+)/", line):
                return int(found[1])
        assert self._process.poll() is None, self.lines
        return None


__all__ = [
    "BINARIES", "KOSOKU", "PATIENCE", "ROOT", "Echo", "Process", "Sandbox", "free_ports",
    "listening", "wait_for",
]
