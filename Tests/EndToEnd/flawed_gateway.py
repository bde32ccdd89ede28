"""A small gateway that answers each message with the same text, and says what is typed; with one flaw, if one is named.

It shows that the conformance suite finds what it says it finds. Without a flaw it passes.
"""

import contextlib
import itertools
import json
import os
import random
import select
import signal
import socket
import sys
import time
import uuid

FLAW = sys.argv[1] if len(sys.argv) > 1 else "none"
INSTANCE = uuid.uuid4().hex
END = {signal.SIGTERM}


class Away(Exception):
    """Not to come back for so many seconds."""


class Gateway:
    def __init__(self):
        self.typed, self.outbox, self.handled, self.chat, self.rest = b"", [], set(), None, 0

    def connect(self):
        self.heartbeat, self.numbers, self.asked, self.buffer = None, itertools.count(1), {}, b""
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(5)
        self.socket.connect(os.environ["CHATBOX_SOCKET"])
        self.heard = self.pinged = time.monotonic()
        instance = uuid.uuid4().hex if FLAW == "new-instance" else INSTANCE
        self.say(
            type="hello", versions={"min": 2, "max": 2} if FLAW == "other-version" else {"min": 1, "max": 1},
            box=os.environ["CHATBOX_BOX"], service="flawed", instance=instance, mode="consumer", agent="flawed/1",
        )
        if FLAW == "early-ping":
            self.say(type="ping")

    def say(self, **frame):
        body = json.dumps(frame).encode()
        self.socket.sendall(len(body).to_bytes(4, "big") + body)

    def ask(self, then, **request):
        number = next(self.numbers)
        self.asked[number] = (then, request)
        self.say(request=number, **request)

    def run(self):
        while True:
            self.work()
            if signal.sigpending() & END:
                if FLAW != "no-goodbye":
                    self.say(type="goodbye", code="shutdown", message="It ends.", reconnect=True)
                sys.exit()

    def work(self):
        now = time.monotonic()
        ready, _, _ = select.select([self.socket, sys.stdin.buffer], [], [], 0.05)
        if sys.stdin.buffer in ready:
            *lines, self.typed = (self.typed + os.read(0, 65536)).split(b"\n")
            self.outbox += [(uuid.uuid4().hex, line.decode()) for line in lines]
            if FLAW == "reorders" and lines:
                self.rest = now + 0.7
        if self.socket in ready:
            piece = self.socket.recv(65536)
            if not piece:
                raise ConnectionError
            self.buffer, self.heard = self.buffer + piece, now
        self.read()
        if self.heartbeat is None:
            return
        if now - self.heard > 3 * self.heartbeat and FLAW != "waits-for-ever":
            raise ConnectionError
        if now - self.pinged > self.heartbeat and FLAW != "no-ping":
            self.say(type="ping")
            self.pinged = now
        self.post(now)

    def read(self):
        while len(self.buffer) >= 4 and len(self.buffer) >= 4 + (size := int.from_bytes(self.buffer[:4], "big")):
            if size == 0:
                raise ValueError
            frame, self.buffer = json.loads(self.buffer[4:4 + size].decode()), self.buffer[4 + size:]
            if FLAW == "dies-of-the-unknown" and "x_future" in frame:
                os._exit(1)
            self.take(frame)
        if len(self.buffer) >= 4 and int.from_bytes(self.buffer[:4], "big") > 1_048_576:
            raise ValueError

    def take(self, frame):
        match frame["type"]:
            case "welcome":
                self.heartbeat = frame["heartbeat_ms"] / 1000
                if not (FLAW == "credit-once" and self.chat):
                    self.say(type="credit", conversations=8)
            case "delivery":
                self.deliver(frame["conversation"], frame["event"])
            case "goodbye":
                if frame["code"] == "fenced" and FLAW != "ignores-fencing":
                    raise Away(60)
                if not frame["reconnect"] and FLAW != "comes-back":
                    sys.exit(69)
                raise ConnectionError
            case kind if frame.get("request") in self.asked:
                then, request = self.asked.pop(frame["request"])
                then(request, kind == "sent" or kind == "acknowledged", frame.get("retry", False))

    def deliver(self, conversation, event):
        self.chat = conversation
        if FLAW == "never-acknowledges":
            return
        if FLAW == "keeps-seqs" and event["seq"] in self.handled:
            return self.settle(conversation, event)
        self.handled.add(event["seq"])
        if FLAW == "acknowledges-first":
            self.settle(conversation, event)
            time.sleep(0.2)
        if event["kind"] != "message" or event.get("deleted"):
            if event["kind"] != "message" and FLAW == "messages-only":
                return None
            return self.settle(conversation, event)
        key = uuid.uuid4().hex if FLAW == "new-key" else f"re-{event['id']}"

        def answered(request, is_sent, is_retry):
            if is_retry:
                return self.later(conversation, event)
            if not is_sent and FLAW == "insists":
                return self.ask(answered, **request)
            return self.settle(conversation, event)

        return self.ask(
            answered, type="send", conversation=conversation, key=key, body=event["body"], format="plain",
            author={"id": "f", "name": "F"},
        )

    def settle(self, conversation, event):
        self.ask(lambda *_: None, type="acknowledge", conversation=conversation, seq=event["seq"], external=[])

    def later(self, conversation, event):
        if FLAW == "drops-refused":
            return self.settle(conversation, event)
        return self.ask(
            lambda *_: None, type="negative_acknowledge", conversation=conversation, seq=event["seq"], external=[],
            delay_ms=500, reason="not now",
        )

    def post(self, now):
        """Says what was typed, one after the other."""
        is_busy = any(request["type"] == "send" and request["key"].startswith("typed") for _, request in self.asked.values())
        if not self.outbox or now < self.rest or self.chat is None or (is_busy and FLAW != "two-at-a-time"):
            return
        key, text = self.outbox[-1] if FLAW == "reorders" else self.outbox[0]
        if FLAW == "two-at-a-time":
            self.outbox.pop(0)

        def answered(_, is_sent, is_retry):
            if is_retry:
                self.rest = time.monotonic() + 0.5
            elif (key, text) in self.outbox:
                self.outbox.remove((key, text))

        self.ask(
            answered, type="send", conversation=self.chat, key=f"typed-{key}", body=text, format="plain",
            author={"id": "f", "name": "F"},
        )


def main():
    signal.pthread_sigmask(signal.SIG_BLOCK, END)
    gateway, wait = Gateway(), 0.1
    while True:
        away = 0
        try:
            gateway.connect()
            gateway.run()
        except Away as reason:
            (away,) = reason.args
        except Exception:
            pass
        with contextlib.suppress(OSError):
            gateway.socket.close()
        wait = 0.1 if gateway.heartbeat else min(2 * wait, 5)
        pause = 0.01 if FLAW == "busy" else max(away, wait * random.uniform(0.5, 1))
        if signal.sigtimedwait(END, pause):
            sys.exit()


main()
