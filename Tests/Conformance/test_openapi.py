"""The sandbox's answers, judged by Discord's own description.

It is worth nothing that the two of us agree with each other: here a third decides.
"""

import dataclasses
import json
import re

from openapi import wrong
from processes import ROOT
from questions import FORUM, GUILD, ask_everything, refuse_more
from recorder import exchange

ROUTES = ROOT / "Sources" / "DiscordSandbox" / "REST" / "RESTRoute.swift"


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
