"""Opens many idle WebSockets and says what one costs: idle.py PORT PID COUNT."""

import base64
import json
import os
import re
import secrets
import socket
import struct
import sys
import time
import urllib.request
import uuid


def resident(pid):
    """The resident memory of a process in bytes."""
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        return int(re.search(r"VmRSS:\s+(\d+) kB", status.read()).group(1)) * 1024


def masked(text):
    """A text message from a client, in one frame (RFC 6455, section 5.2)."""
    payload, mask = text.encode(), os.urandom(4)
    head = struct.pack("!BBH", 0x81, 0x80 | 126, len(payload))
    return head + mask + bytes(byte ^ mask[i % 4] for i, byte in enumerate(payload))


def read(connection, count):
    data = b""
    while len(data) < count:
        piece = connection.recv(count - len(data))
        if not piece:
            raise SystemExit("chatbox-web has closed a connection; see its limits.")
        data += piece
    return data


def welcomed(port):
    """A WebSocket that has said hello and was welcomed."""
    # The limits of addresses don't hold for loopback.
    connection = socket.create_connection(("127.0.0.1", port), timeout=30)
    key = base64.b64encode(os.urandom(16)).decode()
    connection.sendall(
        f"GET /ws HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nOrigin: http://127.0.0.1:{port}\r\n"
        f"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
        f"Sec-WebSocket-Key: {key}\r\n\r\n".encode()
    )
    answer = b""
    while not answer.endswith(b"\r\n\r\n"):
        answer += read(connection, 1)
    if b" 101 " not in answer.split(b"\r\n")[0]:
        raise SystemExit(f"no WebSocket: {answer.splitlines()[0].decode()}")
    hello = {
        "type": "hello",
        "version": 1,
        "visitor": str(uuid.uuid4()),
        "secret": base64.urlsafe_b64encode(secrets.token_bytes(32)).rstrip(b"=").decode(),
        "create": True,
    }
    connection.sendall(masked(json.dumps(hello)))
    length = read(connection, 2)[1]
    if length == 126:
        length = struct.unpack("!H", read(connection, 2))[0]
    message = json.loads(read(connection, length))
    if message.get("type") != "welcome":
        raise SystemExit(f"not welcomed: {message}")
    return connection


def main():
    port, pid, count = (int(argument) for argument in sys.argv[1:4])
    for _ in range(100):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5).close()
            break
        except OSError:
            time.sleep(0.1)
    kept = [welcomed(port) for _ in range(50)]  # what the first ones make once
    before = resident(pid)
    started = time.monotonic()
    kept += [welcomed(port) for _ in range(count)]
    took = time.monotonic() - started
    time.sleep(2)  # let what was needed for the moment go
    after = resident(pid)
    print(
        f"{count} idle WebSockets, each with a conversation: {(after - before) / count / 1024:.1f} KiB each "
        f"({before / 2**20:.0f} to {after / 2**20:.0f} MiB), opened in {took:.1f} s"
    )
    for connection in kept:
        connection.close()


main()
