"""The Discord gateway dies, or Discord does what Discord does."""

import asyncio
import time

from gateway import Gateway
from stack import wait_for
from trial import Pace, row

MESSAGES = "POST /channels/{channel}/messages"
THREADS = "POST /channels/{channel}/threads"


@row(51, "kill -9, idle and under load", "discord", short=True)
async def killed(trial):
    kills = trial.scaled(8, 200)
    messages = trial.scaled(20, 400)
    async with trial.talking(conversations=4, messages=messages, pace=Pace(0.3, 0.3), settle=150):
        await trial.kill("discord", times=kills)
    state = trial.stack.sandbox("GET", "/sandbox/state")
    trial.see(f"{kills} kills, {state['identifies']} IDENTIFYs, {state['resumes']} RESUMEs")


def _keeps_session(stack):
    """Whether another process could go on with the session."""
    path = stack.folder / "run" / "broker.sock"
    gateway = Gateway(path, "discord", "reader", peer_kind="integer")
    try:
        return gateway.ask(type="get", key="gateway-session")["value"] is not None
    finally:
        gateway.close()


async def _kill_before_noting(trial, work, kills):
    """Discord has done it, and the gateway dies before it hears of that."""
    await trial.aside(wait_for, "a session to resume", lambda: _keeps_session(trial.stack))
    for _ in range(kills):
        before = len(work.forum.read_on().texts(work.forum.posts_of(0)[-1]))
        await trial.aside(
            trial.stack.fault, route=MESSAGES, status=500, after_effect=True, delay_ms=10_000)
        visitor = work.visitors[0]
        count = work.count(visitor)
        visitor.write(f"v000n{count:04}r0 in doubt")
        work.said["visitor"] += 1
        await trial.aside(
            wait_for, "it stands there",
            lambda: len(work.forum.read_on().texts(work.forum.posts_of(0)[-1])) > before)
        await trial.aside(trial.stack.kill, "discord")


@row(52, "kill -9 between Discord's answer and its noting", "discord", short=True)
async def killed_before_noting(trial):
    kills = trial.scaled(3, 15)
    async with trial.talking(conversations=1, messages=2) as work:
        await _kill_before_noting(trial, work, kills)
    trial.see(f"{kills} kills")


@row(53, "the same, started when Discord has forgotten the nonce", "discord")
async def started_late(trial):
    async with trial.talking(conversations=1, messages=2, settle=120) as work:
        await _kill_before_noting(trial, work, 1)
        await trial.aside(trial.stack.stop, "discord")
        # The sandbox remembers a nonce for 300 s; Discord says "a few minutes".
        await asyncio.sleep(305)
        await trial.aside(trial.stack.launch, "discord")
    trial.see("305 s later the post was read, and nothing sent again")


@row(54, "INVALID_SESSION, op 7, heartbeats without answers", "discord",
     DISCORD_SANDBOX_HEARTBEAT_MS="1000")
async def session_broken(trial):
    stack = trial.stack
    trial.expect(identifies=12)
    actions = [
        {"action": "invalidate", "resumable": False}, {"action": "reconnect"},
        {"action": "invalidate", "resumable": True}, {"action": "drop"}, {"action": "forget"},
        {"action": "close", "code": 4000},
    ]
    async with trial.talking(conversations=3, messages=50, pace=Pace(0.7, 0.7), settle=120):
        for action in actions:
            await trial.aside(stack.sandbox, "POST", "/sandbox/gateway", action)
            await asyncio.sleep(trial.chance.uniform(2, 4))
        await trial.aside(stack.sandbox, "PATCH", "/sandbox/gateway", {"acknowledges": False})
        await asyncio.sleep(5)
        await trial.aside(stack.sandbox, "DELETE", "/sandbox/gateway")
    state = stack.sandbox("GET", "/sandbox/state")
    trial.see(f"{len(actions)} breaks and 5 s without heartbeats, {state['identifies']} IDENTIFYs")


@row(55, "the team wrote while it was down", "discord")
async def wrote_meanwhile(trial):
    stack = trial.stack
    trial.expect(identifies=3)
    async with trial.talking(conversations=4, messages=30, pace=Pace(0.6, 0.6)) as work:
        for forgets in (False, True):
            await trial.aside(stack.stop, "discord")
            if forgets:
                # A session that can be resumed would tell everything.
                await trial.aside(stack.sandbox, "POST", "/sandbox/gateway", {"action": "forget"})
            before = work.said["operator"]
            await asyncio.sleep(6)
            trial.see(f"{work.said['operator'] - before} messages meanwhile")
            await trial.aside(stack.launch, "discord")
            await asyncio.sleep(2)


@row(56, "429 of a route, of everything, shared", "discord")
async def limited(trial):
    stack, refused = trial.stack, 0
    async with trial.talking(conversations=4, messages=40, pace=Pace(0.5, 0.5), settle=120):
        for number in range(12):
            scope = ("user", "global", "shared")[number % 3]
            await trial.aside(
                stack.fault, route="*" if scope == "global" else MESSAGES, status=429, scope=scope,
                retry_after=trial.chance.uniform(0.3, 2), count=2)
            refused += 2
            await asyncio.sleep(1.2)
    began = time.monotonic()
    trial.see(f"{refused} refusals ordered, {time.monotonic() - began:.0f} s")


@row(57, "5xx, time-out, cut body, HTML, no JSON", "discord")
async def nonsense(trial):
    stack = trial.stack
    kinds = [
        {"status": 500}, {"status": 502, "body": "<html>Bad Gateway</html>"}, {"status": 503},
        {"status": 200, "cut": 25, "after_effect": True},
        {"status": 200, "body": "<html>ok</html>"},
        {"status": 200, "body": {"unexpected": True}}, {"status": 200, "body": []}, {"status": 0},
        {"status": 0, "after_effect": True}, {"status": 500, "after_effect": True},
        {"status": 204}, {"status": 302, "headers": {"Location": "http://127.0.0.1:1/"}},
        {"status": 500, "after_effect": True, "delay_ms": 20_000},
    ]
    async with trial.talking(conversations=4, messages=60, pace=Pace(0.6, 0.6), settle=180):
        for kind in kinds:
            for route in (MESSAGES, "*"):
                await trial.aside(
                    stack.fault, route=route, count=2, skip=trial.chance.randrange(3), **kind)
            await asyncio.sleep(2.5)
    trial.see(f"{len(kinds)} kinds")


@row(58, "token revoked and given back", "discord")
async def revoked(trial):
    stack = trial.stack
    trial.expect(identifies=4)
    async with trial.talking(conversations=2, messages=20, pace=Pace(0.8, 0.8)):
        await trial.aside(stack.sandbox, "PUT", "/sandbox/application", {"token": "revoked"})
        await trial.aside(
            stack.judge_becomes, "I12", "the log says that the token is refused",
            lambda: "token" in stack.log("discord").lower(), 15)
        await asyncio.sleep(5)
        state = (await trial.aside(stack.info, "discord"))["statename"]
        stack.judge("I12", state == "RUNNING", f"it is {state} after the token was revoked")
        await trial.aside(stack.sandbox, "PUT", "/sandbox/application", {"token": "valid"})
        # By itself it would try again within 10 minutes.
        await trial.aside(stack.stop, "discord")
        await trial.aside(stack.launch, "discord")
    trial.see("stayed up, said so; all arrived afterwards")


@row(59, "permission lost, post locked, post deleted", "discord")
async def shut_out(trial):
    stack = trial.stack
    trial.expect(posts=2, discord_differs=True)
    async with trial.talking(conversations=3, messages=40, pace=Pace(0.7, 0.7), settle=150) as work:
        for denied in ("SEND_MESSAGES_IN_THREADS", "READ_MESSAGE_HISTORY", "VIEW_CHANNEL"):
            await trial.aside(
                stack.sandbox, "PUT", "/sandbox/permissions", {"who": "bot", "deny": [denied]})
            await asyncio.sleep(3)
            await trial.aside(stack.sandbox, "PUT", "/sandbox/permissions", {"who": "bot"})
            await asyncio.sleep(2)
        post = await work.post(1)
        team = work.operators[1]._team
        for shut in (True, False):
            change = {"archived": shut, "locked": shut}
            await trial.aside(team.ask, "PATCH", f"/channels/{post}", change)
            await asyncio.sleep(3)
    trial.see("three permissions taken and given back, a post locked and unlocked")


@row(60, "closed with 4004, 4013, 4014", "discord")
async def closed(trial):
    stack = trial.stack
    trial.expect(identifies=8)
    async with trial.talking(conversations=2, messages=40, pace=Pace(0.7, 0.7), settle=120):
        for code, word in (
            (4004, "refuses the token"), (4013, "asks to hear"), (4014, "message content intent")
        ):
            before = len(stack.log("discord"))
            await trial.aside(
                stack.sandbox, "POST", "/sandbox/gateway", {"action": "close", "code": code})
            await trial.aside(
                stack.judge_becomes, "I12", f"after {code} the log says \"{word}\"",
                lambda: word in stack.log("discord")[before:].lower(), 10)
            await asyncio.sleep(1)
            state = (await trial.aside(stack.info, "discord"))["statename"]
            trial.see(f"{code}: {state}")
            await trial.aside(stack.stop, "discord")
            await trial.aside(stack.launch, "discord")
            await asyncio.sleep(6)


@row(61, "too many active posts (160006)", "discord")
async def too_many_posts(trial):
    stack = trial.stack
    await trial.aside(stack.sandbox, "PUT", "/sandbox/limits", {"active_threads": 2})
    async with trial.clients(conversations=4, pace=Pace(0.5, 0.5)) as work:
        talking = asyncio.create_task(work.talk(8, 8))
        await trial.aside(
            stack.judge_becomes, "I12", "the log says that there are too many posts",
            lambda: "too many" in stack.log("discord").lower()
            or "active" in stack.log("discord").lower(), 20)
        await asyncio.sleep(3)
        posts = sum(bool(work.forum.read_on().posts_of(number)) for number in range(4))
        trial.see(f"{posts} posts of 4 at first")
        await trial.aside(stack.sandbox, "PUT", "/sandbox/limits", {"active_threads": 1000})
        await talking
        await work.settle(150)


@row(63, "Discord is down, messages queue", "discord")
async def down(trial):
    stack = trial.stack
    trial.expect(identifies=4)
    async with trial.talking(conversations=4, messages=60, pace=Pace(0.3, 1), settle=150) as work:
        # The team can't write either, so only visitors are heard.
        await asyncio.sleep(1)
        await trial.aside(stack.fault, route="*", status=503, count=100_000)
        await trial.aside(stack.sandbox, "POST", "/sandbox/gateway", {"action": "forget"})
        await asyncio.sleep(20)
        waiting = sum(
            max((own.seq for own in one.own.values()), default=0) > one.delivered_upto
            for one in work.visitors)
        trial.see(f"{waiting} of 4 conversations waited after 20 s")
        await trial.aside(stack.sandbox, "DELETE", "/sandbox/faults")


@row(64, "the team edits and deletes", "discord")
async def edited(trial):
    trial.expect(identifies=3)
    pace = Pace(0.4, 0.4, edits=0.35, deletions=0.2)
    async with trial.talking(conversations=4, messages=40, pace=pace, settle=120):
        await trial.kill("discord", "broker", times=4, pause=(1, 2.5))
    trial.see("a third edited, a fifth deleted, 4 kills of broker and Discord gateway")


@row(65, "two Discord gateways", "discord")
async def two_of_them(trial):
    stack = trial.stack
    trial.expect(identifies=6)
    async with trial.talking(conversations=4, messages=60, pace=Pace(0.5, 0.5), settle=200):
        for seconds in (4, 8):
            status, said = await trial.aside(stack.run_beside, "discord", seconds)
            trial.see(f"a second one for {seconds} s (ended {status})")
            await asyncio.sleep(2)
        log = stack.log("discord").lower()
        is_told = "fenced" in log or "newer" in log
        stack.judge("I6", is_told, "the first one doesn't say who fenced it")
