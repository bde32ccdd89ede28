"""The web gateway is killed and ended, lacks the broker, or has visitors that don't read."""

import asyncio
import contextlib
import json
import random
import signal
import socket
import struct
import time

from record import Record, marker
from trial import Pace, row
from visitor import Visitor
from websockets.asyncio.client import connect


@row(30, "kill -9, 200 sockets open", "web", short=True)
async def killed_with_many_pages(trial):
    stack = trial.stack
    many = trial.scaled(150, 200)
    async with trial.talking(conversations=3, messages=trial.scaled(10, 30), pace=Pace(0.5, 0.5)):
        folder = stack.folder / "clients"
        others = [
            Visitor(number, stack.web_port, Record(folder, f"visitor-{number:03}"),
                    random.Random(number))
            for number in range(100, 100 + many)
        ]
        try:
            async with asyncio.timeout(60):
                await asyncio.gather(*(one.until(lambda one=one: one.welcome) for one in others))
            for _ in range(trial.scaled(1, 5)):
                began = time.monotonic()
                await trial.recovers("web")
                async with asyncio.timeout(60):
                    await asyncio.gather(
                        *(one.until(lambda one=one: one.welcome) for one in others))
                trial.see(f"all {many} back after {time.monotonic() - began:.1f} s")
        finally:
            await asyncio.gather(*(one.end() for one in others))


@row(31, "SIGTERM, a rolling restart", "web")
async def rolled(trial):
    stack, gaps = trial.stack, []
    async with trial.talking(conversations=4, messages=30, pace=Pace(0.4, 0.4)) as work:
        for _ in range(5):
            for visitor in work.visitors:
                visitor.closes.clear()
            welcomed = [visitor for visitor in work.visitors if visitor.welcome]
            status, seconds = await trial.aside(stack.stop, "web")
            stack.judge(
                "I12", status == 0 and seconds < 5, f"it ended with {status} in {seconds:.1f} s")
            began = time.monotonic()
            await trial.aside(stack.launch, "web")
            codes = {one.closes[0] for one in welcomed if one.closes}
            stack.judge("I12", codes <= {1001, 1012, 1013}, f"pages were closed with {codes}")
            await trial.ready(5)
            async with asyncio.timeout(30):
                await asyncio.gather(*(one.until(lambda one=one: one.welcome) for one in welcomed))
            gaps.append(time.monotonic() - began)
    trial.see(f"5 times, closed with {sorted(codes)}, pages back after {max(gaps):.1f} s")


@row(32, "started before the broker", "web", short=True)
async def before_the_broker(trial):
    stack = trial.stack
    async with trial.talking(conversations=2, messages=4) as work:
        await trial.aside(stack.stop, "broker")
        await trial.aside(stack.stop, "web")
        await trial.aside(stack.launch, "web")
        await trial.aside(
            stack.judge_becomes, "I9", "the page is served without a broker",
            lambda: stack.answers("")[0] == 200, 5)
        for path, status in (("livez", 200), ("readyz", 503)):
            said = stack.answers(path)
            stack.judge("I9", said[0] == status, f"/{path} said {said}")
        await asyncio.sleep(trial.scaled(1, 5))
        await trial.aside(stack.launch, "broker")
        took = await trial.ready(8)
        trial.see(f"livez 200, readyz 503, ready {took or 99:.1f} s after the broker")
    trial.work = work


@row(33, "the broker is away for a minute", "web")
async def broker_away(trial):
    stack = trial.stack
    async with trial.talking(conversations=4, messages=60, pace=Pace(2, 2)):
        await trial.aside(stack.stop, "broker")
        began = time.monotonic()
        while time.monotonic() - began < 60:
            said = stack.answers()
            stack.judge("I9", said[0] == 503, f"readyz said {said} without a broker")
            await asyncio.sleep(2)
        await trial.aside(stack.launch, "broker")
        await trial.ready(35)
    trial.see("readyz 503 all the time; texts kept and stored afterwards")


@row(34, "the broker takes connections and says nothing", "web, discord")
async def broker_mute(trial):
    stack = trial.stack
    async with trial.talking(conversations=4, messages=25, pace=Pace(1.5, 1.5)):
        await trial.aside(stack.signal, signal.SIGSTOP, "broker")
        took = await trial.aside(
            stack.judge_becomes, "I9", "readyz says that the broker is away",
            lambda: stack.answers()[0] == 503, 20)
        await asyncio.sleep(5)
        await trial.aside(stack.signal, signal.SIGCONT, "broker")
        await trial.ready(35)
    trial.see(f"noticed after {took or 99:.0f} s")


@row(40, "a page that never reads", "web")
async def never_read(trial):
    stack = trial.stack
    async with trial.talking(conversations=2, messages=10, pace=Pace(1, 1)) as work:
        # A conversation with many pages of history, and one that asks for them and never looks.
        big = work.visitors[0]
        for _ in range(60):
            big.write(f"{marker('v', 0, work.count(big))} " + "long " * 780)
        await big.until(lambda: not big.outbox, 120)
        # The window is small, so that it is the gateway that has to keep what isn't read.
        one = socket.socket()
        one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        one.connect(("127.0.0.1", stack.web_port))
        one.setblocking(False)
        deaf = await connect(
            f"ws://127.0.0.1:{stack.web_port}/ws", sock=one, compression=None, proxy=None,
            ping_interval=None, max_queue=1, close_timeout=1)
        try:
            hello = {**big._hello(), "create": False}
            hello.pop("from", None)
            await deaf.send(json.dumps(hello))
            let_go = None
            for number in range(200):
                with contextlib.suppress(Exception):
                    await asyncio.wait_for(
                        deaf.send('{"type":"history","before":100}'), 1)
                await asyncio.sleep(0.1)
                text = stack.answers("metrics")[1]
                if f"chatbox_web_sockets {len(work.visitors)}\n" in text and number > 5:
                    let_go = number / 10
                    break
        finally:
            deaf.transport.abort()
        stack.judge("I7", let_go is not None, "the page that never reads was kept")
    trial.see(f"let go after {let_go} s; the others noticed nothing")


@row(43, "64 descriptors only", "web")
async def few_descriptors(trial):
    stack = trial.stack
    stack.prefix("web", ["prlimit", "--nofile=64"])
    await trial.aside(stack.stop, "web")
    await trial.aside(stack.launch, "web")
    await trial.ready(10)
    async with trial.talking(conversations=3, messages=30, pace=Pace(0.5, 0.5)):
        crowd = []
        for _ in range(100):
            one = socket.socket()
            one.setblocking(False)
            with contextlib.suppress(BlockingIOError):
                one.connect(("127.0.0.1", stack.web_port))
            crowd.append(one)
        await asyncio.sleep(4)
        pid = await trial.aside(stack.pid, "web")
        for one in crowd:
            one.close()
        await trial.ready(10, "ready after the crowd has gone")
        stack.judge("I12", pid == await trial.aside(stack.pid, "web"), "the web gateway died of it")
    trial.see("100 strangers; the live conversations went on")


@row(46, "another version of the protocol", "web, broker")
async def other_version(trial):
    stack = trial.stack
    path = stack.folder / "run" / "broker.sock"
    # A gateway of the next version, which knows this one, too; and one that doesn't.
    for versions, said in (((1, 2), "welcome"), ((2, 3), "goodbye")):
        frame = await trial.aside(_hello, path, versions)
        stack.judge(
            "I4", frame["type"] == said, f"versions {versions} were answered {frame['type']}")
        if said == "welcome":
            stack.judge("I4", frame["version"] == 1, f"version {frame['version']} was chosen")
    async with trial.talking(conversations=2, messages=12, pace=Pace(0.7, 0.7)):
        # A broker of the next version, which doesn't know this one.
        await trial.aside(stack.stop, "broker")
        goodbye = {"type": "goodbye", "code": "version_unsupported", "message": "Speak version 2.",
                   "reconnect": False}
        server = await asyncio.start_unix_server(
            lambda reader, writer: _turn_away(writer, goodbye), str(path))
        await asyncio.sleep(4)
        said = stack.answers()
        stack.judge(
            "I9", said[0] != 200, f"readyz said {said} before a broker that it can't speak to")
        state = (await trial.aside(stack.info, "web"))["statename"]
        status = (await trial.aside(stack.info, "web"))["exitstatus"]
        trial.see(f"the web gateway is {state} ({status}) before a broker of another version")
        server.close()
        path.unlink(missing_ok=True)
        await trial.aside(stack.launch, "broker")
        for name in ("web", "discord"):
            if (await trial.aside(stack.info, name))["statename"] != "RUNNING":
                await trial.aside(stack.launch, name)
        await trial.ready(90)


def _hello(path, versions):
    hello = {"type": "hello", "versions": {"min": versions[0], "max": versions[1]}, "box": "main",
             "service": "web", "instance": "next", "mode": "reader", "agent": "next"}
    body = json.dumps(hello).encode()
    with contextlib.closing(socket.socket(socket.AF_UNIX)) as one:
        one.settimeout(10)
        one.connect(str(path))
        one.sendall(struct.pack(">I", len(body)) + body)
        heard = b""
        while len(heard) < 4 or len(heard) < 4 + struct.unpack(">I", heard[:4])[0]:
            heard += one.recv(65536)
        return json.loads(heard[4:])


async def _turn_away(writer, goodbye):
    body = json.dumps(goodbye).encode()
    writer.write(struct.pack(">I", len(body)) + body)
    with contextlib.suppress(OSError):
        await writer.drain()
    writer.close()


@row(49, "two tabs, one of which dies with what it has to say", "browser")
async def two_tabs(trial):
    stack = trial.stack
    async with trial.clients(conversations=1) as work:
        first = work.visitors[0]
        first.write(marker("v", 0, 0) + " hello")
        post = await work.post(0)
        second = Visitor(
            0, stack.web_port, Record(stack.folder / "clients", "visitor-000b"),
            random.Random(trial.seed), like=first)
        for count in range(1, 25):
            first.write(f"{marker('v', 0, count)} said in one tab")
            await work.aside(work.operators[0].write, post, f"{marker('o', 0, count)} yes")
            await asyncio.sleep(0.1)
        # It dies with an unanswered message; the other takes its place with what is kept.
        await first.end()
        left = len(first.outbox)
        second.take_over(first)
        work.visitors[0] = second
        for count in range(25, 40):
            second.write(f"{marker('v', 0, count)} said in the other")
            await asyncio.sleep(0.1)
        # What the dead tab hasn't seen, nobody misses.
        with (stack.folder / "clients" / "visitor-000.jsonl").open("a") as record:
            record.write(json.dumps({"t": time.monotonic(), "what": "gone"}) + "\n")
        work.said = {"visitor": 40, "operator": 24}
        await work.settle(60)
    trial.see(f"{left} unanswered were taken over")
