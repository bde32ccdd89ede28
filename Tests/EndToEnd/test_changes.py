"""Both sides write, edit and delete while processes are killed, and in the end both see the same.

The seed is printed; CHATBOX_SEED=… replays the kills, and CHATBOX_KILLS=… sets their number.
"""

import asyncio
import contextlib
import os
import random
import time

from stack import CHATBOX, expect_becomes
from test_kills import printed_seed
from visitors import VisitorSocket, run_alone

KILLS = int(os.environ.get("CHATBOX_KILLS") or 100)


class Side:
    """What one side has said, and what should stand in the end."""

    def __init__(self, chance, name):
        self._chance = chance
        self._name = name
        self.messages = []  # [reference, text or None, revision]

    def next(self):
        """What to do next: ("write", text), ("edit", message, text) or ("delete", message)."""
        alive = [message for message in self.messages if message[1] is not None]
        choice = self._chance.random()
        if choice < 0.25 and alive:
            message = self._chance.choice(alive[-8:])
            return "edit", message, f"{self._name} {self.messages.index(message)}, {message[2] + 1}. try"
        if choice < 0.4 and len(alive) > 1:
            return "delete", self._chance.choice(alive[-8:])
        return "write", f"{self._name} {len(self.messages)}"

    def wrote(self, reference, text):
        self.messages.append([reference, text, 0])

    @property
    def texts(self):
        return [text for _, text, _ in self.messages if text is not None]


class Writer(VisitorSocket):
    """A visitor that looks at what a page would show."""

    def shown(self, side):
        """The texts of one side as a page shows them: docs/protocol.md, section 6."""
        texts = {}
        for seq, event in sorted(self.events.items()):
            if event["from"] != side:
                continue
            target = (event.get("target") or {}).get("seq")
            if event["kind"] == "message":
                texts[seq] = None if event.get("deleted") else (event["revision"], event["body"])
            elif event["kind"] == "edit" and texts.get(target) is not None:
                if event["revision"] > texts[target][0] and not event.get("deleted"):
                    texts[target] = (event["revision"], event["body"])
            elif event["kind"] == "deletion":
                texts[target] = None
        return [text[1] for text in texts.values() if text is not None]


async def stored(writer, kind, key, **members):
    answer = await writer.store(kind, key, **members)
    assert answer["type"] == "sent", answer


async def _visit(writer, side, over):
    count = 0
    while not over.is_set():
        what, *rest = side.next()
        count += 1
        key = f"k{count}"
        if what == "write":
            await stored(writer, "send", key, body=rest[0])
            side.wrote(key, rest[0])
        elif what == "edit":
            message, text = rest
            await stored(
                writer, "edit", key, target=message[0], revision=message[2] + 1, body=text
            )
            message[1:] = text, message[2] + 1
        else:
            await stored(writer, "delete", key, target=rest[0][0])
            rest[0][1] = None
        await asyncio.sleep(0.6)  # a message a second is what the rate limit lets through for long


async def _operate(anna, post, side, over):
    while not over.is_set():
        what, *rest = side.next()
        if what == "write":
            message = await asyncio.to_thread(anna.write, post, rest[0])
            side.wrote(message["id"], rest[0])
        elif what == "edit":
            message, text = rest
            await asyncio.to_thread(anna.edit, post, message[0], text)
            message[1:] = text, message[2] + 1
        else:
            await asyncio.to_thread(anna.delete, post, rest[0][0])
            rest[0][1] = None
        await asyncio.sleep(0.3)


async def _kill(stack, chance):
    for number in range(KILLS):
        await asyncio.sleep(chance.uniform(0.05, 1.2))
        names = CHATBOX if number % 10 == 9 else (chance.choice(CHATBOX),)
        await asyncio.to_thread(stack.kill, *names)
        print(f"{time.strftime('%H:%M:%S')} killed {' '.join(names)}")


async def _run(stack, anna, seed):
    writer = Writer(stack)
    visitor, operator = Side(random.Random(seed), "visitor"), Side(random.Random(seed + 1), "operator")
    over = asyncio.Event()
    try:
        visiting = asyncio.create_task(_visit(writer, visitor, over))
        post = await asyncio.to_thread(anna.the_post)
        operating = asyncio.create_task(_operate(anna, post, operator, over))
        await _kill(stack, random.Random(seed + 2))
        over.set()
        async with asyncio.timeout(180):
            await asyncio.gather(visiting, operating)
            await writer.until(lambda: writer.welcome is not None)

        await asyncio.to_thread(
            expect_becomes, visitor.texts, lambda: anna.visitors_texts(post), 180
        )
        with contextlib.suppress(TimeoutError):
            await writer.until(
                lambda: writer.shown("team") == operator.texts
                and writer.shown("visitor") == visitor.texts
            )
        assert writer.shown("team") == operator.texts
        assert writer.shown("visitor") == visitor.texts
        assert anna.own_texts(post) == operator.texts
        assert anna.posts() == [post]
        print(
            f"{KILLS} kills, {len(visitor.messages)} + {len(operator.messages)} messages, "
            f"{len(writer.events)} events"
        )
    finally:
        await writer.end()


def test_edits_and_deletions_survive_kills(stack, anna):
    run_alone(_run(stack, anna, printed_seed()))
