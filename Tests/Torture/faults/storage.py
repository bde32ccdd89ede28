"""What lies beneath the broker fails: the disk is full, lies, or its files are damaged or gone."""

import asyncio
import contextlib
import os
import pathlib
import shutil
import sqlite3
import subprocess
import time

from paths import ROOT
from trial import Impossible, Pace, row

POWER_CUT = ROOT / "Tests" / "Torture" / "power_cut.c"


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
        visitor.write(f"v{visitor.number:03}n{work.count(visitor):04}r0 is it stored again?")
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
            pid = await trial.aside(stack.pid, "broker")
            ends = exits(stack, 74)
            tracer = await trial.aside(
                stack.trace, "broker", "-e", "trace=fdatasync", "-e",
                "inject=fdatasync:error=EIO:when=1")
            # What the kernel did with the pages nobody knows: only a new process can find out.
            try:
                await trial.restarted("broker", pid, 10)
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
    await asyncio.sleep(seconds)
    said = stack.answers()
    await trial.aside(stack.untrace, tracer)
    told = retries(work, code) - before
    stack.judge("I4", told > 0, f"nobody was told {code}")
    trial.see(f"{code} {told} times, readyz said {said[0]}")
    await stored_within(trial, work, 10)
    if code == "storage_full":
        same = pid == await trial.aside(stack.pid, "broker")
        stack.judge("I12", same, "the broker died of a full disk")


@row(12, "writes fail (ENOSPC)", "broker", short=True)
async def no_space(trial):
    wal = trial.stack.folder / "chatbox.db-wal"
    async with trial.talking(conversations=3, messages=12, pace=Pace(0.5, 0.5)) as work:
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
                await asyncio.sleep(6)
                said = stack.answers()
                await trial.aside(disk.empty)
                await stored_within(trial, work, 5)
                trial.see(f"{left} bytes left: readyz said {said[0]}")
            told = retries(work, "storage_full")
            stack.judge("I4", told > 0, "nobody was told storage_full")
            stack.judge("I12", pid == await trial.aside(stack.pid, "broker"), "the broker died of it")
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
        await trial.aside(subprocess.run, ["prlimit", "--pid", str(pid), f"--fsize={size}:"], check=True)
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
        await asyncio.sleep(4)
        await trial.aside(stack.untrace, tracer)
        told = retries(work, "storage_failed")
        trial.see(f"storage_failed {told} times, exit 74 {exits(stack, 74)} times")
        await stored_within(trial, work, 10)


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
    trial.expect(epochs=2, identifies=5)
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
                operator.write, post, f"o{operator.number:03}n{work.count(operator):04}r0 here I am")
        last = [max(own.seq for own in visitor.own.values() if own.seq) for visitor in work.visitors]
        newest = [list(visitor.own.values())[-1].text for visitor in work.visitors]

        def goes_on():
            work.forum.read_on()
            return all(
                newest[number] in work.forum.texts(work.forum.posts_of(number)[-1])
                and work.operators[number].texts[-1] in visitor.shown("team").values()
                for number, visitor in enumerate(work.visitors))

        took = await trial.aside(
            stack.judge_becomes, "I4", "both sides hear each other again", goes_on, 90)
        trial.see(f"every page was told; both sides again after {took or 99:.1f} s, seqs {last}")


@row(19, "the newest part of the log is lost while it is down", "broker")
async def log_lost(trial):
    stack = trial.stack

    async def take_back(work):
        # What was brought into the file stays; what only the log had is gone.
        await trial.aside(stack.stop, "broker")
        await trial.aside(stack.launch, "broker")
        await trial.ready(10)
        await work.talk(6, 6)
        await work.settle(60)
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
        await work.settle(60)
        await trial.aside(stack.stop, "broker")
        status, said = await trial.aside(stack.tool, "restore", str(copy), "--yes")
        stack.judge("I12", status == 0, f"restore ended with {status}: {said[-300:]}")
        await trial.aside(stack.launch, "broker")

    await _goes_back(trial, take_back)


async def _power_cut(trial, lies):
    """The broker's disk forgets what wasn't put on it when the power goes."""
    stack = trial.stack
    library, disk = stack.folder / "power_cut.so", stack.folder / "disk"
    compiler = shutil.which("clang") or shutil.which("cc")
    if compiler is None:
        raise Impossible("no C compiler")
    subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", library, POWER_CUT, "-ldl"], check=True)
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
    trial.expect(epochs=9, partial_view=True, discord_forgot=True, identifies=9)
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
