"""The time of day jumps beneath everybody."""

import asyncio
import contextlib
import sqlite3
import time

from faulty_stack import CHATBOX
from interposed import compiled
from trial import Pace, row

HOUR = 3_600
# The last second that 32 bits with a sign can count is 2038-01-19T03:14:07Z.
END_OF_32_BITS = 2**31


class Clock:
    """The time of day of ChatBox's processes, which isn't Discord's."""

    def __init__(self, stack):
        self._file = stack.folder / "clock-shift"
        self.shift(0)
        library = compiled(stack, "shifted_clock")
        for name in CHATBOX:
            stack.prefix(name, LD_PRELOAD=str(library), CLOCK_SHIFT=str(self._file))

    def shift(self, seconds):
        """It is so many seconds off from now on."""
        unfinished = self._file.with_suffix(".new")
        unfinished.write_text(str(int(seconds)))
        unfinished.replace(self._file)

    def jump(self, to):
        """It is so many seconds after 1970 now."""
        self.shift(to - time.time())


@row(28, "the clock jumps: an hour back, beyond 2038, to 1970", "all", short=True)
async def jumping_clock(trial):
    stack = trial.stack
    clock = Clock(stack)
    for name in reversed(CHATBOX):
        await trial.aside(stack.stop, name)
    for name in CHATBOX:
        await trial.aside(stack.launch, name)
    await trial.ready(10)
    trial.expect(identifies=8)
    jumps = [
        ("an hour back", lambda: clock.shift(-HOUR), "broker"),
        # 2038's end comes while they talk, not by the jump.
        ("to the end of 32 bits", lambda: clock.jump(END_OF_32_BITS - 1), "discord"),
        ("back to now", lambda: clock.shift(0), "web"),
    ]
    if not trial.is_short:
        jumps += [
            ("to 1970", lambda: clock.jump(HOUR), "discord"),
            ("an hour ahead", lambda: clock.shift(HOUR), "broker"),
            ("a minute back", lambda: clock.shift(HOUR - 60), "discord"),
            ("back to now", lambda: clock.shift(0), "broker"),
        ]
    async with trial.clients(conversations=3, pace=Pace(0.3, 0.3)) as work:
        await work.talk(2, 2)
        for name, jump, process in jumps:
            await _talk_through(trial, work, name, jump, process)
        await work.settle(30)
    _judge_times(stack)
    trial.see(", ".join(name for name, _, _ in jumps) + ", each with a kill of one process")


async def _talk_through(trial, work, name, jump, process):
    """Everybody talks while the clock jumps and a process is killed after that; no wait may have
    become longer by it."""
    messages = trial.scaled(5, 12)
    talk = asyncio.create_task(work.talk(messages, messages))
    try:
        await asyncio.sleep(0.3)
        jump()
        trial.stack.driver.write("clock", jump=name)
        await asyncio.sleep(trial.chance.uniform(0.2, 0.8))
        await trial.aside(trial.stack.kill, process)
        await talk
        began = time.monotonic()
        await work.rest(25)
        took = time.monotonic() - began
        trial.stack.judge("I8", True, f"at rest {took:.1f} s after the clock went {name}")
    except AssertionError as error:
        trial.stack.judge("I8", False, f"25 s after the clock went {name}: {error}")
    finally:
        talk.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await talk


def _judge_times(stack):
    """The broker's own times tell that the clock did jump."""
    with contextlib.closing(sqlite3.connect(stack.folder / "chatbox.db")) as database:
        times = [row[0] / 1000 for row in database.execute("SELECT at FROM event")]
    now = time.time()
    stack.judge("I9", min(times) < now - HOUR / 2, "nothing was stored an hour ago")
    stack.judge("I9", max(times) > END_OF_32_BITS, "nothing was stored after 32 bits' end")
