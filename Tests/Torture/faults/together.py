"""All processes at once, and in turns."""

import asyncio
import os
import signal

from faulty_stack import CHATBOX
from trial import Pace, row


@row(66, "kill -9, all three at once", "all", short=True)
async def killed_together(trial):
    kills = trial.scaled(5, 50)
    pace = Pace(visitor=0.4, operator=0.4)
    async with trial.talking(conversations=4, messages=trial.scaled(20, 150), pace=pace):
        await trial.kill(*CHATBOX, times=kills, pause=(0.2, 1))
    trial.see(f"{kills} kills of all three")


@row(67, "stopped and continued in another order", "all")
async def swizzled(trial):
    stack, turns = trial.stack, 12
    async with trial.talking(conversations=4, messages=60, pace=Pace(0.7, 0.7)) as work:
        for _ in range(turns):
            pids = {name: await trial.aside(stack.pid, name) for name in (*CHATBOX, "sandbox")}
            for order, number in ((1, signal.SIGSTOP), (2, signal.SIGCONT)):
                names = list(pids)
                trial.chance.shuffle(names)
                for name in names:
                    os.kill(pids[name], number)
                    stack.driver.write("signal", process=name, signal=number.name)
                    await asyncio.sleep(trial.chance.uniform(0, 0.5))
                # Rarely long enough that somebody is given up.
                await asyncio.sleep(trial.chance.choice((0.2, 1, 4)) if order == 1 else 0.5)
    trial.see(f"{turns} times all four, with up to 6 s between")
    trial.work = work
