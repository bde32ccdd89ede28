"""What is counted, and what is said, where ChatBox can't do better: possible duplicates, and
messages that processes died of."""

import contextlib
import json
import sqlite3

from gateway import Gateway
from stack import PATIENCE, expect_becomes, wait_for
from test_discord import conversation, lost
from test_doubt import MESSAGES, fault, said_by_bot, tool

DOUBT = "Possible duplicate"


def services(stack):
    """What the administrator sees of each service."""
    found = json.loads(tool(stack, "status", "--json"))["services"]
    return {one["service"]: one for one in found}


def expect_count(stack, count):
    """So many possible duplicates are counted for the service "discord", and the administrator sees
    them everywhere."""
    expect_becomes(count, lambda: services(stack)["discord"]["possible_duplicates"])
    assert services(stack)["web"]["possible_duplicates"] == 0
    table = tool(stack, "status").splitlines()
    column = next(line for line in table if "DUPLICATES?" in line).index("DUPLICATES?")
    (row,) = [line for line in table if line.startswith("main ") and " discord " in line]
    assert row[column:].split()[0] == str(count)


def make_older(stack, text, milliseconds):
    """Puts back the time of a message, and lets the sandbox forget its nonce, as if that had been
    some minutes ago. Neither the broker nor the sandbox may run."""
    with contextlib.closing(sqlite3.connect(stack.folder / "chatbox.db")) as database, database:
        changed = database.execute(
            "UPDATE event SET at = at - ? WHERE body = ?", (milliseconds, text)
        ).rowcount
    assert changed == 1
    journal = stack.folder / "sandbox" / "journal.jsonl"
    lines = [json.loads(line) for line in journal.read_text().splitlines()]
    for line in lines:
        line.pop("nonce", None)
    journal.write_text("".join(f"{json.dumps(line)}\n" for line in lines))


def returned(visitor):
    """The same visitor, when the broker is there again."""
    visitor._web = wait_for("the broker is there", visitor._connect)
    return visitor


def test_a_possible_duplicate_is_marked_in_the_post_and_counted_once(stack, anna):
    visitor, post, _ = conversation(stack, anna)
    stack.sandbox("POST", "/sandbox/faults", lost(MESSAGES))
    visitor.write("are you there?")
    wait_for("it stands there", lambda: "are you there?" in anna.visitors_texts(post))
    stack.stop("discord")
    # Somebody deletes it, and the talk goes on: nothing tells any more whether it was made.
    anna.delete(post, anna.messages(post)[-1]["id"])
    anna.write(post, "who deleted that?")
    expect_count(stack, 0)
    for name in ("broker", "sandbox"):
        stack.stop(name)
    make_older(stack, "are you there?", 120_000)
    for name in ("broker", "sandbox"):
        stack.launch(name)
    wait_for("the sandbox answers", lambda: stack.sandbox("GET", "/sandbox/state"))
    # The line is said, and the process dies before the message follows it.
    fault(stack, 500, delay_ms=20_000, route=MESSAGES, skip=1)
    stack.launch("discord")
    wait_for("it is said", lambda: len(said_by_bot(anna, post)) == 1)
    stack.kill("discord")
    expect_becomes(["hello", "are you there?"], lambda: anna.visitors_texts(post))
    (word,) = said_by_bot(anna, post)
    assert word.startswith(DOUBT)
    expect_count(stack, 1)
    # Neither what follows nor another process counts it again.
    stack.kill("discord", "broker")
    returned(visitor).write("and now?")
    expect_becomes(["hello", "are you there?", "and now?"], lambda: anna.visitors_texts(post))
    expect_count(stack, 1)
    assert len(said_by_bot(anna, post)) == 1


# What processes died of


def lose_gateways(stack, count):
    """Plays Discord gateways that are lost as soon as they are given something; returns what."""
    given = []
    for _ in range(count):
        gateway = Gateway(
            stack.folder / "run" / "broker.sock", "discord", "consumer", peer_kind="integer")
        # What is suspected comes after the connection has stood for 10 s.
        gateway._socket.settimeout(PATIENCE)
        gateway.say(type="credit", conversations=16)
        while (frame := gateway.hear())["type"] != "delivery":
            pass
        given.append(frame)
        gateway.close()
        # One whose successor comes before the broker knows of its end isn't lost, but fenced.
        wait_for("its end is known", lambda: not services(stack)["discord"]["connections"])
    return given


def test_what_gateways_die_of_is_set_aside_and_said_in_its_place_once(visitor, stack, anna):
    visitor.write("hello")
    post = anna.the_post()
    expect_becomes(["hello"], lambda: anna.visitors_texts(post))
    stack.stop("discord")
    visitor.write("deadly words")
    visitor.write("something else")
    # Three without a suspicion, five of which nothing but this event can be the reason, and the
    # one that is told.
    given = lose_gateways(stack, 9)
    events = [one["event"] for one in given]
    assert [event["kind"] for event in events] == ["message"] * 8 + ["set_aside"]
    assert len({event["id"] for event in events}) == 1
    assert given[-1]["set_aside"]["code"] == "poison"
    assert "deadly" in json.dumps(given[:-1]) and "deadly" not in json.dumps(given[-1])
    # The visitor and the administrator see it at once, whenever the team is told.
    failed = visitor.page.locator("article.own[data-state=undeliverable]")
    wait_for("the page says so", lambda: failed.count() == 1)
    assert "deadly words" in failed.inner_text()
    assert "poison" in tool(stack, "dead-letters", "list")
    # The team is told, and the process dies before the broker hears that they were.
    fault(stack, 500, after_effect=True, delay_ms=20_000, route=MESSAGES)
    stack.launch("discord")
    wait_for("it is said", lambda: said_by_bot(anna, post))
    stack.kill("discord")
    expect_becomes(["hello", "something else"], lambda: anna.visitors_texts(post))
    (word,) = said_by_bot(anna, post)
    assert given[-1]["set_aside"]["reason"] in word and "deadly" not in word
    texts = [
        message["content"] or message["embeds"][0]["description"]
        for message in anna.messages(post)[1:]
    ]
    assert texts == ["hello", word, "something else"]
    # Another try at the visitor's wish.
    failed.get_by_role("button", name="Try again").click()
    expect_becomes(
        ["hello", "something else", "deadly words"], lambda: anna.visitors_texts(post))
    assert len(said_by_bot(anna, post)) == 1
    assert tool(stack, "dead-letters", "list").startswith("There are no dead letters")
