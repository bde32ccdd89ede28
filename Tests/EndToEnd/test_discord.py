"""The Discord gateway between the real broker and the sandbox; the visitor is played at the broker's
socket, without a browser."""

import itertools
import subprocess
import time
import uuid

import pytest

from gateway import Gateway
from operators import Operator
from stack import Stack, expect_becomes, wait_for

KILLS = 50
TEXT = "1000000000000000007"
TEAM = "1000000000000000005"


class Visitor:
    """What chatbox-web would say to the broker for one visitor."""

    def __init__(self, stack, **hello):
        self._stack = stack
        self._keys = itertools.count(1)
        self._peer = str(uuid.uuid4())
        self._hello = hello
        self._web = self._connect()
        opened = self._web.ask(type="open", peer=self._peer, create=True, properties={"name": "Ann"})
        self.conversation = opened["conversation"]

    def _connect(self):
        path = self._stack.folder / "run" / "broker.sock"
        for kind in ({}, {"peer_kind": "uuid"}):
            web = Gateway(path, "web", "reader", **kind, **self._hello)
            if web.welcome["type"] == "welcome":
                return web
            web.close()
        raise AssertionError(web.welcome)

    def ask(self, type, **request):
        try:
            return self._web.ask(type=type, conversation=self.conversation, **request)
        except (OSError, EOFError):
            # The broker lets go of whoever says nothing for 30 s, as happens here while Discord is
            # looked at. What was asked may be asked once more: it has its key.
            self._web = self._connect()
            return self._web.ask(type=type, conversation=self.conversation, **request)

    def write(self, text, **more):
        """Sends a message, and returns its key and the answer."""
        key = f"k{next(self._keys)}"
        answer = self.ask("send", key=key, author=AUTHOR, body=text, format="plain", **more)
        assert answer["type"] == "sent", answer
        return key, answer

    def change(self, type, **request):
        answer = self.ask(type, key=f"k{next(self._keys)}", author=AUTHOR, **request)
        assert answer["type"] in ("sent", "deleted", "state_set"), answer
        return answer

    def signal(self, kind):
        self._web.say(type="signal", conversation=self.conversation, kind=kind)

    def signals(self):
        """What was told us that isn't kept."""
        self.events()
        return [push for push in self._web.pushes if push["type"] == "signal"]

    def events(self):
        return self.ask("history", after=0, limit=100)["events"]

    def told(self):
        """What the team said, in its present state."""
        return [
            event["body"]
            for event in self.events()
            if (event["service"], event["kind"]) == ("discord", "message")
            and not event.get("deleted")
        ]

    def receipt(self):
        """How far Discord has got."""
        receipts = self.ask("subscribe")["receipts"]
        return next((one for one in receipts if one["service"] == "discord"), None)


AUTHOR = {"id": "v", "name": "Ann"}


def conversation(stack, anna, text="hello"):
    """A visitor whose first message stands in a post."""
    visitor = Visitor(stack)
    key, _ = visitor.write(text)
    post = anna.the_post()
    expect_becomes([text], lambda: anna.visitors_texts(post))
    return visitor, post, key


def keeps_session(stack):
    """Whether the gateway could go on with its session in another process."""
    gateway = Gateway(stack.folder / "run" / "broker.sock", "discord", "reader", peer_kind="integer")
    try:
        answer = gateway.ask(type="get", key="gateway-session")
        return answer["value"] is not None
    finally:
        gateway.close()


class TextStack(Stack):
    """In a text channel, with roles."""

    def _environment(self):
        roles = {"DISCORD_NOTIFY_ROLE": TEAM, "DISCORD_OPERATOR_ROLES": TEAM}
        return {**super()._environment(), **roles, "DISCORD_CHANNEL_ID": TEXT}


@pytest.fixture
def text_stack():
    stack = TextStack()
    try:
        stack.start()
        yield stack
    finally:
        print(stack.logs())  # pytest shows it only with a failure.
        stack.end()


def test_a_text_channel_and_roles_do_as_well(text_stack):
    stack, anna, guest = text_stack, Operator(text_stack, "Anna"), Operator(text_stack, "Guest")
    stack.sandbox("PUT", "/sandbox/members/Guest", {"roles": ["Guests"]})
    # The thread is made, and nobody hears of it.
    stack.sandbox("POST", "/sandbox/faults", lost("POST /channels/{channel}/threads"))
    visitor = Visitor(stack)
    visitor.write("hello")
    post = anna.the_post(TEXT)
    stack.kill("discord")
    wait_for("it stands there", lambda: "hello" in anna.visitors_texts(post))
    assert anna.posts(TEXT) == [post]
    cards = [message for message in anna.messages(post) if message["embeds"]]
    assert [card["mention_roles"] for card in cards] == [[TEAM]]
    stranger = guest.write(post, "buy my watches")["id"]
    anna.write(post, "hi")
    expect_becomes(["hi"], visitor.told)
    expect_becomes({"🔒"}, lambda: anna.reactions(post, stranger))


def test_edits_deletions_replies_and_the_end_go_both_ways(stack, anna):
    visitor, post, key = conversation(stack, anna, "helo")
    visitor.change("edit", target=key, revision=1, body="hello *there*", format="plain")
    expect_becomes([r"hello \*there\*"], lambda: anna.visitors_texts(post))
    said = anna.write(post, "good moning")["id"]
    wait_for("the answer", lambda: visitor.told() == ["good moning"])
    anna.edit(post, said, "good morning")
    expect_becomes(["good morning"], visitor.told)
    answered = visitor.events()[-2]["id"]
    other, _ = visitor.write("thanks", reply_to=answered)
    wait_for("the reply", lambda: len(anna.visitors_texts(post)) == 2)
    reply = anna.messages(post)[-1]
    assert reply["content"] == "thanks"
    assert reply["message_reference"]["message_id"] == said
    visitor.change("delete", target=other)
    expect_becomes([r"hello \*there\*"], lambda: anna.visitors_texts(post))
    anna.delete(post, said)
    expect_becomes([], visitor.told)
    visitor.change("close")
    wait_for("archived", lambda: anna.post(post)["thread_metadata"]["archived"])
    anna.write(post, "one more thing")
    expect_becomes(["one more thing"], visitor.told)
    assert visitor.ask("subscribe")["state"] == "open"


def test_edits_and_deletions_made_while_the_gateway_was_away_are_found(stack, anna):
    visitor, post, _ = conversation(stack, anna)
    kept, edited, deleted = [anna.write(post, text)["id"] for text in ("one", "two", "three")]
    expect_becomes(["one", "two", "three"], visitor.told)
    stack.stop("discord")
    # A session that can be resumed would tell everything.
    stack.sandbox("POST", "/sandbox/gateway", {"action": "forget"})
    anna.edit(post, edited, "two, better")
    anna.delete(post, deleted)
    anna.edit(post, kept, "// on second thoughts")
    stack.launch("discord")
    expect_becomes(["two, better"], visitor.told)


def test_a_deleted_post_closes_its_conversation_and_is_followed_by_another(stack, anna):
    visitor, post, key = conversation(stack, anna)
    anna.delete_post(post)
    wait_for("closed", lambda: visitor.ask("subscribe")["state"] == "closed")
    visitor.change("edit", target=key, revision=1, body="gone", format="plain")
    visitor.write("are you there?")
    new = anna.the_post()
    assert new != post
    expect_becomes(["are you there?"], lambda: anna.visitors_texts(new))
    assert "earlier post was deleted" in str(anna.messages(new)[0]["embeds"])
    assert visitor.ask("subscribe")["state"] == "open"
    anna.write(new, "here I am")
    expect_becomes(["here I am"], visitor.told)


def test_operators_see_what_became_of_their_messages(stack, anna):
    visitor, post, _ = conversation(stack, anna)
    note = anna.write(post, "// a note")["id"]
    said = anna.write(post, "hi")["id"]
    expect_becomes(["hi"], visitor.told)
    seq = visitor.events()[-1]["seq"]
    expect_becomes({"🔒"}, lambda: anna.reactions(post, note))
    visitor.ask("report", delivered_upto=seq)
    expect_becomes({"📨"}, lambda: anna.reactions(post, said))
    stack.stop("discord")
    visitor.ask("report", seen_upto=seq)
    stack.launch("discord")
    wait_for("seen", lambda: "👀" in anna.reactions(post, said))


def test_each_side_sees_that_the_other_types(stack, anna):
    visitor, post, _ = conversation(stack, anna)
    visitor.ask("subscribe")

    def bot_types():
        visitor.signal("typing")
        typing = stack.sandbox("GET", "/sandbox/state")["typing"]
        return [one for one in typing if one["channel"] == post and one["bot"]]

    wait_for("the post shows it", bot_types)

    def told():
        anna.type(post)
        return visitor.signals()

    (signal, *_) = wait_for("the visitor is told", told)
    assert (signal["kind"], signal["name"]) == ("typing", "Anna")


def test_what_needs_a_permission_waits_until_it_is_given_back(stack, anna):
    visitor, post, _ = conversation(stack, anna)
    stack.stop("discord")
    stack.sandbox("POST", "/sandbox/gateway", {"action": "forget"})
    stack.sandbox(
        "PUT", "/sandbox/permissions", {"who": "bot", "deny": ["READ_MESSAGE_HISTORY"]}
    )
    anna.write(post, "said meanwhile")
    stack.launch("discord")
    wait_for("the sentence", lambda: "Read Message History" in stack.log("discord"))
    assert visitor.told() == []
    stack.sandbox("PUT", "/sandbox/permissions", {"who": "bot"})
    expect_becomes(["said meanwhile"], visitor.told)


def test_of_two_gateways_the_first_leaves_discord_to_the_second(stack, anna):
    visitor, post, _ = conversation(stack, anna)
    first = stack.pid("discord")
    with (stack.folder / "log" / "second.log").open("wb") as output:
        second = subprocess.Popen(
            [stack.binaries / "chatbox-discord"], env=stack._environment(), cwd=stack.folder,
            stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT)
    try:
        wait_for("the first says so", lambda: "has left Discord" in stack.log("discord"))
        wait_for("the second has the session", lambda: "gateway ready" in stack.log("second"))

        def sessions():
            state = stack.sandbox("GET", "/sandbox/state")
            return state["identifies"], state["resumes"], state["connections"]

        # The first may be about to hang up.
        wait_for("one is connected", lambda: sessions()[2] == 1)
        identifies, resumes, _ = sessions()
        # Whoever has a connection is sent away, and comes back.
        stack.sandbox("POST", "/sandbox/gateway", {"action": "reconnect"})
        expect_becomes((identifies, resumes + 1, 1), sessions)
        for number in range(3):
            visitor.write(f"question {number}")
            wait_for("it stands there", lambda: len(anna.visitors_texts(post)) == number + 2)
            anna.write(post, f"answer {number}")
            wait_for("the answer", lambda: len(visitor.told()) == number + 1)
        assert sessions() == (identifies, resumes + 1, 1)
        assert stack.pid("discord") == first and second.poll() is None
    finally:
        second.kill()
        second.wait()


def test_nobody_is_taken_for_an_operator_without_the_content_of_the_message(stack, anna):
    visitor, post, _ = conversation(stack, anna)
    stack.sandbox("PUT", "/sandbox/application", {"message_content": False, "closes": False})
    anna.write(post, "unreadable")
    wait_for("the sentence", lambda: "Message Content Intent" in stack.log("discord"))
    assert visitor.told() == []
    stack.sandbox("PUT", "/sandbox/application", {"message_content": True})
    stack.kill("discord")
    expect_becomes(["unreadable"], visitor.told)


def test_killed_between_each_answer_of_discord_and_its_noting_nothing_is_doubled(stack, anna):
    visitor = Visitor(stack)
    # The post is made, and nobody hears of it.
    stack.sandbox("POST", "/sandbox/faults", lost("POST /channels/{channel}/threads"))
    visitor.write("message 0")
    post = anna.the_post()
    stack.kill("discord")
    expect_becomes(["message 0"], lambda: anna.visitors_texts(post))
    assert anna.posts() == [post]
    wait_for("a session to resume", lambda: keeps_session(stack))
    texts = ["message 0"]
    began = time.monotonic()
    for number in range(1, KILLS + 1):
        # On a slow machine fewer kills must do.
        if time.monotonic() - began > 75:
            break
        stack.sandbox("POST", "/sandbox/faults", lost("POST /channels/{channel}/messages"))
        texts.append(f"message {number}")
        visitor.write(texts[-1])
        wait_for("it stands there", lambda: anna.visitors_texts(post)[-1:] == texts[-1:])
        stack.kill("discord")
    print(f"killed {len(texts) - 1} times in {time.monotonic() - began:.0f} s")
    last = visitor.write("the end")[1]["seq"]
    texts.append("the end")
    wait_for("all is noted", lambda: visitor.receipt()["delivered_upto"] >= last)
    assert anna.visitors_texts(post) == texts
    assert anna.posts() == [post]
    assert visitor.receipt()["failed"] == []
    # A crash loop doesn't use up sessions.
    assert stack.sandbox("GET", "/sandbox/state")["identifies"] < 10


def lost(route):
    """A fault: the request takes effect, and its answer comes when nobody waits any more."""
    return {"route": route, "status": 500, "after_effect": True, "delay_ms": 10_000, "caller": "bot"}
