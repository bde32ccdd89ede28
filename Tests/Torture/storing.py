"""What rows about storage look for: refusals, exits, and that it goes on."""

import asyncio
import time

from record import marker


def retries(work, code):
    """How often visitors were told to try again because of something."""
    return sum(
        line["code"] == code for visitor in work.visitors for line in visitor.record.lines("retry"))


def exits(stack, status, name="broker"):
    """How often the supervisor has seen a process end with a status."""
    log = (stack.folder / "log" / "supervisord.log").read_text()
    return log.count(f"exited: {name} (exit status {status};")


async def stored_within(trial, work, seconds):
    """Everybody says something; it has to be stored within so many seconds."""
    began = time.monotonic()
    for visitor in work.visitors:
        visitor.write(marker("v", visitor.number, work.count(visitor)) + " is it stored?")
    try:
        async with asyncio.timeout(seconds):
            await asyncio.gather(*(
                visitor.until(lambda visitor=visitor: not visitor.outbox, seconds)
                for visitor in work.visitors))
        took = time.monotonic() - began
        trial.stack.judge("I8", True, f"stored after {took:.1f} s")
        trial.see(f"stores again after {took:.1f} s")
    except TimeoutError:
        trial.stack.judge("I8", False, f"nothing was stored within {seconds} s afterwards")
