"""The sandbox's answers and our gateway's requests, judged by Discord's own description.

It is worth nothing that the two of us agree with each other: here a third decides.
"""

import asyncio
import dataclasses
import json
import re
import secrets
import subprocess
import sys
import uuid

import pytest
import websockets

from openapi import ABSENT, OpenAPI, path_of_document
from processes import ROOT, Sandbox
from recorder import PREFIX, Recorder, exchange

sys.path.append(str(ROOT / "Tests" / "EndToEnd"))
from operators import Operator  # noqa: E402
from stack import Stack, wait_for  # noqa: E402
from test_discord import conversation  # noqa: E402

GUILD = "1000000000000000001"
FORUM = "1000000000000000002"
BOT = "1000000000000000003"
TEXT = "1000000000000000007"
THUMB = "%F0%9F%91%8D"
ROUTES = ROOT / "Sources" / "DiscordSandbox" / "REST" / "RESTRoute.swift"


@pytest.fixture(scope="module")
def openapi():
    path = path_of_document()
    if path is None:
        pytest.skip(ABSENT)
    return OpenAPI(path)


class Asker:
    """Asks the sandbox as a bot and keeps every exchange."""

    def __init__(self, sandbox):
        self._sandbox = sandbox
        self.exchanges = []

    def __call__(self, method, target, body=None, authorization="Bot any"):
        headers = {"Authorization": authorization} if authorization else {}
        if body is not None:
            headers["Content-Type"] = "application/json"
        said, _ = exchange(
            f"127.0.0.1:{self._sandbox.port}", method, PREFIX + target, headers,
            b"" if body is None else json.dumps(body).encode(),
        )
        self.exchanges.append(said)
        return json.loads(said.answer or b"null")


@pytest.fixture
def ask():
    with Sandbox() as sandbox:
        yield Asker(sandbox)


def wrong(judge, exchanges):
    """Every exchange that is wrong, with what is wrong with it."""
    return {str(said): found for said in exchanges if (found := judge(said))}


def ask_everything(ask):
    """Every route with what it answers when all is well."""
    post = ask(
        "POST", f"/channels/{FORUM}/threads",
        {"name": "Visitor", "message": {"embeds": [
            {"title": "Card", "description": "text", "footer": {"text": "uid"}}
        ]}},
    )["id"]
    first = ask(
        "POST", f"/channels/{post}/messages",
        {"content": "<@1000000000000000004> hello", "nonce": "n1", "enforce_nonce": True},
    )["id"]
    ask(
        "POST", f"/channels/{post}/messages",
        {"content": "a reply", "message_reference": {"message_id": first}},
        authorization="Operator Anna",
    )
    reactions = f"/channels/{post}/messages/{first}/reactions"
    ask("PUT", f"{reactions}/{THUMB}/@me")
    ask("PUT", f"{reactions}/{THUMB}/@me", authorization="Operator Anna")
    for target in (
        "/gateway", "/gateway/bot", "/users/@me", "/users/@me/guilds", f"/users/{BOT}",
        "/applications/@me", "/oauth2/applications/@me", f"/guilds/{GUILD}",
        f"/guilds/{GUILD}?with_counts=true", f"/guilds/{GUILD}/channels", f"/guilds/{GUILD}/roles",
        f"/guilds/{GUILD}/members/{BOT}", f"/guilds/{GUILD}/threads/active",
        f"/channels/{FORUM}", f"/channels/{post}", f"/channels/{post}/messages?limit=100&after=0",
        f"/channels/{post}/messages/{first}", f"{reactions}/{THUMB}?limit=10", f"/channels/{TEXT}",
    ):
        ask("GET", target)
    ask("PATCH", f"/channels/{post}/messages/{first}", {"content": "edited"})
    ask("DELETE", f"{reactions}/{THUMB}/@me")
    ask_as_moderator(ask, post, reactions)
    ask_in_text_channel(ask)
    ask("POST", f"/channels/{post}/typing")
    ask("PUT", f"/channels/{post}/thread-members/@me")
    ask("PATCH", f"/channels/{post}", {"name": "Renamed", "archived": True, "locked": True})
    ask("GET", f"/channels/{FORUM}/threads/archived/public?limit=10")
    return post


def ask_as_moderator(ask, post, reactions):
    """What the bot may not, and people of the team may."""
    said = [ask("POST", f"/channels/{post}/messages", {"content": text})["id"] for text in "abc"]
    for method, target, body in (
        ("DELETE", f"{reactions}/{THUMB}/{BOT}", None), ("DELETE", f"{reactions}/{THUMB}", None),
        ("DELETE", reactions, None), ("DELETE", f"/channels/{post}/messages/{said[0]}", None),
        ("POST", f"/channels/{post}/messages/bulk-delete", {"messages": said[1:]}),
    ):
        ask(method, target, body, authorization="Operator Anna")
    # What only people send, in Discord's form; not a forward, whose `message_reference.type` of 1
    # the document doesn't know.
    ask("POST", f"/channels/{post}/messages", {
        "attachments": [{"id": 0, "filename": "a.png", "size": 5, "content_type": "image/png"}],
        "sticker_items": [{"id": "77", "name": "Wave", "format_type": 1}],
        "poll": {"question": {"text": "?"}, "answers": [{"poll_media": {"text": "yes"}}]},
    }, authorization="Operator Anna")


def ask_in_text_channel(ask):
    """Threads where there is no forum, with a message and without."""
    card = ask("POST", f"/channels/{TEXT}/messages", {"embeds": [{"title": "Card"}]})["id"]
    ask("POST", f"/channels/{TEXT}/messages/{card}/threads", {"name": "Visitor"})
    other = ask("POST", f"/channels/{TEXT}/threads", {"name": "Other", "type": 11})["id"]
    for target in (card, other, TEXT):
        ask("GET", f"/channels/{target}/messages?limit=100")
    ask("DELETE", f"/channels/{other}")


def test_every_route_answers_as_described(openapi, ask):
    ask_everything(ask)
    assert all(said.status < 300 for said in ask.exchanges), list(map(str, ask.exchanges))
    routes = set(re.findall(r'= "([A-Z]+ /.*)"', ROUTES.read_text()))
    assert routes, "the routes of the sandbox aren't where this test looks for them"
    asked = {shape(said, routes) for said in ask.exchanges}
    assert routes - asked == set(), "a route without a question here"
    # A person's message holds what no bot could ask for; what is answered is judged.
    asked_as_bot = [
        said for said in ask.exchanges if said.headers.get("authorization") == "Bot any"
    ]
    assert wrong(openapi.wrong_request, asked_as_bot) == {}
    assert wrong(openapi.wrong_answer, ask.exchanges) == {}


def test_the_judge_finds_what_is_wrong(openapi, ask):
    ask("POST", f"/channels/{FORUM}/threads", {"name": "Visitor", "message": {"content": "Hi"}})
    (good,) = ask.exchanges
    answer = json.loads(good.answer)
    requests = {
        "unknown path": {"path": "/channels/7/thread"},
        "unknown parameter": {"query": (("limt", "1"),)},
        "no name": {"body": b'{"message":{"content":"Hi"}}'},
        "a name too long": {"body": json.dumps({"name": "x" * 101, "message": {}}).encode()},
    }
    answers = {
        "an id as a number": {**answer, "id": int(answer["id"])},
        "no owner": {name: value for name, value in answer.items() if name != "owner_id"},
        "no time": {**answer, "thread_metadata": {**answer["thread_metadata"],
                                                  "archive_timestamp": "yesterday"}},
    }
    assert openapi.wrong_request(good) == openapi.wrong_answer(good) == []
    for name, change in requests.items():
        assert openapi.wrong_request(dataclasses.replace(good, **change)), name
    for name, body in answers.items():
        changed = dataclasses.replace(good, answer=json.dumps(body).encode())
        assert openapi.wrong_answer(changed), name
    assert openapi.wrong_answer(dataclasses.replace(good, content_type="text/html"))
    assert openapi.wrong_answer(dataclasses.replace(good, status=302))


def shape(said, routes):
    """The sandbox's own name for a request; the one with the fewest parameters."""
    fitting = [
        route for route in routes
        if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", route), f"{said.method} {said.path}")
    ]
    return min(fitting, key=lambda route: route.count("{"), default=None)


def refuse_more(ask):
    """Refusals for edits, reactions, threads and permissions; only they are kept."""
    kept = list(ask.exchanges)
    post = ask("POST", f"/channels/{FORUM}/threads", {"name": "V", "message": {"content": "Hi"}})
    place = f"/channels/{post['id']}"
    theirs = ask("POST", f"{place}/messages", {"content": "Mine"}, authorization="Operator Anna")
    card = ask("POST", f"/channels/{TEXT}/messages", {"content": "Card"})["id"]
    ask("POST", f"/channels/{TEXT}/messages/{card}/threads", {"name": "Visitor"})
    ask.exchanges[:] = kept
    one = f"{place}/messages/{theirs['id']}"
    ask("PATCH", one, {"content": "Yours"})
    ask("DELETE", one)
    ask("DELETE", f"{place}/messages/7")
    ask("PUT", f"{one}/reactions/nothing/@me")
    ask("POST", f"/channels/{TEXT}/messages/{card}/threads", {"name": "Visitor"})
    ask("PATCH", place, {"applied_tags": ["7"]})
    host = f"127.0.0.1:{ask._sandbox.port}"
    for names in (["VIEW_CHANNEL"], ["SEND_MESSAGES_IN_THREADS"]):
        taken = json.dumps({"who": "bot", "deny": names}).encode()
        exchange(host, "PUT", "/sandbox/permissions", {}, taken)
        ask("POST", f"{place}/messages", {"content": "Hello"})
    codes = [json.loads(said.answer)["code"] for said in ask.exchanges[len(kept):]]
    assert codes == [50005, 50013, 10008, 10014, 160004, 10087, 50001, 50013]


def test_refusals_have_the_described_form(openapi, ask):
    post = ask_everything(ask)
    ask.exchanges.clear()
    ask("GET", "/users/@me", authorization=None)
    ask("GET", "/users/@me", authorization="Bot ")
    ask("GET", "/channels/7")
    ask("GET", f"/channels/{post}/messages/7")
    ask("GET", f"/users/{7}")
    ask("GET", f"/guilds/{GUILD}/members/7")
    ask("POST", f"/channels/{FORUM}/messages", {"content": "no post"})
    ask("POST", f"/channels/{post}/messages", {"content": ""})
    ask("POST", f"/channels/{post}/messages", {"content": "x" * 2001})
    ask("POST", f"/channels/{FORUM}/threads", {"name": ""})
    refuse_more(ask)
    assert all(400 <= said.status < 500 for said in ask.exchanges), list(map(str, ask.exchanges))
    assert wrong(openapi.with_named_field_errors().wrong_answer, ask.exchanges) == {}
    # Nothing but that one place differs; when the document is corrected, this says so.
    codes = [json.loads(said.answer)["code"] for said in ask.exchanges]
    forms = [said for said, code in zip(ask.exchanges, codes) if code == 50035]
    assert len(forms) == 2
    assert wrong(openapi.wrong_answer, ask.exchanges).keys() == {str(said) for said in forms}


def test_a_rate_limit_has_the_described_form(openapi, ask):
    host = f"127.0.0.1:{ask._sandbox.port}"
    fault = {"route": "*", "status": 429, "count": 1, "retry_after": 0.5}
    exchange(host, "POST", "/sandbox/faults", {}, json.dumps(fault).encode())
    ask("GET", f"/channels/{FORUM}")
    (limited,) = ask.exchanges
    assert limited.status == 429
    assert wrong(openapi.wrong_answer, [limited]) == {}


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
    async with asyncio.timeout(30):
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
        env=stack._environment(), cwd=stack.folder, check=True, timeout=30,
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
