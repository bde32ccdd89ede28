"""What the broker's own library would never say to its socket."""

import contextlib
import json
import os
import select
import socket
import struct

from gateway import Gateway
from stack import PATIENCE


def frame(**members):
    body = json.dumps(members).encode()
    return struct.pack(">I", len(body)) + body


def held_by(process):
    """What a process's descriptors lead to. Which others it has changes at any moment."""
    held = set()
    for number in os.listdir(f"/proc/{process}/fd"):
        with contextlib.suppress(FileNotFoundError):
            held.add(os.readlink(f"/proc/{process}/fd/{number}"))
    return held


def test_a_gateway_of_another_version_is_told_so(stack):
    for versions, code in [
        ({"min": 2, "max": 3}, "version_unsupported"),
        ({"min": 3, "max": 1}, "hello_invalid"),
        ({"min": 1}, "hello_invalid"),
        (1, "hello_invalid"),
    ]:
        with contextlib.closing(socket.socket(socket.AF_UNIX)) as stranger:
            stranger.settimeout(30)
            stranger.connect(str(stack.folder / "run" / "broker.sock"))
            stranger.sendall(frame(
                type="hello", versions=versions, box="main", service="web", instance="i",
                mode="reader", agent="t",
            ))
            heard = b""
            while piece := stranger.recv(65536):
                heard += piece
        goodbye = json.loads(heard[4:])
        assert (goodbye["type"], goodbye["code"]) == ("goodbye", code)
        assert goodbye["message"] and not goodbye.get("reconnect")


def test_descriptors_that_come_with_a_frame_are_dropped_and_the_frame_is_answered(stack):
    broker = stack.pid("broker")
    gateway = Gateway(stack.folder / "run" / "broker.sock", "web", "reader")
    with contextlib.closing(gateway):
        reading, writing = os.pipe()
        name = os.readlink(f"/proc/self/fd/{reading}")
        try:
            assert name in held_by("self")
            with contextlib.closing(os.fdopen(writing, "wb")) as end:
                socket.send_fds(gateway._socket, [frame(type="ping")], [end.fileno()] * 16)
            assert gateway.hear() == {"type": "pong"}
            # With the last copy of the other end gone, the pipe is at its end.
            ready, _, _ = select.select([reading], [], [], PATIENCE)
            assert ready and os.read(reading, 1) == b""
        finally:
            os.close(reading)
        assert name not in held_by(broker)
        gateway.say(type="ping")
        assert gateway.hear() == {"type": "pong"}
