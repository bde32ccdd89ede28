"""Ten thousand subscriptions at once, and a reader that doesn't keep up with one conversation."""

import time

from gateway import Gateway
from lone_broker import opened, send

AUTHOR = {"id": "a", "name": "A"}
CONVERSATIONS = 10_000
# A connection may have as many unanswered requests; what is over it is `overloaded`.
UNANSWERED = 128
# Not a measurement, it only says that it ends: two cores take 5 s, under much load 14 s.
SECONDS = 120
LONG = "x" * 60_000


def all_answers(gateway, requests, now_and_then=lambda: None):
    """What each request is answered, in their order, with up to UNANSWERED of them under way."""
    answers = {}

    def hear():
        frame = gateway.hear()
        if "request" in frame:
            answers[frame["request"]] = frame
        else:
            gateway.pushes.append(frame)

    for number, request in enumerate(requests, 1):
        while number - len(answers) > UNANSWERED:
            hear()
        gateway.say(request=number, **request)
        if number % 1_000 == 500:
            now_and_then()
    while len(answers) < len(requests):
        hear()
    return [answers[number] for number in range(1, len(requests) + 1)]


def message(conversation, key, body="Hello"):
    return {
        "type": "send", "conversation": conversation, "key": key, "body": body,
        "author": AUTHOR, "format": "plain",
    }


def next_event(gateway):
    while (push := gateway.hear())["type"] != "event":
        gateway.pushes.append(push)
    return push


def test_ten_thousand_subscriptions_at_once_after_a_restart(broker):
    broker.start()
    web = broker.reader()
    opened_ones = all_answers(web, [
        {"type": "open", "peer": f"00000000-0000-4000-8000-{number:012x}", "create": True}
        for number in range(CONVERSATIONS)])
    conversations = [answer["conversation"] for answer in opened_ones]
    first = all_answers(web, [message(one, "k1") for one in conversations])
    epoch = web.welcome["epoch"]
    broker.kill()
    broker.start()

    began = time.monotonic()
    web, team = broker.reader(), Gateway(broker.socket, "discord", "reader")
    another = opened(broker.reader())
    meanwhile = []
    subscribed = all_answers(
        web,
        [{"type": "subscribe", "conversation": one,
          "from": {"epoch": epoch, "seq": sent["seq"], "id": sent["id"]}}
         for one, sent in zip(conversations, first, strict=True)],
        # Whoever writes in between is answered between them (within the 10 s of any answer here).
        lambda: meanwhile.append(team.ask(**message(another, f"m{len(meanwhile)}"))))
    took = time.monotonic() - began
    print(f"{CONVERSATIONS} subscriptions took {took:.1f} s")
    assert took < SECONDS
    assert [answer["seq"] for answer in meanwhile] == list(range(1, CONVERSATIONS // 1_000 + 1))
    assert {(answer["type"], answer["recovered"]) for answer in subscribed} == {("subscribed", True)}
    assert {answer["head"]["seq"] for answer in subscribed} == {1}

    # They are live: what is said now arrives where it belongs, and once. (A tenth of them; a reader
    # that didn't read meanwhile would be lagging, so it reads after each hundred.)
    for start in range(0, CONVERSATIONS, 1_000):
        # Whoever says nothing for 30 s is let go.
        web.say(type="ping")
        some = conversations[start : start + 100]
        answered = all_answers(team, [message(one, "answer", f"to {one}") for one in some])
        assert {answer["type"] for answer in answered} == {"sent"}
        pushes = [next_event(web) for _ in some]
        assert sorted(push["conversation"] for push in pushes) == sorted(some)
        for push in pushes:
            assert push["event"]["seq"] == 2
            assert push["event"]["body"] == f"to {push['conversation']}"
    # Nothing else waits behind them: the next frame answers what is asked now.
    web.pushes.clear()
    assert web.ask(type="history", conversation=another, after=0)["type"] == "page"
    assert [push for push in web.pushes if push["type"] == "event"] == []


def test_a_reader_that_is_slow_for_one_conversation_loses_only_that(broker):
    broker.start()
    slow, neighbour, team = broker.reader(), broker.reader(), broker.reader()
    busy, quiet = opened(team), opened(team)
    for reader in (slow, neighbour):
        for conversation in (busy, quiet):
            assert reader.ask(type="subscribe", conversation=conversation)["type"] == "subscribed"
    # Four times what may wait for a reader, so that it does whatever the system's buffers take.
    events = 4 * 1_048_576 // len(LONG)
    for number in range(1, events + 1):
        assert send(team, busy, f"k{number}", LONG)["seq"] == number
        # Whoever says nothing for 30 s is let go.
        for reader in (slow, neighbour):
            reader.say(type="ping")
        # One that reads gets each, meanwhile.
        assert next_event(neighbour)["event"]["seq"] == number

    seen = []
    while (push := slow.hear())["type"] != "lagged":
        if push["type"] == "event":
            seen.append((push["event"]["seq"], push["event"]["id"]))
    assert (push["conversation"], push["from"]) == (busy, seen[-1][0])
    assert [seq for seq, _ in seen] == list(range(1, len(seen) + 1))
    assert len(seen) < events

    # The other subscription stands, on the same connection.
    assert send(team, quiet, "q1")["seq"] == 1
    push = next_event(slow)
    assert (push["conversation"], push["event"]["seq"]) == (quiet, 1)
    # What it missed is there to be asked for, from where it was.
    seq, event = seen[-1]
    answer = slow.ask(
        type="subscribe", conversation=busy,
        **{"from": {"epoch": slow.welcome["epoch"], "seq": seq, "id": event}})
    assert (answer["recovered"], answer["head"]["seq"]) == (True, events)
    while seq < events:
        page = slow.ask(type="history", conversation=busy, after=seq)["events"]
        assert [event["seq"] for event in page] == list(range(seq + 1, seq + 1 + len(page)))
        seq = page[-1]["seq"]
