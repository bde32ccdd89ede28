"""A visitor and an operator talk."""

from playwright.sync_api import expect

from stack import expect_becomes, wait_for
from visitors import VisitorPage


def test_a_message_each_way_and_the_history_after_a_reload(visitor, anna):
    visitor.write("Hello, is anybody there?")
    post = anna.the_post()
    expect_becomes(["Hello, is anybody there?"], lambda: anna.visitors_texts(post))
    visitor.expect_state("delivered")
    assert anna.uid(post) != visitor.identity["visitor"]
    anna.write(post, "Yes, good morning!")
    visitor.expect_texts(["Hello, is anybody there?", "Yes, good morning!"])
    expect(visitor.page.get_by_role("article").last).to_contain_text("Anna")
    visitor.expect_state("seen")
    for keeping_copy in (True, False):
        visitor.reload(keeping_copy)
        visitor.expect_texts(["Hello, is anybody there?", "Yes, good morning!"])
    visitor.write("Thank you")
    expect_becomes(["Thank you"], lambda: anna.visitors_texts(post)[1:])
    assert anna.posts() == [post]
    visitor.expect_nothing_of_discord()
    assert visitor.complaints == [], "the browser complained, perhaps of the content policy"


def test_what_is_said_cannot_become_something_else(visitor, anna):
    hostile = "@everyone @here <@&5> **bold** <img src=x onerror=alert(1)> `code`"
    visitor.write(hostile)
    post = anna.the_post()
    (message,) = wait_for("it stands there", lambda: [
        message for message in anna.messages(post) if "bold" in message["content"]
    ])
    assert message["mention_everyone"] is False and message["mentions"] == []
    anna.write(post, "<b>hi</b> <@1000000000000000004> <#1000000000000000002>")
    expect(visitor.bubbles).to_have_count(2)
    assert "<b>hi</b>" in visitor.texts()[1]
    assert visitor.page.locator("#messages :is(img, b)").count() == 0
    visitor.expect_nothing_of_discord()


def test_two_tabs_are_one_visitor_with_one_post(context, visitor, stack, anna):
    other = VisitorPage(context, stack)
    visitor.write("from one tab")
    other.write("from the other")
    for tab in (visitor, other):
        expect(tab.page.locator("article.own")).to_have_count(2)
        expect(tab.page.locator("article.own[data-state=sending]")).to_have_count(0)
    post = anna.the_post()
    wait_for("both stand there", lambda: len(anna.visitors_texts(post)) == 2)
    assert anna.visitors_texts(post) == visitor.texts() == other.texts()
    anna.write(post, "to both")
    for tab in (visitor, other):
        expect(tab.bubbles.last).to_have_text("to both")


def test_two_visitors_do_not_see_each_other(browser, visitor, stack, anna):
    elsewhere = browser.new_context()
    other = VisitorPage(elsewhere, stack)
    visitor.write("I am one")
    other.write("I am another")
    wait_for("two posts", lambda: len(anna.posts()) == 2)
    for post in anna.posts():
        (text,) = wait_for("a text in each", lambda: anna.visitors_texts(post))
        anna.write(post, f"you said: {text}")
    visitor.expect_texts(["I am one", "you said: I am one"])
    other.expect_texts(["I am another", "you said: I am another"])
    elsewhere.close()
