"""Servers that go away, refuse, and come back."""

import json
import re

import pytest
from playwright.sync_api import expect

from pages import box, bubbles, own_state, stored, write


def test_a_reload_shows_the_history_and_goes_on(page, stub):
    write(page, "before")
    expect(own_state(page, "stored")).to_be_visible()
    stub.say("answer")
    expect(bubbles(page)).to_have_text(["before", "answer"])
    page.reload()
    expect(bubbles(page)).to_have_text(["before", "answer"])
    stub.wait(lambda: len(stub.hellos()) == 2)
    hello = stub.hellos()[1]
    assert hello["create"] is False and hello["visitor"] == stub.hellos()[0]["visitor"]
    assert hello["from"]["seq"] == 2
    write(page, "after")
    expect(own_state(page, "stored").last).to_contain_text("Stored")
    assert [event["body"] for event in stub.only().events] == ["before", "answer", "after"]


def test_a_server_that_goes_away_and_comes_back_loses_nothing(page, stub):
    write(page, "one")
    expect(own_state(page, "stored")).to_be_visible()
    stub.stop()
    write(page, "two")
    write(page, "three")
    expect(page.get_by_text("Reconnecting… your messages are kept")).to_be_visible()
    expect(own_state(page, "sending")).to_have_count(2)
    # A reload without the application's server shows what is known: only the page must be served.
    stub.hold_welcome = True
    stub.start()
    page.reload()
    expect(bubbles(page)).to_have_text(["one", "two", "three"])
    stub.hold_welcome = False
    stub.close(1013)
    expect(own_state(page, "sending")).to_have_count(0)
    expect(page.get_by_text("your messages are kept")).to_have_count(0)
    assert [event["body"] for event in stub.only().events] == ["one", "two", "three"]


def test_a_message_whose_answer_was_lost_is_stored_once(page, stub):
    write(page, "first")
    expect(own_state(page, "stored")).to_be_visible()
    stub.hold_answers = True
    write(page, "doubtful")
    stub.wait(lambda: len(stub.sends()) == 2)
    stub.hold_answers = False
    stub.close(1012)
    expect(own_state(page, "sending")).to_have_count(0)
    assert len({send["key"] for send in stub.sends() if send["body"] == "doubtful"}) == 1
    assert [event["body"] for event in stub.only().events] == ["first", "doubtful"]


def test_try_now_connects_at_once(page, stub):
    write(page, "one")
    expect(own_state(page, "stored")).to_be_visible()
    stub.stop()
    button = page.get_by_role("button", name="Try now")
    expect(button).to_be_visible()
    stub.start()
    button.click()
    expect(button).to_be_hidden()
    expect(box(page)).to_be_focused()


def test_an_absent_team_is_told_honestly(page, stub):
    write(page, "anybody there?")
    expect(own_state(page, "stored")).to_be_visible()
    stub.push({"type": "team", "up": False})
    banner = page.get_by_role("status").filter(has_text="the team can’t be reached just now")
    expect(banner).to_be_visible()
    stub.push({"type": "team", "up": True})
    expect(banner).to_have_count(0)


@pytest.mark.parametrize("code, name", [(4410, "conversation_gone"), (4401, "credential_refused")])
def test_a_lost_conversation_is_said_once_and_unsent_text_starts_a_new_one(page, stub, code, name):
    write(page, "old")
    expect(own_state(page, "stored")).to_be_visible()
    old = json.loads(stored(page, "identity"))
    stub.hold_answers = True
    write(page, "unsent")
    box(page).fill("half written")
    stub.wait(lambda: len(stub.sends()) == 2)
    stub.refuse_hello.append((code, name))
    stub.hold_answers = False
    stub.close(1012)
    notice = page.get_by_text("can’t be opened any more")
    expect(notice).to_be_visible()
    expect(bubbles(page)).to_have_text(["unsent"])
    expect(own_state(page, "stored")).to_be_visible()
    new = json.loads(stored(page, "identity"))
    assert new["visitor"] != old["visitor"] and new["secret"] != old["secret"]
    assert [event["body"] for event in stub.conversations[new["visitor"]].events] == ["unsent"]
    expect(box(page)).to_have_value("half written")
    page.get_by_role("button", name="Dismiss").click()
    expect(notice).to_be_hidden()
    page.reload()
    expect(bubbles(page)).to_have_text(["unsent"])
    expect(notice).to_be_hidden()


def test_the_secret_is_only_in_the_first_frame(page, stub):
    urls = []
    page.on("websocket", lambda socket: urls.append(socket.url))
    write(page, "Hello")
    expect(own_state(page, "stored")).to_be_visible()
    secret = json.loads(stored(page, "identity"))["secret"]
    assert re.fullmatch(r"[A-Za-z0-9_-]{43}", secret)
    assert all(secret not in url for url in urls) and urls
    assert [f["type"] for f in stub.frames if secret in json.dumps(f)] == ["hello"]


def test_too_many_conversations_from_here_are_told_and_the_text_waits(page, stub):
    stub.refuse_hello.append((4429, "rate_limited", {"retry": True, "retry_after_ms": 11_000}))
    write(page, "Hello")
    expect(page.get_by_text("Too much came from here at once.")).to_be_visible()
    expect(page.get_by_role("button", name="Try now")).to_be_hidden()
    expect(own_state(page, "sending")).to_be_visible()
    expect(own_state(page, "stored")).to_be_visible(timeout=30_000)
    assert len(stub.hellos()) == 2
