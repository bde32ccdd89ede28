"""Discord makes a post long after it was asked for, when nobody looks for it any more: the test repeats the
bot's own request with the bot's token, in the place of the one that was under way."""

from stack import FORUM, expect_becomes, wait_for
from test_discord import Visitor, conversation


def make(stack, anna, like, conversation):
    """Another post of the bot's, with the card of a conversation."""
    embed = next(message for message in anna.messages(like) if message["id"] == like)["embeds"][0]
    card = {
        "title": embed["title"], "description": embed["description"],
        **{key: value_of(embed[key], anna.uid(like), conversation) for key in ("footer", "fields") if key in embed},
    }
    made = stack.sandbox(
        "POST", f"/api/v10/channels/{FORUM}/threads",
        {"name": "late", "message": {"embeds": [card]}}, "Bot sandbox",
    )
    assert anna.uid(made["id"]) == conversation
    return made["id"]


def value_of(part, uid, other):
    """A part of an embed with another uid in it."""
    if isinstance(part, dict):
        return {key: value_of(value, uid, other) for key, value in part.items()}
    if isinstance(part, list):
        return [value_of(value, uid, other) for value in part]
    return part.replace(uid, other) if isinstance(part, str) else part


def said_by_bot(anna, post):
    """What the bot says beneath the card on its own account."""
    return [e.get("description", "") for m in anna.messages(post) if m["id"] != post for e in m["embeds"]]


def is_archived(anna, post):
    return anna.post(post)["thread_metadata"]["archived"]


def test_a_second_post_is_read_and_closed_while_the_session_goes_on(stack, anna):
    visitor, post, _ = conversation(stack, anna)
    second = make(stack, anna, post, visitor.conversation)
    anna.write(second, "Can I help?")
    expect_becomes(["Can I help?"], visitor.told)
    wait_for("the second post is closed", lambda: is_archived(anna, second))
    assert len(said_by_bot(anna, second)) == 1
    # Whoever writes there all the same is read, too, and told again.
    anna.write(second, "Still there?")
    expect_becomes(["Can I help?", "Still there?"], visitor.told)
    wait_for("it is closed again", lambda: is_archived(anna, second))
    visitor.write("here")
    expect_becomes(["hello", "here"], lambda: anna.visitors_texts(post))
    assert not is_archived(anna, post)


def test_the_post_of_a_withdrawn_message_is_taken_up_whatever_dies(stack, anna):
    _, post, _ = conversation(stack, anna)
    stack.stop("discord")
    visitor = Visitor(stack)
    key, _ = visitor.write("never mind")
    visitor.change("delete", target=key)
    stack.launch("discord")
    expect_becomes(2, lambda: visitor.receipt()["delivered_upto"])
    assert anna.posts() == [post]
    late = make(stack, anna, post, visitor.conversation)
    anna.write(late, "Did you want something?")
    stack.kill("discord")
    expect_becomes(["Did you want something?"], visitor.told)
    visitor.write("yes")
    expect_becomes(["yes"], lambda: anna.visitors_texts(late))
    assert sorted(anna.posts()) == sorted([post, late])
