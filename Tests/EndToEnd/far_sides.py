"""Far sides for the conformance suite: what a gateway stands for, driven through files and shell commands.

A line that is appended to FOLDER/say.txt is said to the gateway, and what it brings stands in FOLDER/heard.txt. As a
script it is an operator in the sandbox: `far_sides.py say PORT` says $TEXT, `far_sides.py show PORT` prints what stands
there of visitors.
"""

import asyncio
import contextlib
import json
import os
import pathlib
import socket
import sys
import threading
import time
import types
import urllib.request
import uuid

from operators import Operator
from visitors import VisitorSocket


class FarSide:
    """Somebody who says what is appended to a file, in order, and keeps what they hear in another."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir()
        (self.folder / "say.txt").touch()
        (self.folder / "heard.txt").touch()
        self.has_ended = threading.Event()
        self._said = 0
        self._thread = threading.Thread(target=self._live, daemon=True)
        self._thread.start()

    @property
    def options(self):
        return [
            "--provoke", f"printf '%s\\n' \"$TEXT\" >> {self.folder}/say.txt",
            "--observe-file", f"{self.folder}/heard.txt",
        ]

    def next_line(self):
        """The next whole line that wasn't said yet, if there is one."""
        # The line that is being written now may end within a character.
        lines = (self.folder / "say.txt").read_bytes().split(b"\n")[:-1]
        return lines[self._said].decode() if self._said < len(lines) else None

    def was_said(self):
        self._said += 1

    def heard(self, text):
        with (self.folder / "heard.txt").open("a") as file:
            file.write(f"{text}\n")

    def end(self):
        self.has_ended.set()
        self._thread.join()


class Caller(FarSide):
    """Somebody with `nc`, who calls again whenever the line breaks."""

    def __init__(self, folder, port):
        self._port = port
        super().__init__(folder)

    def _live(self):
        while not self.has_ended.wait(0.05):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self._port), 5) as line:
                line.sendall(b"ann\n")
                self._talk(line)

    def _talk(self, line):
        line.settimeout(0.05)
        text = b""
        while not self.has_ended.is_set():
            if said := self.next_line():
                line.sendall(f"{said}\n".encode())
                self.was_said()
            with contextlib.suppress(TimeoutError):
                if not (piece := line.recv(65536)):
                    return
                *whole, text = (text + piece).split(b"\n")
                for one in whole:
                    self.heard(one.decode())


class Page(FarSide):
    """A visitor's page, which keeps what it says until it is answered, and shows each event once."""

    def __init__(self, folder, port):
        self._port = port
        super().__init__(folder)

    def _live(self):
        asyncio.run(self._show())

    async def _show(self):
        visitor = VisitorSocket(types.SimpleNamespace(web_port=self._port))
        saying, shown = None, 0
        while not self.has_ended.is_set():
            await asyncio.sleep(0.02)
            if saying is None and (said := self.next_line()):
                saying = asyncio.create_task(visitor.send(str(uuid.uuid4()), said))
            if saying is not None and saying.done():
                self.was_said()
                saying = None
            for seq in sorted(visitor.events)[shown:]:
                shown += 1
                if visitor.events[seq]["from"] == "team":
                    self.heard(visitor.events[seq]["body"])
        if saying is not None:
            saying.cancel()
        await visitor.end()


class Sandbox:
    """The sandbox at a port, as `operators.Operator` asks it."""

    def __init__(self, port):
        self._port = port

    def sandbox(self, method, path, body=None, authorization=None):
        request = urllib.request.Request(
            f"http://127.0.0.1:{self._port}{path}", method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json", "Authorization": authorization},
        )
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.loads(answer.read() or b"null")


if __name__ == "__main__":
    anna = Operator(Sandbox(int(sys.argv[2])), "Anna")
    if sys.argv[1] == "say":
        while not (posts := anna.posts()):
            time.sleep(0.1)
        anna.write(posts[0], os.environ["TEXT"])
    else:
        for post in anna.posts():
            print("\n".join(anna.visitors_texts(post)))
