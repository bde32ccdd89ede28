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
    """Everybody says something; something of each has to be stored within so many seconds. Not all
    of it: what has piled up goes no faster than chatbox-web lets a visitor write."""
    began = time.monotonic()
    for visitor in work.visitors:
        visitor.write(marker("v", visitor.number, work.count(visitor)) + " is it stored?")
    try:
        async with asyncio.timeout(seconds):
            await asyncio.gather(*(
                visitor.until(
                    lambda visitor=visitor: any(
                        line["t"] > began for line in visitor.record.lines("ok")), seconds)
                for visitor in work.visitors))
        took = time.monotonic() - began
        trial.stack.judge("I8", True, f"stored after {took:.1f} s")
        trial.see(f"stores again after {took:.1f} s")
    except TimeoutError:
        trial.stack.judge("I8", False, f"nothing was stored within {seconds} s afterwards")


async def not_ready(trial, code, seconds):
    """The web gateway says within so many seconds, which is until somebody writes, that nothing can
    be stored, and why; returns after how many."""

    def says_so():
        status, said = trial.stack.answers()
        return status == 503 and code in said

    took = await trial.aside(
        trial.stack.judge_becomes, "I9", f"readyz says 503 with {code}", says_so, seconds)
    return None if took is None else round(took, 1)


async def ready_again(trial):
    """It says that it is ready, without a restart: the disk is tried every 2 s."""
    await trial.ready(4, "readyz says 200 once there is space", "I9")
