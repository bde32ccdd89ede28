"""A visitor with a browser of their own, and one of whom there can be hundreds."""

import asyncio
import concurrent.futures
import contextlib
import json
import random
import re
import secrets
import uuid

from playwright.sync_api import expect
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake

# A number as long as Discord's ids, that isn't a part of one of our own hexadecimal ids.
SNOWFLAKE = re.compile(r"(?<![0-9a-fA-F])\d{17,20}(?![0-9a-fA-F])")
# What a page may take for anything, in milliseconds: it comes back after up to 30 s.
PATIENCE = 90_000


class VisitorPage:
    def __init__(self, context, stack):
        self.context = context
        self.page = context.new_page()
        self.page.set_default_timeout(PATIENCE)
        self.received = []
        self.complaints = []
        self.page.on("console", self._complain)
        self.page.on("websocket", lambda opened: opened.on("framereceived", self._hear))
        self.page.goto(stack.url)

    def _hear(self, frame):
        self.received.append(frame)

    def _complain(self, message):
        # That a connection failed is no complaint: some tests kill the other end.
        if message.type in ("error", "warning") and "WebSocket connection" not in message.text:
            self.complaints.append(message.text)

    @property
    def box(self):
        return self.page.get_by_role("textbox", name="Message")

    @property
    def bubbles(self):
        return self.page.get_by_role("log").get_by_role("article").locator(".bubble")

    def write(self, text):
        """Types and sends, as somebody at a keyboard does."""
        self.box.press_sequentially(text)
        self.box.press("Enter")

    def expect_texts(self, texts):
        expect(self.bubbles).to_have_text(texts)

    def expect_state(self, state):
        """What the last own message says of itself."""
        last = self.page.locator("article.own").last
        expect(last).to_have_attribute("data-state", state)

    def texts(self):
        return self.bubbles.all_inner_texts()

    def load_all(self, count):
        """Scrolls up until that many messages are there; returns their texts."""
        while (before := self.bubbles.count()) < count:
            self.page.get_by_role("log").evaluate("log => { log.scrollTop = 0; }")
            expect(self.bubbles).not_to_have_count(before)
        return self.texts()

    def reload(self, keeping_copy=True):
        """Loads the page anew, perhaps without the copy of the conversation on the device."""
        if not keeping_copy:
            self.page.evaluate(
                "addEventListener('pagehide', () => localStorage.removeItem('chatbox.cache'))"
            )
        self.page.reload()

    @property
    def identity(self):
        """What the device keeps of who this is; None before the first message."""
        return json.loads(self.page.evaluate("localStorage.getItem('chatbox.identity')") or "null")

    def expect_nothing_of_discord(self):
        """No id of Discord's and no address of it in anything that this browser was told."""
        assert self.received, "the page was told nothing at all"
        for frame in self.received:
            text = frame if isinstance(frame, str) else frame.decode()
            assert not SNOWFLAKE.search(text), f"an id of Discord's: {text}"
            assert "discord" not in text.lower(), f"something of Discord: {text}"


def run_alone(work):
    """Runs a coroutine to its end; in a thread of its own, because a browser's loop may run in this
    one."""
    with concurrent.futures.ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()


class VisitorSocket:
    """A page without a browser: speaks docs/protocol.md, section 9, and comes back when it is sent
    away, with back-off and jitter."""

    def __init__(self, stack):
        self.visitor = str(uuid.uuid4())
        self.events = {}
        self.answers = {}
        self.welcome = None
        self.closes = []
        self._url = f"ws://127.0.0.1:{stack.web_port}/ws"
        self._secret = secrets.token_urlsafe(32)
        self._position = None
        self._socket = None
        self._changed = asyncio.Event()
        self._life = asyncio.create_task(self._live())
        # Whoever waits hears of its error, too.
        self._life.add_done_callback(lambda _: self._changed.set())

    async def send(self, key, body):
        """Has a message stored, however often that takes, and returns the answer."""
        return await self.store("send", key, body=body)

    async def store(self, kind, key, **members):
        """The same for a send, an edit, a delete or a requeue; a refusal is an answer too."""
        while key not in self.answers:
            await self.until(lambda: self.welcome is not None)
            with contextlib.suppress(ConnectionClosed):
                await self.say(type=kind, key=key, **members)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(5):
                    await self.until(lambda: key in self.answers or self.welcome is None)
        return self.answers[key]

    async def say(self, **frame):
        await self._socket.send(json.dumps(frame))

    def returned(self, stack):
        """The same visitor, on a page that has nothing yet."""
        page = VisitorSocket(stack)
        page.visitor, page._secret = self.visitor, self._secret
        return page

    async def until(self, condition, seconds=2 * PATIENCE / 1000):
        """Waits until what this page heard fulfils a condition."""
        async with asyncio.timeout(seconds):
            while not condition():
                if self._life.done():
                    self._life.result()
                self._changed.clear()
                await self._changed.wait()

    async def end(self):
        self._life.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._life

    async def _live(self):
        wait = 0.2
        while True:
            # The process at the other end may be dead just now.
            with contextlib.suppress(OSError, ConnectionClosed, InvalidHandshake):
                async with connect(self._url, compression=None, ping_interval=None) as socket:
                    self._socket = socket
                    with contextlib.suppress(ConnectionClosed):
                        await self._greet()
                        async for text in socket:
                            self._hear(json.loads(text))
                            wait = 0.2
                    self.closes.append(socket.close_code)
            self.welcome = None
            self._changed.set()
            await asyncio.sleep(wait * random.uniform(0.5, 1))
            wait = min(wait * 2, 5)

    async def _greet(self):
        hello = {"type": "hello", "version": 1, "visitor": self.visitor, "secret": self._secret,
                 "create": self._position is None}
        if self._position is not None:
            hello["from"] = self._position
        await self.say(**hello)

    def _hear(self, frame):
        match frame["type"]:
            case "welcome":
                self.welcome = frame
            case "events":
                for event in frame["events"]:
                    assert event["seq"] not in self.events, "an event came twice"
                    assert event["seq"] == len(self.events) + 1, "an event was left out"
                    self.events[event["seq"]] = event
                    self._position = {
                        "epoch": self.welcome["epoch"], "seq": event["seq"], "id": event["id"],
                    }
            case "sent":
                self.answers[frame["key"]] = frame
            case "refused" if "key" in frame and not frame["retry"]:
                self.answers[frame["key"]] = frame
        self._changed.set()
