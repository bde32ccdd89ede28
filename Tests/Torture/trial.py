"""One fault tried on one stack: what a row of the matrix is given to work with, and its verdict."""

import asyncio
import contextlib
import dataclasses
import random
import shutil
import time
import traceback

import checker
from faulty_stack import FaultyStack
from workload import Pace, Workload


class Impossible(Exception):
    """This machine can't make that fault; the reason is for the table."""


@dataclasses.dataclass
class Row:
    """A row of the fault matrix: `work` makes the fault."""

    number: int
    fault: str
    process: str
    work: object
    # Settings of all processes.
    settings: dict
    # Whether it is in the short set of `make test`.
    is_short: bool
    # Invariants that must break: a control that shows that the checker sees it.
    breaks: tuple
    # What isn't as promised yet: the row may fail, and has to be changed once it doesn't.
    pending: str | None


@dataclasses.dataclass
class Result:
    row: Row
    verdict: str
    seen: list
    seconds: float
    folder: str | None

    @property
    def is_right(self):
        return self.verdict in ("holds", "breaks, as it must") or self.is_named

    @property
    def is_named(self):
        return self.verdict.startswith(("can't", "to be mended"))


ROWS = {}


def row(number, fault, process, short=False, breaks=(), pending=None, **settings):
    """Makes a function a row of the matrix: `async def work(trial)`."""

    def register(work):
        ROWS[number] = Row(number, fault, process, work, settings, short, breaks, pending)
        return work

    return register


class Trial:
    """A started stack, chance from a seed, and how much of the fault is wanted."""

    def __init__(self, stack, seed, is_short):
        self.stack = stack
        self.seed = seed
        self.chance = random.Random(seed)
        self.is_short = is_short
        self.seen = []
        self.work = None

    def see(self, text):
        """What the table says of this row."""
        self.seen.append(text)

    def scaled(self, short, full):
        return short if self.is_short else full

    def expect(self, **members):
        """What the checker has to know of this run: see `invariants.py`."""
        self.stack.driver.write("expect", **members)

    async def aside(self, work, *arguments, **named):
        return await asyncio.to_thread(work, *arguments, **named)

    @contextlib.asynccontextmanager
    async def clients(self, conversations=4, pace=None, port=None):
        """Visitors and operators, without anything to say yet."""
        self.work = Workload(self.stack, conversations, self.seed, pace, port)
        try:
            yield self.work
        finally:
            await self.work.end()

    @contextlib.asynccontextmanager
    async def talking(self, conversations=4, messages=15, pace=None, settle=90, port=None):
        """The same, talking with each other while the body runs; afterwards everything comes to
        rest."""
        async with self.clients(conversations, pace, port) as work:
            talk = asyncio.create_task(work.talk(messages, messages))
            try:
                # The fault shall meet a conversation, not its beginning only.
                for number in range(conversations):
                    await work.post(number)
                yield work
                await talk
            finally:
                talk.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await talk
            await work.settle(settle)

    async def restarted(self, name, pid, seconds=20):
        """Waits until a process that died has followed itself."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            with contextlib.suppress(Exception):
                info = await self.aside(self.stack.info, name)
                if info["statename"] == "RUNNING" and info["pid"] != pid:
                    return info["pid"]
            await asyncio.sleep(0.05)
        raise AssertionError(f"{name} didn't start again within {seconds} s")

    async def recovers(self, name, seconds=5):
        """Kills a process; it and its neighbours are ready again within so many seconds. The
        supervisor takes about one of them to start it."""
        pid = await self.aside(self.stack.pid, name)
        began = time.monotonic()
        await self.aside(self.stack.kill, name)
        await self.restarted(name, pid)
        right = await self.ready(seconds) is not None
        took = time.monotonic() - began
        self.stack.judge("I8", right and took <= seconds, f"{name} was ready after {took:.1f} s")
        self.see(f"ready after {took:.1f} s")

    async def kill(self, *names, times=1, pause=(0.05, 0.5)):
        for _ in range(times):
            await asyncio.sleep(self.chance.uniform(*pause))
            await self.aside(self.stack.kill, *names)

    async def ready(self, seconds=4, what="ready again", invariant="I8"):
        """Waits until the web gateway has the broker; it has that long."""
        return await self.aside(
            self.stack.judge_becomes, invariant, what,
            lambda: self.stack.answers()[0] == 200, seconds,
        )


def attempt(row, seed, is_short=False, keep=None):
    """Tries a row; its folder goes to `keep` if something breaks."""
    began = time.monotonic()
    stack = FaultyStack(row.settings)
    trial = Trial(stack, seed, is_short)
    folder = verdict = None
    try:
        stack.start()
        asyncio.run(row.work(trial))
        stack.wind_down()
        # Whatever a process has still to write, it has.
        stack.driver.close()
        verdict = judge(row, trial, stack)
    except Impossible as error:
        verdict = f"can't be made here: {error}"
    except Exception as error:
        traceback.print_exc()
        trial.see(f"{type(error).__name__}: {str(error)[:300]}")
        print(stack.logs())
        verdict = "broken" if row.pending is None else f"to be mended: {row.pending}"
    finally:
        is_right = verdict is None or verdict.startswith(("holds", "can't", "breaks"))
        if keep is not None and not is_right:
            folder = keep / f"row-{row.number:02}-seed-{seed}"
            shutil.rmtree(folder, ignore_errors=True)
            with contextlib.suppress(OSError):
                shutil.copytree(
                    stack.folder, folder, ignore=shutil.ignore_patterns("bin", "*.sock"))
        stack.end()
    seconds = round(time.monotonic() - began, 1)
    return Result(row, verdict, trial.seen, seconds, str(folder) if folder else None)


def judge(row, trial, stack):
    violations = checker.check(stack.folder)
    trial.see(counted(trial))
    for name, found in violations.items():
        trial.see(f"{name} broken {len(found)} times: {found[0]}")
    if row.breaks:
        return "breaks, as it must" if set(violations) == set(row.breaks) else "broken"
    if not violations:
        return "holds"
    return "broken" if row.pending is None else f"to be mended: {row.pending}"


def counted(trial):
    if trial.work is None:
        return "no conversations"
    said = trial.work.said
    return f"{said['visitor']} + {said['operator']} messages"


__all__ = ["ROWS", "Impossible", "Pace", "Result", "Row", "Trial", "attempt", "row"]
