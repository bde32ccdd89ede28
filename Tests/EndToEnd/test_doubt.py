"""What Discord refuses, withholds or loses, in the middle of conversations."""

import os
import re
import subprocess
import urllib.error

import pytest

from stack import PATIENCE, expect_becomes, wait_for
from test_discord import Visitor, conversation, lost

MESSAGES = "POST /channels/{channel}/messages"


def fault(stack, status, body=None, count=1, route=MESSAGES, **more):
    """The bot's next requests of a kind are answered so."""
    asked = {"route": route, "status": status, "count": count, "caller": "bot", **more}
    if body is not None:
        asked["body"] = body
    stack.sandbox("POST", "/sandbox/faults", asked)


def refusal(code, message):
    return {"code": code, "message": message}


def tool(stack, *arguments):
    """Runs `chatbox` beside the processes."""
    environment = {**stack._environment(), "PATH": os.environ["PATH"]}
    done = subprocess.run(
        [stack.binaries / "chatbox", *arguments],
        env=environment, cwd=stack.folder, capture_output=True, text=True, timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def said_by_bot(anna, post):
    """What the bot says on its own account beneath the card."""
    embeds = [e for m in anna.messages(post) if m["id"] != post for e in m["embeds"]]
    return [embed.get("description", "") for embed in embeds]


# Dead letters


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (50035, "Invalid Form Body"),
        (50006, "Cannot send an empty message"),
        (200000, "Message was blocked by automatic moderation"),
        (200001, "Title was blocked by automatic moderation"),
    ],
)
def test_what_discord_refuses_for_good_is_set_aside_where_everybody_sees_it(
    visitor, stack, anna, code, reason
):
    visitor.write("hello")
    post = anna.the_post()
    expect_becomes(["hello"], lambda: anna.visitors_texts(post))
    fault(stack, 400, refusal(code, reason))
    visitor.write("something odd")
    visitor.write("something else")
    # The next one isn't held up; the operator is told in its place, and the visitor why.
    expect_becomes(["hello", "something else"], lambda: anna.visitors_texts(post))
    (word,) = said_by_bot(anna, post)
    assert reason in word and "odd" not in word
    failed = visitor.page.locator("article.own[data-state=undeliverable]")
    wait_for("the page says so", lambda: failed.count() == 1)
    assert "something odd" in failed.inner_text()
    # The administrator sees it, too, and the reason.
    listed = tool(stack, "dead-letters", "list")
    assert str(code) in listed and reason in listed
    # The next one stands in Discord, and may be acknowledged in a moment.
    wait_for("nothing waits", lambda: re.search(
        r"discord +up[^\n]* 0 +- +1 ", tool(stack, "status")))
    # Another try at the visitor's wish.
    failed.get_by_role("button", name="Try again").click()
    expect_becomes(
        ["hello", "something else", "something odd"], lambda: anna.visitors_texts(post)
    )
    assert tool(stack, "dead-letters", "list").startswith("There are no dead letters")


def test_dead_letters_are_queued_again_or_dropped_by_the_administrator(stack, anna):
    visitor, post, _ = conversation(stack, anna)
    for count, text in enumerate(("first", "second"), start=1):
        fault(stack, 400, refusal(50035, "Invalid Form Body"))
        visitor.write(text)
        # What the team is told of it is a message too, which the next fault shall not meet.
        wait_for("the team is told", lambda: len(said_by_bot(anna, post)) == count)
        wait_for("set aside", lambda: len(visitor.receipt()["failed"]) == count)
    first, second = [
        line.split()[0] for line in tool(stack, "dead-letters", "list").splitlines()[1:]
    ]
    tool(stack, "dead-letters", "retry", first)
    expect_becomes(["hello", "first"], lambda: anna.visitors_texts(post))
    tool(stack, "dead-letters", "drop", second)
    assert tool(stack, "dead-letters", "list").startswith("There are no dead letters")
    # The sender still sees that it failed.
    assert [failed["code"] for failed in visitor.receipt()["failed"]] == ["50035"]
    assert len(said_by_bot(anna, post)) == 2


def test_nothing_else_is_held_against_a_message(stack, anna):
    visitor, post, _ = conversation(stack, anna)
    texts = ["hello"]
    for number, (status, body, more) in enumerate([
        (429, None, {"retry_after": 0.3}),
        (429, None, {"retry_after": 0.3, "scope": "global"}),
        (500, None, {}),
        (502, "<html>Bad Gateway</html>", {}),
        (503, None, {"after_effect": True}),
        (0, None, {}),
        (0, None, {"after_effect": True}),
        (200, None, {"cut": 5}),
        (400, refusal(50083, "Thread is archived"), {}),
    ]):
        fault(stack, status, body, **more)
        texts.append(f"message {number}")
        _, sent = visitor.write(texts[-1])
        expect_becomes(texts, lambda: anna.visitors_texts(post))
        # What stands there may be tried once more, and the next fault shall meet the next message.
        wait_for("noted", lambda: visitor.receipt()["delivered_upto"] >= sent["seq"])
    assert visitor.receipt()["failed"] == []
    assert said_by_bot(anna, post) == []
    assert "possible duplicate" not in stack.log("discord")


# In doubt


def test_a_message_deleted_before_anybody_heard_of_it_stays_deleted(stack, anna):
    visitor, post, _ = conversation(stack, anna)
    stack.sandbox("POST", "/sandbox/faults", lost(MESSAGES))
    _, sent = visitor.write("rude words")
    wait_for("it stands there", lambda: "rude words" in anna.visitors_texts(post))
    message = anna.messages(post)[-1]["id"]
    stack.kill("discord")
    anna.delete(post, message)
    wait_for("noted", lambda: visitor.receipt()["delivered_upto"] >= sent["seq"])
    visitor.write("sorry")
    expect_becomes(["hello", "sorry"], lambda: anna.visitors_texts(post))
    # What changes it later changes no other message.
    key = [event["key"] for event in visitor.events() if event["body"] == "rude words"][0]
    visitor.change("edit", target=key, revision=1, body="nice words", format="plain")
    visitor.write("the end")
    expect_becomes(["hello", "sorry", "the end"], lambda: anna.visitors_texts(post))


def test_what_the_visitor_took_back_before_it_was_posted_does_not_stay(stack, anna):
    visitor, post, _ = conversation(stack, anna)
    stack.sandbox("POST", "/sandbox/faults", lost(MESSAGES))
    key, _ = visitor.write("a secret")
    wait_for("it stands there", lambda: "a secret" in anna.visitors_texts(post))
    stack.kill("discord")
    visitor.change("delete", target=key)
    last = visitor.write("hm")[1]["seq"]
    wait_for("noted", lambda: visitor.receipt()["delivered_upto"] >= last)
    expect_becomes(["hello", "hm"], lambda: anna.visitors_texts(post))


# Taken and given back


def test_permissions_intents_and_posts_that_come_and_go_lose_and_double_nothing(stack, anna):
    visitor, post, _ = conversation(stack, anna)
    written, said = ["hello"], []

    def both(number):
        written.append(f"visitor {number}")
        said.append(f"operator {number}")
        visitor.write(written[-1])
        anna.write(post, said[-1])

    for number, taken in enumerate([
        ["READ_MESSAGE_HISTORY"], ["SEND_MESSAGES_IN_THREADS"], ["VIEW_CHANNEL"],
        ["READ_MESSAGE_HISTORY", "SEND_MESSAGES_IN_THREADS", "ADD_REACTIONS"],
    ]):
        stack.sandbox("PUT", "/sandbox/permissions", {"who": "bot", "deny": taken})
        both(f"{number} without")
        if number % 2 == 0:
            stack.kill("discord")
        both(f"{number} still without")
        stack.sandbox("PUT", "/sandbox/permissions", {"who": "bot"})
        both(f"{number} with it again")
        expect_becomes(written, lambda: anna.visitors_texts(post))
        expect_becomes(said, visitor.told)
    # The intent is switched off under a live session, and on again.
    stack.sandbox("PUT", "/sandbox/application", {"message_content": False})
    wait_for("the sentence", lambda: "Message Content Intent" in stack.log("discord"))
    both("without the intent")
    stack.sandbox("PUT", "/sandbox/application", {"message_content": True})
    both("with the intent again")
    expect_becomes(said, visitor.told)
    expect_becomes(written, lambda: anna.visitors_texts(post))
    # The post is deleted while the visitor writes.
    anna.delete_post(post)
    visitor.write("where are you?")
    new = anna.the_post()
    assert new != post
    expect_becomes(["where are you?"], lambda: anna.visitors_texts(new))
    anna.write(new, "here")
    expect_becomes([*said, "here"], visitor.told)
    assert visitor.receipt()["failed"] == []
    assert stack.sandbox("GET", "/sandbox/state")["token_resets"] == 0


# Ends of the Gateway's connection


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        (4013, "doesn't know what ChatBox asks to hear of"),
        (4014, "Message Content Intent"),
    ],
)
def test_a_close_that_needs_somebody_is_said_and_starts_no_storm(stack, anna, code, sentence):
    visitor, post, _ = conversation(stack, anna)
    pid, identified = stack.pid("discord"), stack.sandbox("GET", "/sandbox/state")["identifies"]
    if code == 4014:
        stack.sandbox("PUT", "/sandbox/application", {"message_content": False})
    else:
        stack.sandbox("POST", "/sandbox/gateway", {"action": "close", "code": code})
    wait_for("the sentence", lambda: sentence in stack.log("discord"))
    # Messages that are stored wait, and nobody is told otherwise.
    visitor.write("anybody?")
    wait_for("the team is away", lambda: not visitor.ask("subscribe")["services"][0]["up"])
    state = stack.sandbox("GET", "/sandbox/state")
    assert stack.pid("discord") == pid
    assert state["identifies"] - identified <= 1
    if code == 4014:
        stack.sandbox("PUT", "/sandbox/application", {"message_content": True})
    else:
        stack.kill("discord")
    expect_becomes(["hello", "anybody?"], lambda: anna.visitors_texts(post))


def test_a_token_that_is_revoked_is_said_and_at_the_next_start_it_ends_the_process(stack, anna):
    visitor, post, _ = conversation(stack, anna)
    pid = stack.pid("discord")
    stack.sandbox("PUT", "/sandbox/application", {"token": "revoked"})
    wait_for("the sentence", lambda: "Discord refuses the token" in stack.log("discord"))
    visitor.write("anybody?")
    wait_for("the team is away", lambda: not visitor.ask("subscribe")["services"][0]["up"])
    before = sum(stack.sandbox("GET", "/sandbox/state")["requests"].values())
    assert stack.pid("discord") == pid
    # Nothing is asked with a dead token.
    visitor.write("hello?")
    after = sum(stack.sandbox("GET", "/sandbox/state")["requests"].values())
    assert after - before <= 1
    stack.sandbox("PUT", "/sandbox/application", {"token": "valid"})
    stack.kill("discord")
    expect_becomes(["hello", "anybody?", "hello?"], lambda: anna.visitors_texts(post))


def test_a_discord_that_cannot_be_reached_is_said_with_what_to_do(stack):
    environment = {
        **stack._environment(),
        "PATH": os.environ["PATH"],
        "DISCORD_API_URL": "https://discord.invalid/api/v10",
        "CHATBOX_SOCKET": str(stack.folder / "run" / "no-broker.sock"),
    }
    with (stack.folder / "log" / "beside.log").open("wb") as output:
        process = subprocess.Popen(
            [stack.binaries / "chatbox-discord"], env=environment, cwd=stack.folder,
            stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
        )

    def attention():
        whole = stack.log("beside").split("\n")[:-1]
        return next((line for line in whole if "attention needed" in line), None)

    try:
        line = wait_for("it needs attention", attention)
        assert "The name discord.invalid can't be resolved" in line
    finally:
        process.kill()
        process.wait()
