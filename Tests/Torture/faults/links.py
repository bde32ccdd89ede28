"""The ways between processes: cut, sliced, slow."""

import asyncio

from proxy import Proxy
from trial import Pace, row


async def _behind_proxies(trial):
    """Puts a proxy between the broker and each gateway; returns both."""
    stack = trial.stack
    proxies = {}
    for name in ("web", "discord"):
        path = stack.folder / "run" / f"{name}.sock"
        proxies[name] = Proxy(path, stack.folder / "run" / "broker.sock")
        stack.prefix(name, CHATBOX_SOCKET=str(path))
        await trial.aside(stack.stop, name)
        await trial.aside(stack.launch, name)
    await trial.ready(10, "ready behind the proxies")
    return proxies


@row(35, "broker's socket cut after n bytes", "web, discord", short=True)
async def cut(trial):
    proxies = await _behind_proxies(trial)
    seconds = trial.scaled(8, 60)
    lengths = []
    async with trial.talking(conversations=3, messages=trial.scaled(15, 60), settle=120):
        loop = asyncio.get_running_loop()
        began = loop.time()
        while loop.time() - began < seconds:
            # Mostly within the first frames, but past them, too.
            length = trial.chance.choice((
                trial.chance.randrange(1, 600), trial.chance.randrange(1, 8_000)))
            for proxy in proxies.values():
                proxy.cut_after = length
                proxy.reset_all()
            lengths.append(length)
            await asyncio.sleep(trial.chance.uniform(0.2, 1.2))
        for proxy in proxies.values():
            proxy.cut_after = None
            proxy.reset_all()
    cuts = sum(proxy.cuts for proxy in proxies.values())
    trial.see(f"{cuts} cuts after {min(lengths)} to {max(lengths)} bytes")
    for proxy in proxies.values():
        proxy.end()


@row(36, "broker's socket, a byte per millisecond", "web, discord")
async def sliced(trial):
    # A byte per 10 ms would need longer than the 5 s that a frame may take.
    proxies = await _behind_proxies(trial)
    for proxy in proxies.values():
        proxy.slice, proxy.pause = 1, 0.0002
    async with trial.talking(conversations=2, messages=8, pace=Pace(1.5, 1.5), settle=180):
        pass
    trial.see("slower, and the same")
    for proxy in proxies.values():
        proxy.end()


async def _visitors_proxy(trial):
    return Proxy(0, trial.stack.web_port)


@row(37, "visitors' TCP with stalls of 0.5 to 2 s", "web")
async def stalled(trial):
    proxy = await _visitors_proxy(trial)
    async with trial.talking(conversations=4, messages=20, port=proxy.port):
        for _ in range(12):
            proxy.slice, proxy.pause = 200, trial.chance.uniform(0.05, 0.2)
            await asyncio.sleep(trial.chance.uniform(0.5, 2))
            proxy.slice = None
            await asyncio.sleep(trial.chance.uniform(0.2, 1))
    trial.see("slower, and the same")
    proxy.end()


@row(38, "visitors' TCP reset at random", "web")
async def reset(trial):
    proxy = await _visitors_proxy(trial)
    resets = 30
    async with trial.talking(conversations=6, messages=40, pace=Pace(0.5, 0.5), port=proxy.port):
        for _ in range(resets):
            await asyncio.sleep(trial.chance.uniform(0.3, 1.2))
            proxy.reset_all()
    trial.see(f"{resets} resets of 6 sockets")
    proxy.end()


@row(39, "visitors' TCP swallowed by a black hole", "web")
async def swallowed(trial):
    stack = trial.stack
    proxy = await _visitors_proxy(trial)
    async with trial.talking(
        conversations=3, messages=40, pace=Pace(2, 2), port=proxy.port,
    ) as work:
        proxy.swallows = True
        for visitor in work.visitors:
            visitor.closes.clear()
        loop = asyncio.get_running_loop()
        began = loop.time()
        await asyncio.sleep(45)
        noticed = [visitor for visitor in work.visitors if visitor.closes]
        stack.judge(
            "I9", len(noticed) == len(work.visitors),
            f"{len(noticed)} of {len(work.visitors)} pages noticed within 45 s")
        # The server's pings go unanswered, too.
        await trial.aside(
            stack.judge_becomes, "I7", "the web gateway lets go of them",
            lambda: "chatbox_web_sockets 0" in stack.answers("metrics")[1], 60)
        trial.see(f"both ends let go within {loop.time() - began:.0f} s")
        proxy.swallows = False
        proxy.reset_all()
    trial.work = work
    proxy.end()
