"""The broker's disk is slow, fails, or is full."""

import asyncio
import contextlib
import os
import shutil
import subprocess

from storing import exits, not_ready, ready_again, retries, stored_within
from trial import Impossible, Pace, row


@row(10, "fdatasync takes 2 s", "broker")
async def slow_sync(trial):
    async with trial.talking(conversations=3, messages=12, pace=Pace(1, 1), settle=180):
        arguments = ["-e", "trace=fdatasync", "-e", "inject=fdatasync:delay_enter=2000000"]
        tracer = await trial.aside(trial.stack.trace, "broker", *arguments)
        await asyncio.sleep(16)
        await trial.aside(trial.stack.untrace, tracer)
    trial.see("slower, and the same")


@row(11, "fdatasync fails (EIO)", "broker")
async def failing_sync(trial):
    stack = trial.stack
    async with trial.talking(conversations=3, messages=30, pace=Pace(0.5, 0.5)) as work:
        for _ in range(3):
            # Attached while it starts, strace misses threads.
            await asyncio.sleep(1.5)
            pid = await trial.aside(stack.pid, "broker")
            ends = exits(stack, 74)
            tracer = await trial.aside(
                stack.trace, "broker", "-e", "trace=fdatasync", "-e",
                "inject=fdatasync:error=EIO:when=1")
            # What the kernel did with the pages nobody knows: only a new process can find out.
            try:
                await trial.restarted("broker", pid, 10)
                # The supervisor writes it down a moment later.
                await asyncio.sleep(0.5)
                stack.judge("I12", exits(stack, 74) > ends, "it ended, but not with 74")
            except AssertionError:
                stack.judge("I12", False, "it went on after a failed fdatasync")
            await trial.aside(stack.untrace, tracer)
            await trial.ready(10)
        await stored_within(trial, work, 10)
    trial.see(f"exit 74 {exits(stack, 74)} times of 3")


async def _refused_for_a_while(trial, work, error, code, seconds, path):
    """Each write to the database's log fails for some seconds; then none does."""
    stack = trial.stack
    pid = await trial.aside(stack.pid, "broker")
    before = retries(work, code)
    tracer = await trial.aside(
        stack.trace, "broker", "-P", path, "-e", "trace=pwrite64", "-e",
        f"inject=pwrite64:error={error}")
    took = await not_ready(trial, code, seconds)
    await asyncio.sleep(seconds)
    stack.judge("I9", stack.answers()[0] == 503, "readyz said something else while it lasted")
    await trial.aside(stack.untrace, tracer)
    told = retries(work, code) - before
    stack.judge("I4", told > 0, f"nobody was told {code}")
    trial.see(f"{code} {told} times, readyz said 503 after {took} s")
    await stored_within(trial, work, 10)
    await ready_again(trial)
    if code == "storage_full":
        same = pid == await trial.aside(stack.pid, "broker")
        stack.judge("I12", same, "the broker died of a full disk")


@row(12, "writes fail (ENOSPC)", "broker", short=True)
async def no_space(trial):
    wal = trial.stack.folder / "chatbox.db-wal"
    # Somebody has to write as long as there are faults.
    messages = trial.scaled(15, 45)
    async with trial.talking(conversations=3, messages=messages, pace=Pace(0.5, 0.5)) as work:
        for _ in range(trial.scaled(1, 3)):
            await _refused_for_a_while(trial, work, "ENOSPC", "storage_full", 4, wal)


class SmallDisk:
    """A disk of its own for the database."""

    def __init__(self, stack, size):
        self.folder = stack.folder / "disk"
        self.folder.mkdir()
        done = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", self.folder],
            capture_output=True, text=True)
        if done.returncode != 0:
            raise Impossible(f"mount: {done.stderr.strip()}")
        self.database = self.folder / "chatbox.db"

    def fill(self, left):
        """Leaves so many bytes."""
        free = os.statvfs(self.folder)
        size = free.f_bavail * free.f_bsize - left
        with (self.folder / "filler").open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, max(size, 1))

    def empty(self):
        (self.folder / "filler").unlink()

    def end(self, stack):
        """Takes the disk away; the database goes where the checker looks."""
        for path in self.folder.glob("chatbox.db*"):
            with contextlib.suppress(OSError):
                shutil.copy(path, stack.folder / path.name)
        subprocess.run(["umount", "-l", self.folder], check=False)


async def _elsewhere(trial, database):
    """The broker's database is another one from now on, and nothing is of the first."""
    stack = trial.stack
    for name in ("discord", "web", "broker"):
        await trial.aside(stack.stop, name)
    stack.prefix("broker", CHATBOX_DATABASE=str(database))
    for name in ("broker", "web", "discord"):
        await trial.aside(stack.launch, name)
    await trial.ready(10)


@row(13, "the disk is full", "broker")
async def full_disk(trial):
    stack = trial.stack
    disk = SmallDisk(stack, "8m")
    try:
        await _elsewhere(trial, disk.database)
        trial.expect(identifies=4)
        async with trial.talking(conversations=3, messages=30, pace=Pace(0.5, 0.5)) as work:
            pid = await trial.aside(stack.pid, "broker")
            for left in (0, 30_000):
                await trial.aside(disk.fill, left)
                # Some of what is left is used first: by what fits into the log.
                took = await not_ready(trial, "storage_full", 15)
                await asyncio.sleep(3)
                await trial.aside(disk.empty)
                await stored_within(trial, work, 5)
                await ready_again(trial)
                trial.see(f"{left} bytes left: readyz said 503 after {took} s")
            told = retries(work, "storage_full")
            stack.judge("I4", told > 0, "nobody was told storage_full")
            same = pid == await trial.aside(stack.pid, "broker")
            stack.judge("I12", same, "the broker died of it")
            trial.see(f"storage_full {told} times, no restart")
        # The checker reads what is left in the end.
        stack.keep_state()
        for name in ("discord", "web", "broker"):
            await trial.aside(stack.stop, name)
    finally:
        disk.end(stack)


@row(14, "a limit of the file's size", "broker")
async def limited_size(trial):
    stack = trial.stack
    async with trial.talking(conversations=3, messages=25, pace=Pace(0.5, 0.5)) as work:
        pid = await trial.aside(stack.pid, "broker")
        size = (stack.folder / "chatbox.db-wal").stat().st_size + 20_000
        await trial.aside(
            subprocess.run, ["prlimit", "--pid", str(pid), f"--fsize={size}:"], check=True)
        await asyncio.sleep(5)
        now = await trial.aside(stack.pid, "broker")
        told = {code: retries(work, code) for code in ("storage_full", "storage_failed")}
        with contextlib.suppress(subprocess.CalledProcessError):
            await trial.aside(
                subprocess.run, ["prlimit", "--pid", str(now), "--fsize=unlimited"], check=True)
        trial.see(f"told {told}, {'the same process' if now == pid else 'it had ended'}")
        await stored_within(trial, work, 10)


@row(15, "writes fail (EROFS)", "broker")
async def read_only(trial):
    wal = trial.stack.folder / "chatbox.db-wal"
    stack = trial.stack
    async with trial.talking(conversations=3, messages=20, pace=Pace(0.5, 0.5)) as work:
        tracer = await trial.aside(
            stack.trace, "broker", "-P", wal, "-e", "trace=pwrite64", "-e",
            "inject=pwrite64:error=EROFS")
        took = await not_ready(trial, "storage_failed", 5)
        await asyncio.sleep(3)
        stack.judge("I9", stack.answers()[0] == 503, "readyz said something else while it lasted")
        await trial.aside(stack.untrace, tracer)
        told = retries(work, "storage_failed")
        trial.see(
            f"storage_failed {told} times, readyz said 503 after {took} s, exit 74 "
            f"{exits(stack, 74)} times")
        await stored_within(trial, work, 10)
        await ready_again(trial)
