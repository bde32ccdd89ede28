"""A gateway's end of the broker's socket, from docs/protocol.md alone."""

import contextlib
import json
import socket
import struct


class Gateway:
    """One connection: requests with their answers, and what is pushed meanwhile."""

    def __init__(self, path, service, mode, box="main", **hello):
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(30)
        self._socket.connect(str(path))
        self._bytes = b""
        self._number = 0
        self.pushes = []
        self.say(
            type="hello", versions={"min": 1, "max": 1}, box=box, service=service, mode=mode,
            instance="test", agent="test", **hello,
        )
        self.welcome = self.hear()

    def say(self, **frame):
        body = json.dumps(frame).encode()
        self._socket.sendall(struct.pack(">I", len(body)) + body)

    def hear(self):
        while len(self._bytes) < 4 or len(self._bytes) < 4 + self._length():
            piece = self._socket.recv(65536)
            if not piece:
                raise EOFError("the broker has closed the connection")
            self._bytes += piece
        end = 4 + self._length()
        frame, self._bytes = json.loads(self._bytes[4:end]), self._bytes[end:]
        return frame

    def _length(self):
        return struct.unpack(">I", self._bytes[:4])[0]

    def ask(self, **request):
        self._number += 1
        self.say(request=self._number, **request)
        while (frame := self.hear()).get("request") != self._number:
            self.pushes.append(frame)
        return frame

    def close(self):
        with contextlib.suppress(OSError):
            self._socket.close()
