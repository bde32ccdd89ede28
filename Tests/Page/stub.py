"""A stand-in for chatbox-web: serves static/ and speaks the browser's wire as tests ask it to.

It runs in a thread of its own. Everything that a test may change is in `Stub`; what the page did
is in `frames`, and `wait` waits for a condition on it.
"""

import asyncio
import base64
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

from conversation import Conversation

STATIC = pathlib.Path(__file__).resolve().parents[2] / "static"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'"
)
PAGE = 100
# One red pixel.
PICTURE = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGP4z8DwHwAFAAH/"
    "iZk9HQAAAABJRU5ErkJggg=="
)


class Stub:
    """The server, with everything a test may turn."""

    def __init__(self):
        self.port = 0
        self.epoch = secrets.token_hex(16)
        self.conversations = {}
        self.frames = []
        self.team = {"up": True, "since": int(time.time() * 1000)}
        self.page_version = "0" * 16
        self.refuse_hello = []
        self.refuse_send = []
        self.silent = False
        self.hold_answers = False
        self.lose_answers = False
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

    def say(self, body, author=None, visitor=None, sender="team", at=None, **more):
        """The team writes."""
        return self._do(self._say(body, author, visitor, sender, at, more))

    def team_does(self, kind, target=None, body="", revision=0):
        """The team edits or deletes one of its messages, closes or reopens the conversation."""
        conversation = self.only()
        if target is None:
            event = conversation.add("team", "", kind=kind)
        else:
            event = conversation.change("team", kind, target, body, revision)
        self.push({"type": "events", "events": [event]})
        return event

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
        return self.said("hello")

    def said(self, kind):
        """The frames of one type that the page has sent."""
        return [frame for frame in list(self.frames) if frame["type"] == kind]

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
        if path == "/livez":
            return connection.respond(http.HTTPStatus.OK, "alive\n")
        if path == "/avatar/red":
            return self._file(PICTURE, "image/png")
        file = (STATIC / ("index.html" if path == "/" else path.lstrip("/"))).resolve()
        if not file.is_relative_to(STATIC) or not file.is_file():
            return connection.respond(http.HTTPStatus.NOT_FOUND, "no such file\n")
        kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
        return self._file(file.read_bytes(), kind)

    @staticmethod
    def _file(body, kind):
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
            case "send" | "edit" | "delete" | "requeue":
                await self._sent(socket, frame)
            case "report":
                self.conversations[self._sockets[socket]].reach(frame)

    async def _hello(self, socket, frame):
        if self.hold_welcome:
            return
        visitor = frame["visitor"]
        known = self.conversations.get(visitor)
        if self.refuse_hello:
            code, name, *more = self.refuse_hello.pop(0)
            refusal = {"type": "refused", "code": name, "message": name}
            await self._send(socket, {**refusal, **(more[0] if more else {})})
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
                "reported": known.reported,
                "team": self.team,
                "state": known.state,
                "page": self.page_version,
                "limits": {"scalars": 4000, "bytes": 16384},
            },
        )
        missed = known.events[start["seq"]:] if recovered else known.present(known.events[-PAGE:])
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
        shown = self.conversations[self._sockets[socket]].present(chosen)
        await self._send(socket, {"type": "history", "events": shown, "more": more})

    async def _sent(self, socket, frame):
        if self.hold_answers:
            return
        if self.refuse_send:
            answer = self.refuse_send.pop(0)
            return await self._send(socket, {"type": "refused", "key": frame["key"], **answer})
        visitor = self._sockets[socket]
        conversation = self.conversations[visitor]
        event = conversation.with_key(frame["key"]) or conversation.standing(frame)
        duplicate = event is not None
        if event is None:
            event = conversation.stored(frame)
        if event is None:
            refusal = {"code": "target_not_found", "retry": False, "message": "no such message"}
            return await self._send(socket, {"type": "refused", "key": frame["key"], **refusal})
        if self.lose_answers:
            return
        answer = {k: event[k] for k in ("seq", "id", "at", "revision")} | {"key": frame["key"]}
        await self._send(socket, {"type": "sent", **answer, "duplicate": duplicate})
        if not duplicate:
            await self._to_all({"type": "events", "events": [event]}, visitor)

    async def _say(self, body, author, visitor, sender, at, more):
        visitor = visitor or next(iter(self.conversations))
        event = self.conversations[visitor].add(sender, body, author, at=at, **more)
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
