"""A visitor with a browser of their own."""

import json
import re

from playwright.sync_api import expect

# A number as long as Discord's ids, that isn't a part of one of our own hexadecimal ids.
SNOWFLAKE = re.compile(r"(?<![0-9a-fA-F])\d{17,20}(?![0-9a-fA-F])")
PATIENCE = 60_000


class VisitorPage:
    def __init__(self, context, stack):
        self.context = context
        self.page = context.new_page()
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
        expect(self.bubbles).to_have_text(texts, timeout=PATIENCE)

    def expect_state(self, state):
        """What the last own message says of itself."""
        last = self.page.locator("article.own").last
        expect(last).to_have_attribute("data-state", state, timeout=PATIENCE)

    def texts(self):
        return self.bubbles.all_inner_texts()

    def load_all(self, count):
        """Scrolls up until that many messages are there; returns their texts."""
        while (before := self.bubbles.count()) < count:
            self.page.get_by_role("log").evaluate("log => { log.scrollTop = 0; }")
            expect(self.bubbles).not_to_have_count(before, timeout=PATIENCE)
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
