"""The website's side under many pages, and under pages that behave badly."""

import asyncio
import socket
import time

from visitors import VisitorSocket

PAGES = 300
OPENING = (
    "GET /ws HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)


async def _outlive(stack):
    pages = [VisitorSocket(stack) for _ in range(PAGES)]
    try:
        async with asyncio.timeout(60):
            await asyncio.gather(*(page.send("before", "before") for page in pages))
        await asyncio.to_thread(stack.kill, "broker")
        async with asyncio.timeout(60):
            await asyncio.gather(*(page.until(lambda page=page: page.closes) for page in pages))
            answers = await asyncio.gather(*(page.send("after", "after") for page in pages))
            await asyncio.gather(
                *(page.until(lambda page=page: len(page.events) == 2) for page in pages)
            )
        assert {answer["seq"] for answer in answers} == {2}
        for page in pages:
            assert page.closes[0] == 1013
            assert [event["body"] for event in page.events.values()] == ["before", "after"]
    finally:
        await asyncio.gather(*(page.end() for page in pages))


def test_hundreds_of_pages_outlive_the_broker(stack):
    """Each finds its conversation again, with what was stored, once and in order."""
    asyncio.run(_outlive(stack))


def test_slow_pages_do_not_hold_up_the_end(stack):
    """SIGTERM ends the web gateway within 5 s, whatever hangs on it."""
    sockets = []
    for beginning in (b"", b"GET / HT", b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"):
        sockets += [_connected(stack, beginning) for _ in range(20)]
    for _ in range(20):
        opened = _connected(stack, OPENING.encode())
        assert opened.recv(65536).startswith(b"HTTP/1.1 101")
        sockets.append(opened)
    try:
        began = time.monotonic()
        status, took = stack.stop("web")
        assert status == 0
        assert took < 5, f"it took {took:.1f} s"
        assert time.monotonic() - began < 10
    finally:
        for one in sockets:
            one.close()


def _connected(stack, beginning):
    one = socket.create_connection(("127.0.0.1", stack.web_port), timeout=10)
    one.sendall(beginning)
    return one
