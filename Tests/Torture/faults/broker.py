"""The broker is killed, stopped and ended, at any moment and at chosen ones."""

import asyncio
import contextlib
import os
import signal
import sqlite3
import subprocess
import time

from faulty_stack import ROOT
from trial import Pace, row

KEPT = "SELECT service, seq, kind, body FROM event ORDER BY conversation, seq"


@row(1, "kill -9, idle", "broker", short=True)
async def killed_idle(trial):
    async with trial.talking(conversations=3, messages=3) as work:
        pass
    async with trial.clients(conversations=0):
        for _ in range(trial.scaled(2, 5)):
            await trial.recovers("broker")
    trial.work = work


@row(2, "kill -9 under load", "broker", short=True)
async def killed_under_load(trial):
    kills = trial.scaled(8, 200)
    pace = Pace(visitor=0.3, operator=0.3)
    messages = trial.scaled(20, 400)
    async with trial.talking(conversations=4, messages=messages, pace=pace):
        await trial.kill("broker", times=kills)
    trial.see(f"{kills} kills")


async def _kill_in_syscall(trial, call, when, path=None):
    """Lets the kernel kill the broker as it enters a system call for the nth time from now."""
    stack = trial.stack
    pid = await trial.aside(stack.pid, "broker")
    filters = ["-P", path] if path else []
    arguments = [*filters, "-e", f"trace={call}", "-e", f"inject={call}:signal=KILL:when={when}"]
    tracer = await trial.aside(stack.trace, "broker", *arguments)
    try:
        await trial.restarted("broker", pid, 30)
        stack.driver.write("kill", process="broker", inside=call, when=when)
    finally:
        await trial.aside(stack.untrace, tracer)


@row(3, "kill -9 between COMMIT and its answer", "broker", short=True)
async def killed_before_the_answer(trial):
    kills = trial.scaled(3, 12)
    pace = Pace(visitor=0.4, operator=0.4)
    async with trial.talking(conversations=3, messages=trial.scaled(15, 45), pace=pace) as work:
        for _ in range(kills):
            # The log's commit frame is written, so the restarted broker has the transaction, and
            # nobody has been told.
            await _kill_in_syscall(trial, "fdatasync", 1 + trial.chance.randrange(2))
    repeats = [
        line for visitor in work.visitors for line in visitor.record.lines("ok")
        if line["duplicate"]
    ]
    trial.see(f"{kills} kills, {len(repeats)} repeats answered as such")


@row(4, "kill -9 inside COMMIT", "broker")
async def killed_inside_commit(trial):
    pace = Pace(visitor=0.4, operator=0.4)
    wal = trial.stack.folder / "chatbox.db-wal"
    async with trial.talking(conversations=3, messages=30, pace=pace):
        for when in range(1, 9):
            await _kill_in_syscall(trial, "pwrite64", when, wal)
    trial.see("8 kills, at the 1st to 8th write to the log")


@row(5, "kill -9 in a checkpoint", "broker")
async def killed_in_checkpoint(trial):
    stack = trial.stack
    pace = Pace(visitor=0.4, operator=0.4)
    async with trial.talking(conversations=3, messages=40, pace=pace):
        for when in (1, 2, 3, 5):
            await asyncio.sleep(2)
            pid = await trial.aside(stack.pid, "broker")
            call = f"inject=pwrite64:signal=KILL:when={when}"
            tracer = await trial.aside(
                stack.trace, "broker", "-P", stack.folder / "chatbox.db", "-e", "trace=pwrite64",
                "-e", call)
            # Ending, it brings the log into the file.
            os.kill(pid, signal.SIGTERM)
            await trial.restarted("broker", pid, 30)
            stack.judge("I10", _was_killed(stack, pid), f"it ended before write {when}")
            await trial.aside(stack.untrace, tracer)
    trial.see("4 kills, at the 1st, 2nd, 3rd and 5th page")


def _was_killed(stack, pid):
    # supervisord says how each process ended.
    return "SIGKILL" in (stack.folder / "log" / "supervisord.log").read_text().split(str(pid))[-1]


@row(6, "kill -9 in a migration", "broker")
async def killed_in_migration(trial):
    stack = trial.stack
    fixture = (ROOT / "Tests" / "BrokerTests" / "Fixtures" / "migration-1.sql").read_text()
    killed = 0
    for when in (1, 2, 3, 5, 8, 13, 21, 34, 55):
        folder = stack.folder / f"old-{when}"
        folder.mkdir()
        path = folder / "chatbox.db"
        with contextlib.closing(sqlite3.connect(path)) as old:
            old.executescript(fixture)
            before = old.execute(KEPT).fetchall()
        strace = ["strace", "-D", "-f", "-qq", "-o", "/dev/null", "-e", "trace=pwrite64", "-e",
                  f"inject=pwrite64:signal=KILL:when={when}"]
        status = await trial.aside(_run_broker, stack, folder, strace)
        killed += status == -signal.SIGKILL
        with contextlib.closing(sqlite3.connect(path)) as half:
            sound = half.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            versions = len(half.execute("SELECT * FROM grdb_migrations").fetchall())
        stack.judge("I10", sound, f"killed at write {when}: the file is damaged")
        status = await trial.aside(_run_broker, stack, folder, [])
        stack.judge(
            "I12", status == 0, f"killed at write {when}: the next start ended with {status}")
        with contextlib.closing(sqlite3.connect(path)) as new:
            after = new.execute(KEPT).fetchall()
        stack.judge("I1", after == before, f"killed at write {when}: the events aren't the same")
        if after != before:
            raise AssertionError(f"{before} became {after}, migrations {versions}")
    trial.see(f"{killed} kills in 9 migrations; each went on")


def _run_broker(stack, folder, prefix):
    """A broker of its own, until it is ready; returns its exit status."""
    socket = folder / "broker.sock"
    process = subprocess.Popen(
        [*prefix, stack.real / "chatbox-broker"],
        env={**stack._environment(), "CHATBOX_SOCKET": str(socket),
             "CHATBOX_DATABASE": str(folder / "chatbox.db")},
        stdin=subprocess.DEVNULL, stdout=(folder / "log").open("ab"), stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        deadline = time.monotonic() + 30
        while process.poll() is None and not socket.exists() and time.monotonic() < deadline:
            time.sleep(0.02)
        if process.poll() is None:
            # With the injection it may die of a later write, which is as good.
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(0.3)
            process.terminate()
        return process.wait(10)
    finally:
        socket.unlink(missing_ok=True)
        if process.poll() is None:
            process.kill()


@row(7, "kill -9 in a backup", "broker")
async def killed_in_backup(trial):
    stack = trial.stack
    async with trial.talking(conversations=3, messages=25) as work:
        for number, call in enumerate(("pwrite64", "fsync", "link")):
            copy = stack.folder / f"copy-{number}.db"
            pid = await trial.aside(stack.pid, "broker")
            filters = ["-P", f"{copy}.unfinished"] if call != "fsync" else []
            call = "link,linkat" if call == "link" else call
            tracer = await trial.aside(
                stack.trace, "broker", *filters, "-e", f"trace={call}",
                "-e", f"inject={call}:signal=KILL:when=1")
            status, said = await trial.aside(stack.tool, "backup", str(copy))
            await trial.restarted("broker", pid)
            await trial.aside(stack.untrace, tracer)
            stack.judge("I10", not copy.exists(), f"killed in {call}, {copy.name} exists")
            stack.judge(
                "I12", status != 0 and said, f"killed in {call}, backup ended with {status}")
            await trial.ready(10)
            status, said = await trial.aside(stack.tool, "backup", str(copy))
            stack.judge("I12", status == 0, f"the next backup ended with {status}: {said}")
            if status == 0:
                with contextlib.closing(sqlite3.connect(copy)) as whole:
                    sound = whole.execute("PRAGMA integrity_check").fetchone() == ("ok",)
                stack.judge("I10", sound, f"{copy.name} is damaged")
            left = [one.name for one in stack.folder.glob("copy-*.unfinished*")]
            stack.judge("I10", not left, f"{left} are left behind")
    trial.see("3 kills: writing, syncing, naming the copy")
    trial.work = work


@row(8, "SIGTERM under load", "broker")
async def ended_under_load(trial):
    stack = trial.stack
    times = []
    async with trial.talking(conversations=4, messages=30, pace=Pace(0.3, 0.3)):
        for _ in range(5):
            await asyncio.sleep(trial.chance.uniform(0.2, 1))
            status, seconds = await trial.aside(stack.stop, "broker")
            times.append(seconds)
            stack.judge(
                "I12", status == 0 and seconds < 5, f"it ended with {status} in {seconds:.1f} s")
            await trial.aside(stack.launch, "broker")
            await trial.ready(6)
    trial.see(f"5 times, each within {max(times):.1f} s, exit 0")


@row(9, "SIGSTOP for 5 s and for 40 s", "broker")
async def stopped(trial):
    stack = trial.stack
    async with trial.talking(conversations=3, messages=40, pace=Pace(1, 1)) as work:
        for seconds in (5, 40):
            await trial.aside(stack.signal, signal.SIGSTOP, "broker")
            began = time.monotonic()
            if seconds > 30:
                took = await trial.aside(
                    stack.judge_becomes, "I9", "readyz says that the broker is away",
                    lambda: stack.answers()[0] == 503, 20)
                trial.see(f"readyz told of it after {took and round(took)} s")
            await asyncio.sleep(max(0, began + seconds - time.monotonic()))
            await trial.aside(stack.signal, signal.SIGCONT, "broker")
            await trial.ready(40)
    trial.work = work

