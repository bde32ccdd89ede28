"""The headline: many messages both ways while every process is killed again and again and Discord
misbehaves, and what became of them.

headline.py [--messages 10000] [--conversations 100] [--kills 200] [--seed N] [--keep FOLDER]

Visitors and operators write, edit and delete; broker, web and Discord gateway are killed (SIGKILL)
in turns and together; Discord answers 429, 5xx, nothing, too late, garbage, and loses answers after
they took effect. In the end `checker.py` judges the clients' records, the database and the
sandbox's journal, and a table says what was sent and what was lost, doubled or out of order.
"""

import argparse
import asyncio
import collections
import contextlib
import pathlib
import random
import shutil
import sys
import time

import paths
import checker
from evidence import Evidence
from faulty_stack import CHATBOX, FaultyStack
from spread import Spread
from waits import by_fifths
from workload import Pace, Workload

# Which answers Discord breaks, how often each (of so many), and how. Of refusals that aren't shared
# ones the Discord gateway takes a hundred in ten minutes before it keeps still, as it must.
FAULTS = [
    (6, "429 of a route", {"status": 429, "scope": "shared"}),
    (1, "429 of the bot", {"status": 429, "scope": "user"}),
    (1, "429 for everything", {"status": 429, "scope": "global"}),
    (8, "5xx", {"status": 500}),
    (6, "answer lost after the effect", {"status": 500, "after_effect": True}),
    (6, "connection cut before the effect", {"status": 0}),
    (6, "connection cut after the effect", {"status": 0, "after_effect": True}),
    (3, "time-out after the effect", {"status": 500, "after_effect": True, "delay_ms": 20_000}),
    (3, "answer that is no JSON", {"status": 200, "cut": 20, "after_effect": True}),
]
MESSAGES, POSTS = "POST /channels/{channel}/messages", "POST /channels/{channel}/threads"
# Posts are made once a conversation: a fault for them waits until one is.
ROUTES = [MESSAGES] * 12 + [POSTS] + ["*"] * 4
# Of the Gateway's side.
GATEWAY = [{"action": "drop"}, {"action": "reconnect"}, {"action": "invalidate", "resumable": True}]
FORGETS_MAX = 10
# Broken answers that wait for their requests. They are ordered by time and used up by requests:
# where hardly any come, because so many broke, they would pile up until all that come break.
WAITING_MAX = 4


class Weather:
    """What Discord does wrong, until it is over."""

    def __init__(self, stack, chance):
        self.stack = stack
        self.chance = chance
        self.ordered = collections.Counter()
        self.gateway = collections.Counter()
        self._forgets = 0

    async def rage(self, over):
        while not over.is_set():
            await asyncio.sleep(self.chance.uniform(0.5, 2))
            with contextlib.suppress(OSError):
                if self.chance.random() < 0.06:
                    await asyncio.to_thread(self._gateway)
                else:
                    await asyncio.to_thread(self._answer)

    def _answer(self):
        if self.waiting() >= WAITING_MAX:
            return
        _, name, fault = self.chance.choices(FAULTS, weights=[one[0] for one in FAULTS])[0]
        route = self.chance.choice(ROUTES)
        single = route == POSTS or fault.get("scope") in ("user", "global")
        count = 1 if single else self.chance.randrange(1, 5)
        code = {"status": self.chance.choice((500, 502, 503, 504))} if name == "5xx" else {}
        self.stack.fault(**{
            "route": route, "count": count,
            "skip": 0 if route == POSTS else self.chance.randrange(0, 20),
            "retry_after": self.chance.uniform(0.2, 2),
            **fault, **code,
        })
        self.ordered[name] += count

    def _gateway(self):
        action = self.chance.choice(GATEWAY)
        if self._forgets < FORGETS_MAX and self.chance.random() < 0.15:
            action = {"action": "forget"}
            self._forgets += 1
        self.stack.driver.write("gateway", **action)
        self.stack.sandbox("POST", "/sandbox/gateway", action)
        self.gateway[action["action"]] += 1

    def waiting(self):
        """How many answers are still to be broken."""
        faults = self.stack.sandbox("GET", "/sandbox/state")["faults"]
        return sum(fault["count"] for fault in faults)

    def calm(self):
        """Takes back what didn't happen."""
        left = self.waiting()
        self.stack.sandbox("DELETE", "/sandbox/faults")
        return left


async def kill(stack, chance, work, spread, pause, counts):
    """Each process, and now and then all of them, while messages are said and until there were so
    many kills."""
    while not spread.is_over:
        await asyncio.sleep(chance.uniform(0.2, 2 * pause))
        while not spread.may_kill(sum(work.said.values())):
            await asyncio.sleep(0.1)
        names = CHATBOX if chance.random() < 0.1 else (chance.choice(CHATBOX),)
        await asyncio.to_thread(stack.kill, *names)
        counts.update(names)
        for _ in names:
            spread.killed(sum(work.said.values()))


async def torture(stack, arguments, found):
    chance = random.Random(arguments.seed)
    each = arguments.messages // 2 // arguments.conversations
    pace = Pace(visitor=arguments.pace, operator=arguments.pace, edits=0.04, deletions=0.02)
    work = Workload(stack, arguments.conversations, arguments.seed, pace)
    spread = Spread(2 * each * arguments.conversations, arguments.kills)
    work.may_speak = spread.may_speak
    weather = Weather(stack, random.Random(arguments.seed + 1))
    kills, over = collections.Counter(), asyncio.Event()
    began = time.monotonic()
    talking = asyncio.create_task(work.talk(each, each))
    others = [
        asyncio.create_task(weather.rage(over)),
        asyncio.create_task(kill(stack, chance, work, spread, arguments.pause, kills)),
    ]
    try:
        while not talking.done():
            await asyncio.wait([talking, *others], timeout=15,
                               return_when=asyncio.FIRST_EXCEPTION)
            for one in (*others, talking):
                if one.done() and one.exception():
                    raise one.exception()
            tell(work, kills, began)
        over.set()
        await asyncio.gather(*others)
        broken = weather.ordered.copy()
        left = await asyncio.to_thread(weather.calm)
        tell(work, kills, began)
        print("no more kills; waiting until everything is where it belongs", flush=True)
        settling = asyncio.create_task(work.settle(arguments.settle))
        while not settling.done():
            await asyncio.wait([settling], timeout=15)
            if not settling.done():
                print(f"  {work.missing()}", flush=True)
        found.update(
            said=work.said, kills=kills, tenths=spread.by_tenths(), faults=broken, left=left,
            gateway=weather.gateway,
            seconds=time.monotonic() - began)
    finally:
        for one in (talking, *others):
            one.cancel()
        await work.end()


def tell(work, kills, began):
    waiting = sum(len(visitor.outbox) for visitor in work.visitors)
    print(
        f"{time.monotonic() - began:4.0f} s: {work.said['visitor']} + {work.said['operator']} "
        f"messages, {sum(kills.values())} kills, {waiting} unanswered", flush=True)


def count(violations, name):
    return len(violations.get(name, []))


def summary(found, violations):
    kills, faults = found["kills"], found["faults"]
    broken = sum(faults.values()) - found["left"]
    lines = [
        f"messages from visitors and from operators: {found['said']['visitor']} + "
        f"{found['said']['operator']}",
        f"kills: {sum(kills.values())} ("
        + ", ".join(f"{name} {kills[name]}" for name in CHATBOX) + "); in each tenth of the "
        f"messages {', '.join(map(str, found['tenths']))}",
        f"answers of Discord that were broken: {broken} (ordered: "
        + ", ".join(f"{name} {number}" for name, number in faults.most_common()) + ")",
        f"connections of Discord's Gateway that were broken: {sum(found['gateway'].values())}",
        f"lost: {count(violations, 'I1') + count(violations, 'I4')}",
        f"doubled: {count(violations, 'I2')}",
        f"out of order: {count(violations, 'I3')}",
        "waited for Discord in each fifth of the conversations, mean and longest: "
        + ", ".join(f"{mean:.0f} and {longest:.0f} s" for mean, longest in found["waits"]),
        f"duration: {found['seconds']:.0f} s",
    ]
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--messages", type=int, default=10_000, help="both ways together")
    parser.add_argument("--conversations", type=int, default=100)
    parser.add_argument("--kills", type=int, default=200, help="at least so many")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1_000_000))
    parser.add_argument("--pace", type=float, default=5.0, help="seconds between one's messages")
    parser.add_argument("--pause", type=float, default=2.2, help="seconds between kills, about")
    parser.add_argument("--settle", type=int, default=300, help="seconds to come to rest in")
    parser.add_argument("--keep", type=pathlib.Path, default=paths.ROOT / "var" / "torture")
    arguments = parser.parse_args()
    print(f"replay with --seed {arguments.seed}", flush=True)
    stack, found = FaultyStack(), {}
    try:
        stack.start()
        # The gateway's own budget (IdentifyBudget): 60 sessions in an hour, then one a minute. Who
        # is killed before a new session is kept has to begin another.
        stack.driver.write("expect", identifies=60 + 15)
        asyncio.run(torture(stack, arguments, found))
        stack.wind_down()
        stack.driver.close()
        violations = checker.check(stack.folder)
        found["waits"] = by_fifths(Evidence(stack.folder))
        print("\n" + checker.report(violations) + "\n\n" + summary(found, violations))
        if violations:
            folder = arguments.keep / f"headline-seed-{arguments.seed}"
            shutil.rmtree(folder, ignore_errors=True)
            shutil.copytree(stack.folder, folder, ignore=shutil.ignore_patterns("bin", "*.sock"))
            print(f"the evidence is in {folder}")
        sys.exit(1 if violations else 0)
    finally:
        stack.end()


if __name__ == "__main__":
    main()
