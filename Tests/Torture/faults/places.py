"""Where the broker lives: its socket, its locks, its descriptors, its memory."""

import asyncio
import contextlib
import os
import pathlib
import socket
import stat
import struct

from faulty_stack import CHATBOX
from gateway import Gateway
from trial import Impossible, Pace, row

GROUPS = pathlib.Path("/sys/fs/cgroup")


@row(22, "a second broker", "broker", short=True)
async def second_broker(trial):
    stack = trial.stack
    async with trial.talking(conversations=2, messages=6):
        pid = await trial.aside(stack.pid, "broker")
        for settings in ({}, {"CHATBOX_SOCKET": f"{stack.folder}/run/other.sock"}):
            status, said = await trial.aside(stack.run_beside, "broker", 15, **settings)
            stack.judge("I12", status == 75, f"the second broker ended with {status}")
            stack.judge("I12", "another" in said.lower(), f"it doesn't say why: {said[-200:]}")
        stack.judge("I9", pid == await trial.aside(stack.pid, "broker"), "the first one died of it")
    trial.see("exit 75, on the same socket and on another")


@row(23, "the socket that a killed broker left", "broker", short=True)
async def stale_socket(trial):
    stack = trial.stack
    path = stack.folder / "run" / "broker.sock"
    async with trial.talking(conversations=2, messages=6):
        pid = await trial.aside(stack.pid, "broker")
        before = path.stat()
        await trial.aside(stack.kill, "broker")
        await trial.restarted("broker", pid)
        await trial.ready(5)
        # The number may be given again at once; the time of making isn't.
        now = path.stat()
        is_new = (now.st_ino, now.st_mtime_ns) != (before.st_ino, before.st_mtime_ns)
        stack.judge("I8", is_new, "the stale socket is still there")
        mode = stat.S_IMODE(now.st_mode)
        stack.judge("I12", mode & 0o007 == 0, f"the new socket has mode {mode:o}")
    trial.see("taken away under the lock, made anew")


@row(24, "the socket's path is a file, a link, a folder", "broker")
async def foreign_path(trial):
    stack = trial.stack
    elsewhere = {"CHATBOX_DATABASE": str(stack.folder / "other" / "chatbox.db")}
    folder = stack.folder / "foreign"
    folder.mkdir()
    (folder / "file").write_text("precious")
    (folder / "link").symlink_to(folder / "file")
    (folder / "folder").mkdir()
    with socket.socket(socket.AF_UNIX) as one:
        one.bind(str(folder / "socket"))
    with contextlib.suppress(PermissionError):
        os.chown(folder / "socket", 65_534, 65_534)
    async with trial.talking(conversations=1, messages=2):
        for name in ("file", "link", "folder", "socket"):
            status, said = await trial.aside(
                stack.run_beside, "broker", 15, CHATBOX_SOCKET=str(folder / name), **elsewhere)
            stack.judge("I12", status == 73, f"with a {name} in its place it ended with {status}")
            stack.judge("I12", str(folder / name) in said, f"with a {name}: {said[-200:]}")
            stack.judge("I10", os.path.lexists(folder / name), f"the {name} was removed")
    stack.judge("I10", (folder / "file").read_text() == "precious", "the file was changed")
    trial.see("exit 73 each, and nothing was touched")


@row(25, "64 descriptors only", "broker")
async def few_descriptors(trial):
    stack = trial.stack
    stack.prefix("broker", ["prlimit", "--nofile=64"])
    await trial.aside(stack.stop, "broker")
    await trial.aside(stack.launch, "broker")
    await trial.ready(10)
    async with trial.talking(conversations=3, messages=25, pace=Pace(0.5, 0.5)):
        pid = await trial.aside(stack.pid, "broker")
        crowd = []
        for _ in range(100):
            one = socket.socket(socket.AF_UNIX)
            one.setblocking(False)
            with contextlib.suppress(BlockingIOError):
                one.connect(str(stack.folder / "run" / "broker.sock"))
            crowd.append(one)
        await asyncio.sleep(3)
        taken = len(os.listdir(f"/proc/{pid}/fd"))
        for one in crowd:
            one.close()
        await trial.ready(10, "ready after the crowd has gone")
        same = pid == await trial.aside(stack.pid, "broker")
        stack.judge("I12", same, "the broker died of too many connections")
    trial.see(f"100 strangers, {taken} of 64 descriptors in use; the live conversations went on")


def _gluttons(stack):
    """Gateways that each send most of a large frame, and wait."""
    crowd = []
    with contextlib.suppress(OSError, EOFError):
        for _ in range(40):
            one = Gateway(stack.folder / "run" / "broker.sock", "web", "reader", peer_kind="uuid")
            crowd.append(one)
            one._socket.sendall(struct.pack(">I", 1_000_000) + b" " * 990_000)
    return crowd


@contextlib.contextmanager
def _group(controller, needed):
    """A control group of our own, where the machine lets us make one."""
    group = GROUPS / controller / f"chatbox-{os.getpid()}"
    try:
        group.mkdir()
    except OSError as error:
        raise Impossible(f"no {controller} cgroup of our own ({error.strerror})") from error
    try:
        if not (group / needed).exists():
            raise Impossible(f"the {controller} cgroup has no {needed}")
        yield group
    finally:
        # Whoever is still in it goes back where all are.
        for pid in (group / "cgroup.procs").read_text().split():
            with contextlib.suppress(OSError):
                (group.parent / "cgroup.procs").write_text(pid)
        with contextlib.suppress(OSError):
            group.rmdir()


@row(26, "killed for want of memory", "broker")
async def out_of_memory(trial):
    stack = trial.stack
    with _group("memory", "memory.limit_in_bytes") as group:
        async with trial.talking(conversations=3, messages=25, pace=Pace(0.5, 0.5)):
            for _ in range(2):
                pid = await trial.aside(stack.pid, "broker")
                # What it has stays outside; a few MB more are too much.
                (group / "memory.limit_in_bytes").write_text("6M")
                (group / "cgroup.procs").write_text(str(pid))
                crowd = await trial.aside(_gluttons, stack)
                try:
                    await trial.restarted("broker", pid, 30)
                finally:
                    for one in crowd:
                        one.close()
                await trial.ready(8)
            control = dict(
                line.split() for line in (group / "memory.oom_control").read_text().splitlines())
            stack.judge("I12", int(control.get("oom_kill", 1)) >= 1, "the kernel didn't kill it")
            trial.see(f"killed by the kernel {control.get('oom_kill', '?')} times")


@row(29, "a tenth of a processor for all three", "all")
async def starved(trial):
    stack = trial.stack
    with _group("cpu", "cpu.cfs_quota_us") as group:
        (group / "cpu.cfs_period_us").write_text("100000")
        (group / "cpu.cfs_quota_us").write_text("10000")
        async with trial.talking(conversations=3, messages=20, pace=Pace(1, 1), settle=180):
            for name in CHATBOX:
                pid = await trial.aside(stack.pid, name)
                (group / "cgroup.procs").write_text(str(pid))
            await asyncio.sleep(15)
            (group / "cpu.cfs_quota_us").write_text("-1")
        throttled = dict(line.split() for line in (group / "cpu.stat").read_text().splitlines())
    trial.see(f"held back in {throttled['nr_throttled']} periods; slower, and the same")
