"""The website's side under many pages, and under pages that behave badly."""

import asyncio
import socket
import time
import urllib.error
import urllib.request

from stack import wait_for
from visitors import VisitorSocket, run_alone

PAGES = 300
OPENING = (
    "GET /ws HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)


async def _outlive(stack):
    pages = [VisitorSocket(stack) for _ in range(PAGES)]
    try:
        async with asyncio.timeout(180):
            await asyncio.gather(*(page.send("before", "before") for page in pages))
        await asyncio.to_thread(stack.kill, "broker")
        async with asyncio.timeout(180):
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
    run_alone(_outlive(stack))


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


async def _change(stack):
    page = VisitorSocket(stack)
    later = page.returned(stack)
    try:
        async with asyncio.timeout(180):
            await page.send("k1", "one")
            await page.send("k2", "two")
            edited = await page.store("edit", "e1", target="k1", revision=1, body="One")
            deleted = await page.store("delete", "d1", target="k2")
            refused = await page.store("edit", "e2", target="k2", revision=1, body="Two")
            await page.say(type="report", delivered_upto=4, seen_upto=3)
            await later.until(lambda: len(later.events) == 4)
            # What a page reported is known to the next, within the second that reports may take.
            while later.welcome["reported"] != {"delivered_upto": 4, "seen_upto": 3}:
                await later.end()
                later = page.returned(stack)
                await later.until(lambda: later.welcome is not None)
    finally:
        await asyncio.gather(page.end(), later.end())
    assert edited["seq"] == 3 and edited["revision"] == 1
    assert deleted["seq"] == 4
    assert refused["code"] == "deleted"
    kinds = [event["kind"] for event in page.events.values()]
    assert kinds == ["message", "message", "edit", "deletion"]
    assert page.events[3]["target"]["seq"] == 1 and page.events[3]["body"] == "One"
    assert page.events[4]["target"]["seq"] == 2


def test_a_page_changes_what_it_said_and_says_what_it_saw(stack):
    run_alone(_change(stack))


def _status(url):
    try:
        with urllib.request.urlopen(url, timeout=30) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def test_readyz_tells_the_truth(stack):
    assert _status(f"{stack.url}readyz") == (200, "ready\n")
    stack.stop("broker")
    wait_for("not ready", lambda: _status(f"{stack.url}readyz")[0] == 503)
    assert "broker can't be reached" in _status(f"{stack.url}readyz")[1]
    assert _status(f"{stack.url}livez")[0] == 200
    assert "chatbox_web_broker_up 0" in _status(f"{stack.url}metrics")[1]
    stack.launch("broker")
    wait_for("ready again", lambda: _status(f"{stack.url}readyz")[0] == 200)


def _connected(stack, beginning):
    one = socket.create_connection(("127.0.0.1", stack.web_port), timeout=30)
    one.sendall(beginning)
    return one
