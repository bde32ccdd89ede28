"""The database's files are gone, damaged, too old or too new."""

import asyncio
import contextlib
import sqlite3

from record import marker
from storing import exits, stored_within
from trial import Pace, row


@row(16, "the database is deleted while it runs", "broker")
async def deleted(trial):
    stack = trial.stack
    trial.expect(epochs=3, identifies=4)
    copy = stack.folder / "copy.db"
    async with trial.talking(conversations=2, messages=6):
        pass
    status, said = await trial.aside(stack.tool, "backup", str(copy))
    assert status == 0, said
    async with trial.clients(conversations=0):
        pid = await trial.aside(stack.pid, "broker")
        for name in ("chatbox.db", "chatbox.db-wal", "chatbox.db-shm"):
            (stack.folder / name).unlink(missing_ok=True)

        def noticed():
            info = stack.info("broker")
            return info["statename"] != "RUNNING" or info["pid"] != pid

        took = await trial.aside(
            stack.judge_becomes, "I9", "the broker notices that its database is gone", noticed, 10)
        stack.judge("I12", took is None or exits(stack, 74) + exits(stack, 65) > 0,
                    "it ended neither with 74 nor with 65")
        trial.see(f"noticed after {took or 99:.1f} s, exit 74 {exits(stack, 74)} times")
        await _restore(trial, copy)


async def _restore(trial, copy):
    """Puts a backup in the place of what is damaged, as an operator does."""
    stack = trial.stack
    with contextlib.suppress(Exception):
        await trial.aside(stack.supervisor.stopProcess, "broker")
    status, said = await trial.aside(stack.tool, "restore", str(copy), "--yes")
    stack.judge("I12", status == 0, f"restore ended with {status}: {said[-300:]}")
    await trial.aside(stack.launch, "broker")
    await trial.ready(35)


async def _damaged(trial, kinds, status_expected, word):
    """Starts the broker on a damaged file; it has to refuse that, leave it as it is and say so."""
    stack = trial.stack
    copy = stack.folder / "copy.db"
    trial.expect(epochs=9, identifies=5)
    async with trial.talking(conversations=2, messages=6) as work:
        pass
    status, said = await trial.aside(stack.tool, "backup", str(copy))
    assert status == 0, said
    await trial.aside(stack.stop, "broker")
    path = stack.folder / "chatbox.db"
    whole = path.read_bytes()
    for name, damage in kinds.items():
        for other in ("chatbox.db-wal", "chatbox.db-shm"):
            (stack.folder / other).unlink(missing_ok=True)
        path.write_bytes(whole)
        damage(path)
        before = path.read_bytes()
        status, said = await trial.aside(stack.run_beside, "broker", 15)
        stack.judge("I12", status == status_expected, f"{name}: it ended with {status}")
        stack.judge("I12", word in said, f"{name}: it doesn't say \"{word}\": {said[-300:]}")
        stack.judge("I10", path.read_bytes() == before, f"{name}: it changed the file")
        trial.see(f"{name}: {status}")
    await _restore(trial, copy)
    trial.work = work


@row(17, "the database is empty", "broker")
async def emptied(trial):
    await _damaged(trial, {"zero bytes": lambda path: path.write_bytes(b"")}, 65, "restore")


def _flip(path):
    content = bytearray(path.read_bytes())
    for place in range(4096 * 3, len(content), 997):
        content[place] ^= 0x10
    path.write_bytes(content)


@row(18, "the database is half, garbage, changed", "broker")
async def garbled(trial):
    await _damaged(trial, {
        "half": lambda path: path.write_bytes(path.read_bytes()[: path.stat().st_size // 2]),
        "text": lambda path: path.write_text("Dear diary,\n" * 2000),
        "changed bits": _flip,
    }, 65, "restore")


@row(21, "the database is of a newer version", "broker")
async def newer(trial):
    def later(path):
        with contextlib.closing(sqlite3.connect(path)) as database:
            database.execute("INSERT INTO grdb_migrations VALUES ('99 what comes later')")
            database.commit()

    await _damaged(trial, {"newer": later}, 78, "newer")


async def _goes_back(trial, take_back):
    """The database forgets its newest part: everybody is told, and it goes on from there."""
    stack = trial.stack
    # In Discord there is still what was changed since.
    trial.expect(epochs=2, identifies=5, discord_differs=True)
    async with trial.clients(conversations=3, pace=Pace(0.3, 0.3)) as work:
        await work.talk(8, 8)
        await take_back(work)
        await trial.ready(35)
        epoch = work.visitors[0].epoch

        def all_told():
            return all(
                visitor.welcome is not None and visitor.epoch != epoch for visitor in work.visitors)

        await trial.aside(
            stack.judge_becomes, "I9", "every page is told of another life of the database",
            all_told, 60)
        await stored_within(trial, work, 20)
        for operator in work.operators:
            post = await work.post(operator.number)
            await work.aside(
                operator.write, post, marker("o", operator.number, work.count(operator)))
        last = [list(visitor.own.values())[-1].seq for visitor in work.visitors]
        newest = [list(visitor.own.values())[-1].text for visitor in work.visitors]

        def goes_on():
            work.forum.read_on()
            return all(
                newest[number] in work.forum.texts(work.forum.posts_of(number)[-1])
                and visitor.delivered_upto >= last[number]
                and work.operators[number].texts[-1] in visitor.shown("team").values()
                for number, visitor in enumerate(work.visitors))

        what = "both sides hear each other again"
        took = await trial.aside(
            stack.judge_becomes, "I4", what, goes_on, 90)
        # What is found by comparing comes later: whoever left before would never be shown it.
        known = None
        while known != (known := [visitor.high for visitor in work.visitors]):
            await asyncio.sleep(2)
        stack.driver.write("end", settled=took is not None, seconds=took or 90, missing=what)
        trial.see(f"both sides hear each other again after {took or 99:.1f} s")


@row(19, "the newest part of the log is lost while it is down", "broker")
async def log_lost(trial):
    stack = trial.stack

    async def take_back(work):
        # What was brought into the file stays; what only the log had is gone.
        await trial.aside(stack.stop, "broker")
        with contextlib.closing(sqlite3.connect(stack.folder / "chatbox.db")) as database:
            database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        await trial.aside(stack.launch, "broker")
        await trial.ready(10)
        await work.talk(6, 6)
        await work.rest(60)
        await trial.aside(stack.kill, "broker")
        await trial.aside(stack.supervisor.stopProcess, "broker")
        for name in ("chatbox.db-wal", "chatbox.db-shm"):
            (stack.folder / name).unlink(missing_ok=True)
        await trial.aside(stack.launch, "broker")

    await _goes_back(trial, take_back)


@row(20, "an old backup is restored", "broker")
async def restored(trial):
    stack = trial.stack

    async def take_back(work):
        copy = stack.folder / "copy.db"
        status, said = await trial.aside(stack.tool, "backup", str(copy))
        assert status == 0, said
        await work.talk(6, 6)
        await work.rest(60)
        await trial.aside(stack.stop, "broker")
        status, said = await trial.aside(stack.tool, "restore", str(copy), "--yes")
        stack.judge("I12", status == 0, f"restore ended with {status}: {said[-300:]}")
        await trial.aside(stack.launch, "broker")

    await _goes_back(trial, take_back)
