"""Starting, stopping and single deaths."""

import itertools

from playwright.sync_api import expect

from stack import CHATBOX, expect_becomes, wait_for


def test_an_acknowledged_message_outlives_the_broker(visitor, stack):
    texts = []
    for number in range(3):
        texts.append(f"acknowledged {number}")
        visitor.write(texts[-1])
        expect(visitor.page.locator("article.own:not([data-state=sending])")).to_have_count(
            len(texts)
        )
        stack.kill("broker")
    visitor.reload(keeping_copy=False)
    visitor.expect_texts(texts)


def test_what_is_said_while_the_discord_gateway_is_down_arrives_in_order(visitor, stack, anna):
    visitor.write("first")
    post = anna.the_post()
    expect_becomes(["first"], lambda: anna.visitors_texts(post))
    anna.write(post, "seen")
    visitor.expect_texts(["first", "seen"])
    stack.stop("discord")
    absent = visitor.page.get_by_text("the team can’t be reached just now")
    expect(absent).to_be_visible()
    operators = [f"operator {number}" for number in range(5)]
    visitors = [f"visitor {number}" for number in range(5)]
    for text in operators:
        anna.write(post, text)
    for text in visitors:
        visitor.write(text)
    visitor.expect_state("stored")
    stack.launch("discord")
    expect(visitor.bubbles).to_have_count(12)
    assert visitor.texts() == ["first", "seen", *visitors, *operators]
    expect_becomes(["first", *visitors], lambda: anna.visitors_texts(post))
    expect(absent).to_be_hidden()
    assert anna.posts() == [post]


def test_first_messages_wait_for_a_discord_gateway_that_starts_later(visitor, stack, anna):
    stack.stop("discord")
    for text in ("one", "two", "three"):
        visitor.write(text)
    visitor.expect_state("stored")
    assert anna.posts() == []
    stack.launch("discord")
    post = anna.the_post()
    expect_becomes(["one", "two", "three"], lambda: anna.visitors_texts(post))
    assert anna.posts() == [post]


def test_each_process_drains_and_exits_with_0(visitor, stack, anna):
    visitor.write("hello")
    post = anna.the_post()
    expect_becomes(["hello"], lambda: anna.visitors_texts(post))
    for name in (*CHATBOX, "sandbox"):
        # Under way at that moment: a message each way.
        visitor.write(f"while {name} ends")
        anna.write(post, f"answer while {name} ends")
        status, seconds = stack.stop(name)
        assert (name, status) == (name, 0)
        assert seconds < 5, f"{name} took {seconds:.1f} s"
        stack.launch(name)
        wait_for(f"{name} is there again", lambda: stack.sandbox("GET", "/sandbox/state"))
    expect(visitor.bubbles).to_have_count(9)
    wait_for("all stand there", lambda: len(anna.visitors_texts(post)) == 5)
    assert anna.posts() == [post]


def test_the_processes_start_in_any_order(visitor, stack, anna):
    visitor.write("hello")
    post = anna.the_post()
    said = ["hello"]
    for order in itertools.permutations(CHATBOX):
        for name in CHATBOX:
            stack.stop(name)
        for name in order:
            stack.launch(name)
            stack.pid(name)
        question, answer = f"order {' '.join(order)}?", f"order {' '.join(order)}."
        visitor.write(question)
        expect_becomes([question], lambda: anna.visitors_texts(post)[-1:])
        anna.write(post, answer)
        said += [question, answer]
        visitor.expect_texts(said)
    assert anna.posts() == [post]
