"""A visitor without a browser, who behaves as the page does and writes down everything.

Each message has its key before the first try; one is under way at a time and is tried with the same
key until it is answered; a lost connection is taken up again from (epoch, seq, id), with the
page's times. docs/protocol.md, section 9, and static/js are the model.
"""

import asyncio
import contextlib
import json
import secrets
import time
import uuid

from outbox import Entry, Outbox, Own, texts_of
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidMessage

# static/js/connection.js and outbox.js, in seconds.
WELCOME, PING, PONG, STEADY = 10, 20, 10, 5
BACKOFF_MIN, BACKOFF_MAX = 0.5, 30
ANSWER = 30
REPORT = 1


class Visitor:
    """One tab of a visitor. `port` is where it connects, `host` what it asks for."""

    def __init__(self, number, port, record, chance, host=None, like=None):
        self.number = number
        self.record = record
        self.visitor = like.visitor if like else str(uuid.uuid4())
        self._secret = like._secret if like else secrets.token_urlsafe(32)
        self._was_welcomed = like._was_welcomed if like else False
        self._url = f"ws://{host or f'127.0.0.1:{port}'}/ws"
        self._port = port
        self._chance = chance
        self._count = 0
        self.outbox = Outbox()
        self.own = {}
        self.failed = {}
        self.events = {}
        self.receipt = {}
        self.welcome = None
        self.epoch = None
        self.closes = []
        self.may_connect = True
        self._position = None
        self._attempt = 0
        self._changed = asyncio.Event()
        self._work = asyncio.Event()
        self._reported = (0, 0, 0)
        self._resets_to = None
        self._asked_history = None
        self.record.write("begin", number=number, visitor=self.visitor, secret=self._secret)
        self._life = asyncio.create_task(self._live())

    # What a visitor does

    def write(self, body):
        """Says something; it is kept until it is stored. Returns its key."""
        key = self._key()
        self.own[key] = Own(body)
        self._say(Entry("send", key, {"body": body}))
        return key

    def edit(self, target, body):
        message = self.own[target]
        message.text, message.revision = body, message.revision + 1
        members = {"target": target, "revision": message.revision, "body": body}
        return self._say(Entry("edit", self._key(), members))

    def delete(self, target):
        self.own[target].text = None
        return self._say(Entry("delete", self._key(), {"target": target}))

    def type(self):
        """Types; nobody minds if it isn't heard of."""
        self._typing = True
        self._work.set()

    def take_over(self, other):
        """Another tab of the same browser is gone: its outbox is ours, as local storage has it."""
        self.outbox.take(other.outbox)
        self.own = {**other.own, **self.own}
        self._count = max(self._count, other._count)
        self._work.set()

    def _key(self):
        self._count += 1
        return f"{self.number:03}-{int(time.time() * 1000):013}-{self._count:05}"

    def _say(self, entry):
        self.record.write("invoke", kind=entry.kind, key=entry.key, **entry.members)
        self.outbox.put(entry)
        self._work.set()
        return entry.key

    # What it sees

    def shown(self, side):
        """The texts that a page shows of "visitor" or "team", by seq."""
        return texts_of(self.events, side)

    @property
    def high(self):
        return max(self.events, default=0)

    @property
    def delivered_upto(self):
        return self.receipt.get("delivered_upto", 0)

    async def until(self, condition, seconds=60):
        async with asyncio.timeout(seconds):
            while not condition():
                self._changed.clear()
                await self._changed.wait()

    async def end(self):
        self._life.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._life
        for entry in self.outbox.entries:
            self.record.write("info", key=entry.key, tried=entry.tried)
        self.record.close()

    # The connection

    async def _live(self):
        while True:
            while not self.may_connect:
                await asyncio.sleep(0.1)
            try:
                code = await self._connection()
            except (OSError, InvalidHandshake, InvalidMessage, EOFError, TimeoutError) as error:
                code = type(error).__name__
            if self.welcome is not None:
                self.record.write("lost", code=code)
            self.closes.append(code)
            self.welcome = None
            self.outbox.disconnected()
            self._asked_history = None
            self._changed.set()
            await asyncio.sleep(self._wait(code))

    def _wait(self, code):
        least = {4400: 10, 4429: 10, 4426: BACKOFF_MAX, 1008: BACKOFF_MAX}.get(code, BACKOFF_MIN)
        ceiling = min(BACKOFF_MAX, 2 * BACKOFF_MIN * 2**self._attempt)
        self._attempt = min(self._attempt + 1, 6)
        return least + self._chance.random() * max(0, ceiling - least)

    async def _connection(self):
        """One socket's life; returns how it was closed."""
        async with asyncio.timeout(WELCOME):
            socket = await connect(
                self._url, host="127.0.0.1", port=self._port, compression=None, proxy=None,
                ping_interval=None, close_timeout=1, max_queue=None,
            )
        sending = None
        try:
            async with asyncio.timeout(WELCOME):
                await socket.send(json.dumps(self._hello()))
                while self.welcome is None:
                    self._hear(json.loads(await socket.recv()))
            steady_at = time.monotonic() + STEADY
            # The server is there.
            self._attempt = min(self._attempt, 2)
            sending = asyncio.create_task(self._serve(socket))
            self._work.set()
            asked = False
            while True:
                try:
                    async with asyncio.timeout(PONG if asked else PING):
                        text = await socket.recv()
                except TimeoutError:
                    if asked:
                        return "no pong"
                    asked = True
                    await socket.send('{"type":"ping"}')
                    continue
                asked = False
                if time.monotonic() >= steady_at:
                    self._attempt = 0
                self._hear(json.loads(text))
                if self.outbox.stalled(time.monotonic(), ANSWER):
                    return "no answer"
        except ConnectionClosed:
            return socket.close_code
        finally:
            if sending is not None:
                sending.cancel()
            # Whatever it was, nobody waits for the other side's goodbye.
            socket.transport.abort()

    def _hello(self):
        hello = {"type": "hello", "version": 1, "visitor": self.visitor, "secret": self._secret,
                 "create": not self._was_welcomed}
        if self._position is not None:
            hello["from"] = self._position
        return hello

    async def _serve(self, socket):
        """Says what is to be said, one thing at a time."""
        with contextlib.suppress(ConnectionClosed):
            while True:
                await self._work.wait()
                self._work.clear()
                now = time.monotonic()
                if wait := self.outbox.waits(now):
                    asyncio.get_running_loop().call_later(wait + 0.01, self._work.set)
                elif (entry := self.outbox.next(now)) is not None:
                    self.record.write("try", key=entry.key)
                    frame = {"type": entry.kind, "key": entry.key, **entry.members}
                    await socket.send(json.dumps(frame))
                if self._asked_history is not None:
                    wanted, self._asked_history = self._asked_history, None
                    await socket.send(json.dumps({"type": "history", **wanted}))
                high, at, epoch = self.high, time.monotonic(), self.epoch
                if (high, epoch) != (self._reported[0], self._reported[2]):
                    if at - self._reported[1] < REPORT:
                        asyncio.get_running_loop().call_later(REPORT, self._work.set)
                    else:
                        self._reported = (high, at, epoch)
                        report = {"type": "report", "delivered_upto": high, "seen_upto": high}
                        await socket.send(json.dumps(report))

    # What it hears

    def _hear(self, frame):
        match frame["type"]:
            case "welcome":
                self._welcomed(frame)
            case "events":
                for event in frame["events"]:
                    self._saw(event)
                self._work.set()
            case "history":
                for event in frame["events"]:
                    self._saw(event, live=False)
            case "receipt":
                self._receipted(frame)
            case "sent":
                self._sent(frame)
            case "refused" if "key" in frame:
                self._refused(frame)
            case "refused" | "state" | "team":
                self.record.write(frame["type"], **{k: v for k, v in frame.items() if k != "type"})
        self._changed.set()

    def _welcomed(self, frame):
        self.record.write(
            "welcome", epoch=frame["epoch"], head=frame["head"], recovered=frame["recovered"],
            resumed=self._position,
        )
        self.welcome = frame
        self._was_welcomed = True
        if not frame["recovered"]:
            # It forgets what it has, never what isn't sent.
            self.record.write("reset")
            self.events = {}
            self._position = None
        self.epoch = frame["epoch"]
        self._receipted(frame["receipt"] or {})

    def _saw(self, event, live=True):
        seq, known = event["seq"], self.events.get(event["seq"])
        self.record.write("saw", live=live, again=known is not None, event=event)
        self.events[seq] = event
        high = self._position["seq"] if self._position else None
        if live and (high is None or seq > high):
            self._position = {"epoch": self.epoch, "seq": seq, "id": event["id"]}
            if high is not None and seq > high + 1:
                # A gap: what is missing is asked for.
                self._asked_history = {"after": high}
                self._work.set()

    def load_older(self):
        """Asks for the page before the oldest event that it has."""
        low = min(self.events, default=1)
        if low > 1 and self.welcome is not None:
            self._asked_history = {"before": low}
            self._work.set()

    def _receipted(self, frame):
        receipt = {name: frame.get(name) for name in ("delivered_upto", "seen_upto", "failed")}
        if frame and receipt != self.receipt:
            self.receipt = receipt
            self.record.write("receipt", epoch=self.epoch, **receipt)

    def _sent(self, frame):
        key = frame["key"]
        answer = {name: frame.get(name) for name in ("seq", "id", "revision", "duplicate")}
        self.record.write("ok", key=key, epoch=self.epoch, **answer)
        if key in self.own:
            self.own[key].seq = frame.get("seq") or 0
        self._answered(key)

    def _refused(self, frame):
        key, wait = frame["key"], (frame.get("retry_after_ms") or 0) / 1000
        if frame["retry"]:
            self.record.write("retry", key=key, code=frame["code"])
            self.outbox.refused(wait, time.monotonic())
            self._work.set()
        else:
            self.record.write("fail", key=key, code=frame["code"])
            self.failed[key] = frame["code"]
            self._answered(key)

    def _answered(self, key):
        self.outbox.answered(key)
        self._work.set()
