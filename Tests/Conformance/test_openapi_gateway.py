"""Our Discord gateway's requests, and what the sandbox answers to them, judged by Discord's own
description."""

import asyncio
import json
import secrets
import subprocess
import uuid

import pytest
import websockets

from openapi import wrong
from processes import PATIENCE, wait_for
from recorder import PREFIX, Recorder
from operators import Operator
from stack import Stack
from test_discord import conversation


class RecordedStack(Stack):
    """The whole chain, with a recorder between our gateway and the sandbox."""

    def __init__(self):
        super().__init__()
        self.recorder = Recorder(f"127.0.0.1:{self.sandbox_port}")

    def _environment(self):
        address = f"http://127.0.0.1:{self.recorder.port}{PREFIX}"
        return {**super()._environment(), "DISCORD_API_URL": address}

    def end(self):
        super().end()
        self.recorder.end()


async def visit(url, texts, meanwhile):
    """A visitor who writes `texts` and stays until `meanwhile` is done."""
    hello = {
        "type": "hello", "version": 1, "visitor": str(uuid.uuid4()),
        "secret": secrets.token_urlsafe(32), "create": True,
    }
    async with websockets.connect(f"{url.replace('http', 'ws')}ws", origin=url[:-1]) as socket:
        await say(socket, hello, "welcome")
        for text in texts:
            key = secrets.token_urlsafe(16)
            await say(socket, {"type": "send", "key": key, "body": text}, "sent")
        await asyncio.to_thread(meanwhile)


async def say(socket, frame, answer):
    """Sends a frame and waits for the frame of the type `answer`."""
    await socket.send(json.dumps(frame))
    async with asyncio.timeout(PATIENCE):
        while json.loads(await socket.recv())["type"] != answer:
            pass


@pytest.fixture
def stack():
    stack = RecordedStack()
    try:
        yield stack
    finally:
        print(stack.logs())  # pytest shows it only with a failure.
        stack.end()


def test_our_gateway_asks_as_described(openapi, stack):
    stack.start()
    anna = Operator(stack, "Anna")

    def talk():
        post = anna.the_post()
        wait_for("the visitor's texts stand there", lambda: len(anna.visitors_texts(post)) >= 5)
        anna.write(post, "Good morning")
        stack.stop("discord")
        anna.write(post, "You were away")
        recorded = len(stack.recorder.exchanges)
        stack.launch("discord")
        wait_for("it reads what it missed", lambda: any(
            said.method == "GET" and said.path == f"/channels/{post}/messages"
            and "You were away" in said.answer.decode()
            for said in stack.recorder.exchanges[recorded:]
        ))

    texts = ["Hello", "@everyone **bold** <@5>", "long " * 700, "https://example.com", "🙂"]
    asyncio.run(visit(stack.url, texts, talk))
    exchanges = list(stack.recorder.exchanges)
    asked = {f"{said.method} {openapi.template(said.path)}" for said in exchanges}
    assert asked >= {
        "GET /gateway/bot", "GET /users/@me", "GET /channels/{channel_id}",
        "POST /channels/{channel_id}/threads", "POST /channels/{channel_id}/messages",
        "GET /channels/{channel_id}/messages",
    }
    assert wrong(openapi.wrong_request, exchanges) == {}
    assert wrong(openapi.wrong_answer, exchanges) == {}
    for said in exchanges:
        assert said.headers["user-agent"].startswith("DiscordBot ("), said
        assert said.headers["authorization"] == "Bot sandbox", said


def test_our_gateway_changes_and_marks_as_described(openapi, stack):
    stack.start()
    anna = Operator(stack, "Anna")
    visitor, post, key = conversation(stack, anna)

    def edit(revision, body, parts):
        visitor.change("edit", target=key, revision=revision, body=body, format="plain")
        wait_for(f"{parts} parts", lambda: len(anna.visitors_texts(post)) == parts)

    edit(1, "word " * 800, 3)
    edit(2, "short", 1)
    anna.write(post, "// a note")
    said = anna.write(post, "hi")["id"]
    wait_for("the answer", lambda: visitor.told() == ["hi"])
    answer = visitor.events()[-1]
    other, _ = visitor.write("yes", reply_to=answer["id"])
    visitor.ask("report", delivered_upto=answer["seq"])
    wait_for("delivered", lambda: anna.reactions(post, said) == {"📨"})
    visitor.ask("report", seen_upto=answer["seq"])
    wait_for("seen", lambda: anna.reactions(post, said) == {"👀"})
    visitor.change("delete", target=other)
    wait_for("deleted", lambda: len(anna.visitors_texts(post)) == 1)
    visitor.change("close")
    wait_for("archived", lambda: anna.post(post)["thread_metadata"]["archived"])
    visitor.change("reopen")
    wait_for("open", lambda: not anna.post(post)["thread_metadata"]["archived"])

    def typing():
        visitor.signal("typing")
        return any(said.path.endswith("/typing") for said in stack.recorder.exchanges)

    wait_for("typing is told", typing)
    subprocess.run(
        [stack.binaries / "chatbox", "erase", anna.uid(post), "--yes", "--wait"],
        env=stack._environment(), cwd=stack.folder, check=True, timeout=PATIENCE,
        stdout=subprocess.DEVNULL)
    assert anna.posts() == []
    exchanges = [said for said in stack.recorder.exchanges if "authorization" in said.headers]
    asked = {f"{said.method} {openapi.template(said.path)}" for said in exchanges}
    message = "/channels/{channel_id}/messages/{message_id}"
    reaction = f"{message}/reactions/{{emoji_name}}/@me"
    assert asked >= {
        f"PATCH {message}", f"DELETE {message}", f"PUT {reaction}", f"DELETE {reaction}",
        "PATCH /channels/{channel_id}", "DELETE /channels/{channel_id}",
        "POST /channels/{channel_id}/typing", "GET /guilds/{guild_id}/members/{user_id}",
    }
    assert wrong(openapi.wrong_request, exchanges) == {}
    assert wrong(openapi.wrong_answer, exchanges) == {}
