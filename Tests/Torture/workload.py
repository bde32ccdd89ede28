"""Visitors and operators who talk with each other while something is broken."""

import asyncio
import concurrent.futures
import contextlib
import random
import time

from operator_client import Forum, Operator, Team
from record import Record, marker
from visitor import Visitor

WORDS = (
    "thanks yes hello order parcel tomorrow invoice size blue ready please wait sure later".split()
)
# A message in so many parts of Discord's, now and then.
LONG = 1 / 200


def text_of(chance, side, number, count, revision=0):
    """Something to say, that can be told from everything else that is said."""
    words = chance.choices(WORDS, k=250 if chance.random() < LONG else chance.randrange(1, 8))
    # Long ones have lines, at which they are split.
    lines = [" ".join(words[start:start + 40]) for start in range(0, len(words), 40)]
    return f"{marker(side, number, count, revision)} " + "\n".join(lines)


class Pace:
    """How much is said how fast: seconds between one client's messages, and how often one of the
    last ones is edited or deleted instead."""

    def __init__(self, visitor=0.7, operator=0.7, edits=0.05, deletions=0.03):
        self.visitor, self.operator = visitor, operator
        self.edits, self.deletions = edits, deletions


class Workload:
    """So many conversations. `visitor_port` is where their pages connect."""

    def __init__(self, stack, conversations, seed, pace=None, visitor_port=None):
        self.stack = stack
        self.pace = pace or Pace()
        folder = stack.folder / "clients"
        port = visitor_port or stack.web_port
        self.visitors = [
            Visitor(
                number, port, Record(folder, f"visitor-{number:03}"),
                random.Random(f"{seed} visitor {number}"), host=f"127.0.0.1:{stack.web_port}",
            )
            for number in range(conversations)
        ]
        team = Team(stack.sandbox_port)
        self.operators = [
            Operator(number, team, Record(folder, f"operator-{number:03}"))
            for number in range(conversations)
        ]
        self.forum = Forum(stack.folder / "sandbox" / "journal.jsonl")
        self.seed = seed
        self.said = {"visitor": 0, "operator": 0}
        # Whether something more may be said now, given how much was.
        self.may_speak = lambda said: True
        self.over = asyncio.Event()
        self._threads = concurrent.futures.ThreadPoolExecutor(8)
        self._counts = {}

    async def aside(self, work, *arguments):
        """Runs something that blocks beside the clients."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, work, *arguments)

    # Talking

    async def talk(self, visitor_messages, operator_messages):
        """Everybody says so many messages (without the edits and deletions between)."""
        await asyncio.gather(
            *(self._visit(one, visitor_messages) for one in self.visitors),
            *(self._operate(one, operator_messages) for one in self.operators),
        )

    async def _visit(self, visitor, messages):
        chance = random.Random(f"{self.seed} visits {visitor.number}")
        for _ in range(messages):
            await asyncio.sleep(self.pace.visitor * chance.uniform(0.5, 1.5))
            await self._turn()
            if self.over.is_set():
                return
            # Nobody types on and on while nothing is stored.
            while len(visitor.outbox) >= 5:
                await asyncio.sleep(0.1)
            count = self.count(visitor)
            visitor.write(text_of(chance, "v", visitor.number, count))
            self.said["visitor"] += 1
            self._change_own(visitor, chance)

    def _change_own(self, visitor, chance):
        # One that is still in the outbox untried would be changed there.
        waiting = {entry.key for entry in visitor.outbox.entries}
        tried = [
            key for key, own in list(visitor.own.items())[-8:]
            if own.text is not None and key not in waiting
        ]
        if not tried:
            return
        choice = chance.random()
        key = chance.choice(tried)
        if choice < self.pace.edits:
            own = visitor.own[key]
            count = int(own.text[5:9])
            revised = text_of(chance, "v", visitor.number, count, own.revision + 1)
            visitor.edit(key, revised)
        elif choice < self.pace.edits + self.pace.deletions:
            visitor.delete(key)

    async def _operate(self, operator, messages):
        chance = random.Random(f"{self.seed} operates {operator.number}")
        for _ in range(messages):
            await asyncio.sleep(self.pace.operator * chance.uniform(0.5, 1.5))
            if (post := await self.post(operator.number)) is None:
                return
            await self._turn()
            text = text_of(chance, "o", operator.number, self.count(operator))
            await self.aside(operator.write, post, text)
            self.said["operator"] += 1
            await self._change_theirs(operator, chance)

    async def _change_theirs(self, operator, chance):
        alive = [one for one, m in list(operator.messages.items())[-8:] if m[1] is not None]
        choice = chance.random()
        if not alive or choice >= self.pace.edits + self.pace.deletions:
            return
        identity = chance.choice(alive)
        if choice < self.pace.deletions:
            await self.aside(operator.delete, identity)
        else:
            _, text, revision = operator.messages[identity]
            count = int(text[5:9])
            revised = text_of(chance, "o", operator.number, count, revision + 1)
            await self.aside(operator.edit, identity, revised)

    async def _turn(self):
        while not self.over.is_set() and not self.may_speak(sum(self.said.values())):
            await asyncio.sleep(0.1)

    def count(self, client):
        """The number of the next message of a client."""
        self._counts[client] = self._counts.get(client, -1) + 1
        return self._counts[client]

    async def post(self, number):
        """The newest post of a conversation, once there is one; None if all is over before."""
        while not self.over.is_set():
            if posts := self.forum.read_on().posts_of(number):
                return posts[-1]
            await asyncio.sleep(0.2)
        return None

    # Coming to rest

    def missing(self):
        """What isn't where it belongs yet; None if everything is."""
        self.forum.read_on()
        for visitor in self.visitors:
            if len(visitor.outbox) > 0:
                return f"visitor {visitor.number} has {len(visitor.outbox)} unanswered"
            if visitor.welcome is None:
                return f"visitor {visitor.number} isn't connected"
            stored = max((own.seq for own in visitor.own.values()), default=0)
            if visitor.delivered_upto < stored:
                return (f"Discord has seq {visitor.delivered_upto} of {stored} of conversation "
                        f"{visitor.number}")
            own = [one.text for key, one in visitor.own.items() if key not in visitor.failed]
            own = [one for one in own if one is not None]
            posts = self.forum.posts_of(visitor.number)
            there = [text for post in posts for text in self.forum.texts(post)]
            if sum(map(len, there)) < sum(map(len, own)) - 8 * len(own):
                return f"Discord lacks texts of conversation {visitor.number}"
            theirs = self.operators[visitor.number].texts
            shown = list(visitor.shown("team").values())
            if shown != theirs:
                return (f"visitor {visitor.number} is shown {len(shown)} texts of the team's "
                        f"{len(theirs)}")
            if list(visitor.shown("visitor").values()) != own:
                return f"visitor {visitor.number} isn't shown the own texts as they are"
            if visitor.events and min(visitor.events) > 1:
                visitor.load_older()
                return f"visitor {visitor.number} has loaded from seq {min(visitor.events)} only"
        return None

    async def rest(self, seconds=60):
        """Waits until everything is where it belongs; what isn't is an error."""
        deadline = time.monotonic() + seconds
        while (missing := self.missing()) is not None:
            assert time.monotonic() < deadline, missing
            await asyncio.sleep(0.3)

    async def settle(self, seconds=90):
        """Waits until everything is where it belongs in the end, and a little longer for what comes
        twice."""
        began = time.monotonic()
        deadline = began + seconds
        while (missing := self.missing()) is not None and time.monotonic() < deadline:
            await asyncio.sleep(0.3)
        took = time.monotonic() - began
        if missing is None:
            await asyncio.sleep(1.5)
        self.stack.driver.write(
            "end", settled=missing is None, seconds=round(took, 1), missing=missing
        )
        return missing is None

    async def end(self):
        self.over.set()
        await asyncio.gather(*(visitor.end() for visitor in self.visitors))
        for operator in self.operators:
            operator.end()
        with contextlib.suppress(RuntimeError):
            self._threads.shutdown(wait=False, cancel_futures=True)
