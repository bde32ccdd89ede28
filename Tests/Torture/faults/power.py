"""The power goes: what wasn't put on the disk is lost."""

import asyncio
import pathlib
import shutil

from interposed import compiled
from trial import Pace, row


async def _power_cut(trial, lies):
    """The broker's disk forgets what wasn't put on it when the power goes."""
    stack = trial.stack
    library, disk = compiled(stack, "power_cut"), stack.folder / "disk"
    await trial.aside(stack.stop, "broker")
    disk.mkdir()
    for path in stack.folder.glob("chatbox.db*"):
        shutil.copy(path, disk / path.name)
    stack.prefix(
        "broker", LD_PRELOAD=str(library), POWER_CUT_FROM=f"{stack.folder}/chatbox.db",
        POWER_CUT_TO=str(disk), POWER_CUT_LIES="1" if lies else "0")
    await trial.aside(stack.launch, "broker")
    await trial.ready(10)
    cuts = 1 if lies else trial.scaled(2, 6)
    return disk, cuts


def _lose_power(stack, disk):
    """What the disk had takes the place of what the kernel had."""
    for path in stack.folder.glob("chatbox.db*"):
        path.unlink()
    for path in disk.glob("chatbox.db*"):
        shutil.copy(path, stack.folder / path.name)


async def _cut_now(trial, disk):
    stack = trial.stack
    pid = await trial.aside(stack.pid, "broker")
    # It must not start again before the disk is as it would be.
    script = pathlib.Path(stack.binaries / "chatbox-broker")
    wait = stack.folder / "no-power"
    text = script.read_text()
    wait.write_text("")
    script.write_text(text.replace("exec ", f"while [ -e {wait} ]; do sleep 0.05; done\nexec ", 1))
    await trial.aside(stack.kill, "broker")
    await trial.restarted("broker", pid)
    _lose_power(stack, disk)
    script.write_text(text)
    wait.unlink()
    await trial.ready(35)


@row(68, "the power goes, what wasn't synced is lost", "host")
async def power_lost(trial):
    disk, cuts = await _power_cut(trial, lies=False)
    async with trial.talking(conversations=3, messages=30, pace=Pace(0.4, 0.4)):
        for _ in range(cuts):
            await asyncio.sleep(trial.chance.uniform(0.5, 1.5))
            await _cut_now(trial, disk)
    trial.see(f"{cuts} power cuts")


@row(69, "the same with a disk that lies (the checker must see it)", "host", short=True,
     breaks=("I1",))
async def power_lost_and_lied_to(trial):
    stack = trial.stack
    # Nothing tells the broker: its own note of what it had was never on the disk either.
    trial.expect(epochs=9, partial_view=True, discord_differs=True, identifies=9)
    disk, _ = await _power_cut(trial, lies=True)
    async with trial.clients(conversations=2, pace=Pace(0.3, 0.3)) as work:
        talk = asyncio.create_task(work.talk(6, 0))
        await asyncio.gather(work.post(0), work.post(1))
        await talk
        async with asyncio.timeout(30):
            await asyncio.gather(*(
                visitor.until(lambda visitor=visitor: not visitor.outbox)
                for visitor in work.visitors))
        # They don't come back to see what became of it; the records say what was promised.
        for visitor in work.visitors:
            visitor.may_connect = False
        await _cut_now(trial, disk)
        stack.driver.write("expect", lied=True)
    trial.see("acknowledged messages are gone, and the checker says so")
