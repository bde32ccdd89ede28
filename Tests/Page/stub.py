"""A stand-in for chatbox-web: serves static/ and speaks the browser's wire as tests ask it to.

It runs in a thread of its own. Everything that a test may change is in `Stub`; what the page did
is in `frames`, and `wait` waits for a condition on it.
"""

import asyncio
import concurrent.futures
import http
import json
import mimetypes
import pathlib
import secrets
import threading
import time

from websockets.asyncio.server import serve
from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Response

STATIC = pathlib.Path(__file__).resolve().parents[2] / "static"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
PAGE = 100


class Conversation:
    """What the server knows of one visitor."""

    def __init__(self, secret):
        self.secret = secret
        self.events = []
        self.receipt = {"delivered_upto": 0, "seen_upto": 0, "failed": []}

    def head(self):
        return {"seq": len(self.events), "id": self.events[-1]["id"] if self.events else None}

    def add(self, sender, body, author=None, key=None, at=None):
        event = {
            "seq": len(self.events) + 1,
            "id": secrets.token_hex(16),
            "at": at or int(time.time() * 1000),
            "kind": "message",
            "from": sender,
            "author": author or {"id": "a1", "name": "Anna"},
            "body": body,
            "format": "plain",
        }
        if key is not None:
            event["key"] = key
        self.events.append(event)
        return event


class Stub:
    """The server, with everything a test may turn."""

    def __init__(self):
        self.port = 0
        self.epoch = secrets.token_hex(16)
        self.conversations = {}
        self.frames = []
        self.team_up = True
        self.refuse_hello = []
        self.refuse_send = []
        self.silent = False
        self.hold_answers = False
        self.hold_welcome = False
        self.skip_events = False
        self._sockets = {}
        self._loop = asyncio.new_event_loop()
        self._server = None
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    # What a test does

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}/"

    def start(self):
        """Starts to listen, on the same port as before if there was one."""
        self._do(self._start())

    def stop(self):
        """Goes away as a killed process does."""
        self._do(self._stop())

    def end(self):
        self.stop()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()

    def say(self, body, author=None, visitor=None, sender="team", at=None):
        """The team writes."""
        return self._do(self._say(body, author, visitor, sender, at))

    def push(self, frame):
        self._do(self._to_all(frame))

    def receipt(self, **changes):
        conversation = self.only()
        conversation.receipt.update(changes)
        self.push({"type": "receipt", **conversation.receipt})

    def close(self, code):
        self._do(self._close(code))

    def only(self):
        """The one conversation there is."""
        (conversation,) = self.conversations.values()
        return conversation

    def sends(self):
        return [frame for frame in list(self.frames) if frame["type"] == "send"]

    def hellos(self):
        return [frame for frame in list(self.frames) if frame["type"] == "hello"]

    def wait(self, condition, seconds=10):
        """Waits until the condition holds after something that the page said."""
        with self._changed:
            assert self._changed.wait_for(condition, seconds), f"the page said {self.frames}"

    # How it is done

    def _do(self, work):
        try:
            return asyncio.run_coroutine_threadsafe(work, self._loop).result(10)
        except concurrent.futures.TimeoutError:
            raise AssertionError("the stub hangs") from None

    async def _start(self):
        self._server = await serve(
            self._spoken_to,
            "127.0.0.1",
            self.port,
            process_request=self._requested,
            compression=None,
            ping_interval=None,
            close_timeout=0.5,
        )
        self.port = self._server.sockets[0].getsockname()[1]

    async def _stop(self):
        if self._server is None:
            return
        server, self._server = self._server, None
        server.close(close_connections=False)
        for socket in list(self._sockets):
            socket.transport.abort()
        await server.wait_closed()

    def _requested(self, connection, request):
        path = request.path.split("?")[0]
        if path == "/ws":
            return None
        file = (STATIC / ("index.html" if path == "/" else path.lstrip("/"))).resolve()
        if not file.is_relative_to(STATIC) or not file.is_file():
            return connection.respond(http.HTTPStatus.NOT_FOUND, "no such file\n")
        body = file.read_bytes()
        kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
        headers = Headers(
            [
                ("Content-Type", kind),
                ("Content-Length", str(len(body))),
                ("Content-Security-Policy", POLICY),
                ("X-Content-Type-Options", "nosniff"),
                ("Cache-Control", "no-store"),
            ]
        )
        return Response(200, "OK", headers, body)

    async def _spoken_to(self, socket):
        self._sockets[socket] = None
        try:
            async for text in socket:
                frame = json.loads(text)
                with self._changed:
                    self.frames.append(frame)
                    self._changed.notify_all()
                if not self.silent:
                    await self._answer(socket, frame)
        except ConnectionClosed:
            pass
        finally:
            self._sockets.pop(socket, None)

    async def _answer(self, socket, frame):
        match frame["type"]:
            case "hello":
                await self._hello(socket, frame)
            case "ping":
                await self._send(socket, {"type": "pong"})
            case "history":
                await self._history(socket, frame)
            case "send":
                await self._sent(socket, frame)

    async def _hello(self, socket, frame):
        if self.hold_welcome:
            return
        visitor = frame["visitor"]
        known = self.conversations.get(visitor)
        if self.refuse_hello:
            code, name = self.refuse_hello.pop(0)
            await self._send(socket, {"type": "refused", "code": name, "message": name})
            return await socket.close(code, name)
        if known is None and not frame["create"]:
            return await socket.close(4410, "conversation_gone")
        if known is not None and known.secret != frame["secret"]:
            return await socket.close(4401, "credential_refused")
        known = known or self.conversations.setdefault(visitor, Conversation(frame["secret"]))
        self._sockets[socket] = visitor
        start = frame.get("from")
        recovered = start is not None and start["epoch"] == self.epoch and any(
            event["seq"] == start["seq"] and event["id"] == start["id"] for event in known.events
        )
        await self._send(
            socket,
            {
                "type": "welcome",
                "version": 1,
                "epoch": self.epoch,
                "head": known.head(),
                "recovered": recovered,
                "receipt": known.receipt,
                "team": {"up": self.team_up},
                "limits": {"scalars": 4000, "bytes": 16384},
            },
        )
        missed = known.events[start["seq"]:] if recovered else known.events[-PAGE:]
        if missed and not self.skip_events:
            await self._send(socket, {"type": "events", "events": missed})

    async def _history(self, socket, frame):
        events = self.conversations[self._sockets[socket]].events
        if "before" in frame:
            chosen = [event for event in events if event["seq"] < frame["before"]][-PAGE:]
            more = bool(chosen) and chosen[0]["seq"] > 1
        else:
            chosen = [event for event in events if event["seq"] > frame["after"]][:PAGE]
            more = bool(chosen) and chosen[-1]["seq"] < len(events)
        await self._send(socket, {"type": "history", "events": chosen, "more": more})

    async def _sent(self, socket, frame):
        if self.hold_answers:
            return
        if self.refuse_send:
            answer = self.refuse_send.pop(0)
            return await self._send(socket, {"type": "refused", "key": frame["key"], **answer})
        visitor = self._sockets[socket]
        conversation = self.conversations[visitor]
        event = next((e for e in conversation.events if e.get("key") == frame["key"]), None)
        duplicate = event is not None
        if event is None:
            author = {"id": "v", "name": "Visitor"}
            event = conversation.add("visitor", frame["body"], author, frame["key"])
        answer = {k: event[k] for k in ("key", "seq", "id", "at")}
        await self._send(socket, {"type": "sent", **answer, "duplicate": duplicate})
        if not duplicate:
            await self._to_all({"type": "events", "events": [event]}, visitor)

    async def _say(self, body, author, visitor, sender, at):
        visitor = visitor or next(iter(self.conversations))
        event = self.conversations[visitor].add(sender, body, author, at=at)
        await self._to_all({"type": "events", "events": [event]}, visitor)
        return event

    async def _to_all(self, frame, visitor=None):
        for socket, theirs in list(self._sockets.items()):
            if theirs is not None and visitor in (None, theirs):
                await self._send(socket, frame)

    async def _close(self, code):
        for socket in list(self._sockets):
            await socket.close(code, "")

    @staticmethod
    async def _send(socket, frame):
        try:
            await socket.send(json.dumps(frame))
        except ConnectionClosed:
            pass
