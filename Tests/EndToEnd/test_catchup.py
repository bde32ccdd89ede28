"""A day without the Discord gateway: both sides go on, and find everything when it comes back."""

import itertools
import time
import uuid

import pytest

from gateway import Gateway
from operators import Operator
from stack import Stack, expect_becomes, wait_for

POSTS = 30
ARCHIVED = 5
LONG = 500
EDITS = 20
DELETIONS = 10
# Discord's own rates; a person's requests are never limited.
LEGAL = {"messages": "5/5", "global": "50/1"}
# How long Discord takes to answer, in milliseconds.
LATENCY = 100


class LegalStack(Stack):
    """At the pace that Discord allows, where posts may come as fast as a setting lets them."""

    def _environment(self):
        environment = super()._environment()
        for name in ("MESSAGE", "GLOBAL"):
            environment.pop(f"DISCORD_SANDBOX_{name}_LIMIT")
        return {**environment, "DISCORD_POSTS_PER_MINUTE": "60"}


@pytest.fixture
def legal_stack():
    stack = LegalStack()
    try:
        stack.start()
        yield stack
    finally:
        print(stack.logs())  # pytest shows it only with a failure.
        stack.end()


class Website:
    """chatbox-web's connection for many visitors; it comes back when it was silent for too long."""

    def __init__(self, stack):
        self._path = stack.folder / "run" / "broker.sock"
        self._gateway = None

    def ask(self, **request):
        for _ in range(2):
            try:
                if self._gateway is None:
                    self._gateway = Gateway(self._path, "web", "reader", peer_kind="uuid")
                return self._gateway.ask(**request)
            except (OSError, EOFError):
                self._gateway = None
        raise AssertionError("the broker can't be reached")


class Expected:
    """One conversation, and what each side must see in the end."""

    def __init__(self, web, text):
        self._web = web
        self._keys = itertools.count(1)
        opened = web.ask(
            type="open", peer=str(uuid.uuid4()), create=True, properties={"name": "Ann"}
        )
        self.conversation = opened["conversation"]
        self.written = []
        self.said = []
        self.post = None
        self.write(text)

    def ask(self, type, **request):
        return self._web.ask(type=type, conversation=self.conversation, **request)

    def write(self, text):
        author = {"id": "v", "name": "Ann"}
        answer = self.ask(
            "send", key=f"k{next(self._keys)}", author=author, body=text, format="plain"
        )
        assert answer["type"] == "sent", answer
        self.written.append(text)

    def say(self, anna, text):
        self.said.append((anna.write(self.post, text)["id"], text))

    def events(self):
        """All of them, however long the conversation is."""
        events, more = [], True
        while more:
            after = events[-1]["seq"] if events else 0
            page = self.ask("history", after=after, limit=100)
            events += page["events"]
            more = page["more"]
        return events

    def told(self):
        """What the visitor's page would show of the team."""
        return [
            event["body"]
            for event in self.events()
            if (event["service"], event["kind"]) == ("discord", "message")
            and not event.get("deleted")
        ]

    def is_delivered(self):
        """Whether everything that the visitor wrote is acknowledged."""
        written = [event["seq"] for event in self.events() if event["service"] == "web"]
        receipts = self.ask("subscribe")["receipts"]
        return next(r for r in receipts if r["service"] == "discord")["delivered_upto"] >= written[-1]


def archive(anna, post):
    anna._ask("PATCH", f"/channels/{post}", {"archived": True})


def quiet(stack):
    """Whether the gateway asks nothing of Discord any more."""

    def asked():
        return stack.sandbox("GET", "/sandbox/state")["requests"]

    before, ends = asked(), time.monotonic() + 1.5
    while time.monotonic() < ends:
        if asked() != before:
            return False
        time.sleep(0.1)
    return True


def test_a_day_away_is_caught_up_within_a_minute_at_the_legal_rate(legal_stack):
    stack, anna = legal_stack, Operator(legal_stack, "Anna")
    stack.sandbox("PUT", "/sandbox/limits", {"messages": "0", "global": "0"})
    web = Website(stack)
    ours = [Expected(web, f"hello from {number}") for number in range(POSTS + ARCHIVED)]
    wait_for("a post each", lambda: len(anna.posts()) == len(ours), 90)
    posts = {anna.uid(post): post for post in anna.posts()}
    for one in ours:
        one.post = posts[one.conversation]
        one.say(anna, "good morning")
        one.say(anna, "how can I help?")
    long, changed, archived = ours[0], ours[:POSTS], ours[POSTS:]
    for one in ours:
        expect_becomes([text for _, text in one.said], one.told)
    for one in archived:
        archive(anna, one.post)
    stack.stop("discord")
    # After a day no session can be resumed.
    stack.sandbox("POST", "/sandbox/gateway", {"action": "forget"})

    for number in range(LONG):
        long.say(anna, f"one of many {number}")
    for one in changed[1:]:
        one.say(anna, "anybody there?")
    for one in changed[:EDITS]:
        # That of the long post is among its newest; older ones aren't looked at.
        index = -1 if one is long else 0
        message, _ = one.said[index]
        one.said[index] = (message, "good evening")
        anna.edit(one.post, message, "good evening")
    for one in changed[EDITS : EDITS + DELETIONS]:
        anna.delete(one.post, one.said.pop(1)[0])
    for one in archived:
        one.say(anna, "better late than never")
        archive(anna, one.post)
    for one in changed:
        for text in ("still here", "bye"):
            one.write(text)

    stack.sandbox("PUT", "/sandbox/limits", LEGAL)
    slow = {"route": "*", "status": 200, "delay_ms": LATENCY, "count": 1_000_000, "caller": "bot"}
    stack.sandbox("POST", "/sandbox/faults", slow)
    before = stack.sandbox("GET", "/sandbox/state")
    began = time.monotonic()
    stack.launch("discord")
    # Looking at the broker costs nothing of Discord's rate.
    for one in ours:
        expect_becomes([text for _, text in one.said], one.told, 60)
    for one in changed:
        wait_for("all is delivered", one.is_delivered, 60)
    took = time.monotonic() - began
    state = stack.sandbox("GET", "/sandbox/state")
    asked = sum(state["requests"].values()) - sum(before["requests"].values())
    refused = state["rate_limited"] - before["rate_limited"]
    print(f"caught up in {took:.1f} s with {asked} requests, {refused} of them refused")
    assert took < 60
    for one in ours:
        assert anna.visitors_texts(one.post) == one.written

    # A second start finds nothing to do.
    events = [one.events() for one in ours]
    messages = {one.post: [m["id"] for m in anna.messages(one.post)] for one in ours}
    wait_for("nothing is under way", lambda: quiet(stack), 60)
    stack.stop("discord")
    stack.sandbox("POST", "/sandbox/gateway", {"action": "forget"})
    identified = stack.sandbox("GET", "/sandbox/state")["identifies"]
    stack.launch("discord")
    wait_for(
        "a new session", lambda: stack.sandbox("GET", "/sandbox/state")["identifies"] > identified
    )
    wait_for("nothing is under way", lambda: quiet(stack), 60)
    assert [one.events() for one in ours] == events
    assert {one.post: [m["id"] for m in anna.messages(one.post)] for one in ours} == messages
    assert len(anna.posts()) + ARCHIVED == len(ours)
