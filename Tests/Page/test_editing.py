"""The visitor edits, deletes and answers messages, and so does the team."""

import pytest
from playwright.sync_api import expect

from pages import box, bubbles, choose, messages, outbox, own_state, write


def talking(page, stub, text="Helo"):
    write(page, text)
    expect(own_state(page, "stored")).to_be_visible()


def test_an_own_message_is_edited_from_its_menu(page, stub):
    talking(page, stub)
    box(page).fill("a draft")
    choose(page, messages(page).first, "Edit")
    expect(box(page)).to_have_value("Helo")
    expect(box(page)).to_be_focused()
    expect(page.get_by_role("button", name="Save")).to_be_visible()
    write(page, "Hello")
    expect(bubbles(page)).to_have_text(["Hello"])
    expect(messages(page).first).to_contain_text("edited")
    expect(own_state(page, "stored")).to_be_visible()
    expect(box(page)).to_have_value("a draft")
    (edit,) = stub.said("edit")
    assert (edit["target"], edit["revision"]) == (stub.sends()[0]["key"], 1)
    page.reload()
    expect(bubbles(page)).to_have_text(["Hello"])
    expect(messages(page).first).to_contain_text("edited")


def test_the_up_arrow_edits_the_newest_own_message(page, stub):
    talking(page, stub, "first")
    write(page, "second")
    expect(own_state(page, "stored")).to_have_count(2)
    stub.say("answer")
    expect(bubbles(page)).to_have_count(3)
    box(page).press("ArrowUp")
    expect(box(page)).to_have_value("second")
    box(page).press("Escape")
    expect(box(page)).to_have_value("")
    expect(page.get_by_role("button", name="Send")).to_be_visible()
    box(page).press("ArrowUp")
    write(page, "second!")
    expect(bubbles(page)).to_have_text(["first", "second!", "answer"])
    box(page).press("ArrowUp")
    write(page, "second!!")
    stub.wait(lambda: len(stub.said("edit")) == 2)
    assert [edit["revision"] for edit in stub.said("edit")] == [1, 2]


def test_an_unsent_edit_survives_a_reload_and_a_killed_server(page, stub):
    talking(page, stub)
    stub.stop()
    box(page).press("ArrowUp")
    write(page, "Hello")
    expect(bubbles(page)).to_have_text(["Hello"])
    expect(own_state(page, "sending")).to_be_visible()
    assert [entry["kind"] for entry in outbox(page)] == ["edit"]
    stub.hold_welcome = True
    stub.start()
    page.reload()
    expect(bubbles(page)).to_have_text(["Hello"])
    expect(own_state(page, "sending")).to_be_visible()
    stub.hold_welcome = False
    stub.close(1012)
    expect(own_state(page, "stored")).to_be_visible()
    assert stub.only().present(stub.only().events)[0]["body"] == "Hello"
    assert outbox(page) == []


def editing(page, text):
    box(page).press("ArrowUp")
    box(page).fill(text)


def kept_edit(page):
    return page.evaluate("sessionStorage.getItem('chatbox.editing')")


@pytest.mark.parametrize("asked", [False, True])
def test_an_edit_in_the_box_survives_a_reload(page, stub, asked):
    talking(page, stub)
    box(page).fill("a draft")
    choose(page, messages(page).first, "Edit")
    box(page).fill("Hello")
    if asked:
        with page.expect_event("load"):
            stub.close(4426)
    else:
        page.reload()
    expect(box(page)).to_have_value("Hello")
    expect(page.get_by_text("Edit your message")).to_be_visible()
    page.get_by_role("button", name="Save").click()
    expect(bubbles(page)).to_have_text(["Hello"])
    expect(box(page)).to_have_value("a draft")
    expect(own_state(page, "stored")).to_be_visible()
    (edit,) = stub.said("edit")
    assert (edit["target"], edit["revision"]) == (stub.sends()[0]["key"], 1)
    page.reload()
    expect(bubbles(page)).to_have_text(["Hello"])
    expect(box(page)).to_have_value("a draft")


def test_an_edit_that_was_given_up_stays_so(page, stub):
    talking(page, stub)
    editing(page, "Hello")
    assert kept_edit(page) is not None
    box(page).press("Escape")
    assert kept_edit(page) is None
    page.reload()
    expect(bubbles(page)).to_have_text(["Helo"])
    expect(page.get_by_role("button", name="Send")).to_be_visible()
    expect(box(page)).to_have_value("")


@pytest.mark.parametrize("reloading", [False, True])
@pytest.mark.parametrize("what", ["message", "conversation"])
def test_an_edit_goes_with_what_another_tab_takes_away(context, page, stub, what, reloading):
    talking(page, stub)
    other = context.new_page()
    other.goto(stub.url)
    expect(bubbles(other)).to_have_text(["Helo"])
    editing(page, "Hello")
    if reloading:
        page.goto("about:blank")
    if what == "message":
        choose(other, messages(other).first, "Delete")
        other.get_by_role("dialog").get_by_role("button", name="Delete").click()
        stub.wait(lambda: stub.said("delete"))
    else:
        other.get_by_role("button", name="More").click()
        other.get_by_role("button", name="Forget this conversation").click()
        other.get_by_role("dialog").get_by_role("button", name="Forget").click()
        expect(messages(other)).to_have_count(0)
    if reloading:
        page.goto(stub.url)
    expect(bubbles(page)).to_have_text(["Message deleted"] if what == "message" else [])
    expect(page.get_by_role("button", name="Send")).to_be_visible()
    expect(box(page)).to_have_value("")
    if what == "conversation":
        # Nothing of it loads the rest of the page before somebody writes.
        box(page).press_sequentially("x")
        expect(page.locator("#forget")).to_be_disabled()
    stub.wait(lambda: kept_edit(page) is None)
    assert stub.said("edit") == []


def test_an_edit_whose_answer_was_lost_is_made_once(page, stub):
    talking(page, stub)
    stub.lose_answers = True
    box(page).press("ArrowUp")
    write(page, "Hello")
    stub.wait(lambda: stub.said("edit"))
    stub.lose_answers = False
    stub.stop()
    stub.start()
    expect(own_state(page, "stored")).to_be_visible()
    assert len({edit["key"] for edit in stub.said("edit")}) == 1
    assert [event["kind"] for event in stub.only().events] == ["message", "edit"]


def test_what_is_edited_before_it_was_sent_is_sent_as_edited(page, stub):
    talking(page, stub, "first")
    stub.stop()
    write(page, "Helo")
    box(page).press("ArrowUp")
    write(page, "Hello")
    expect(bubbles(page)).to_have_text(["first", "Hello"])
    stub.start()
    expect(own_state(page, "stored")).to_have_count(2)
    assert stub.said("edit") == []
    assert [event["body"] for event in stub.only().events] == ["first", "Hello"]


def test_deleting_asks_first_and_leaves_a_mark(page, stub):
    talking(page, stub, "secret")
    choose(page, messages(page).first, "Delete")
    dialog = page.get_by_role("dialog", name="Delete this message?")
    dialog.get_by_role("button", name="Cancel").click()
    expect(bubbles(page)).to_have_text(["secret"])
    choose(page, messages(page).first, "Delete")
    dialog.get_by_role("button", name="Delete").click()
    expect(bubbles(page)).to_have_text(["Message deleted"])
    stub.wait(lambda: stub.said("delete"))
    assert stub.said("delete")[0]["target"] == stub.sends()[0]["key"]
    page.reload()
    expect(bubbles(page)).to_have_text(["Message deleted"])
    expect(own_state(page, "stored")).to_have_count(0)
    kept = page.evaluate("JSON.stringify({...localStorage})")
    assert "secret" not in kept.replace('"secret\\', "")


def test_what_is_deleted_before_it_was_sent_is_never_sent(page, stub):
    talking(page, stub, "first")
    stub.stop()
    write(page, "regretted")
    choose(page, messages(page).last, "Delete")
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(bubbles(page)).to_have_text(["first"])
    stub.start()
    write(page, "second")
    expect(own_state(page, "stored")).to_have_count(2)
    assert [event["body"] for event in stub.only().events] == ["first", "second"]
    assert outbox(page) == []


def test_two_tabs_show_the_same_edit_and_the_same_deletion(context, page, stub):
    talking(page, stub)
    other = context.new_page()
    other.goto(stub.url)
    expect(bubbles(other)).to_have_text(["Helo"])
    box(other).press("ArrowUp")
    write(other, "Hello")
    for tab in (page, other):
        expect(bubbles(tab)).to_have_text(["Hello"])
    choose(page, messages(page).first, "Delete")
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    for tab in (page, other):
        expect(bubbles(tab)).to_have_text(["Message deleted"])
    assert [event["kind"] for event in stub.only().events] == ["message", "edit", "deletion"]


def test_a_refused_edit_says_so_and_can_be_tried_again_or_given_up(page, stub):
    talking(page, stub)
    refusal = {"code": "field_invalid", "retry": False, "message": "no"}
    stub.refuse_send.extend([refusal, refusal])
    box(page).press("ArrowUp")
    write(page, "Hello")
    failed = own_state(page, "refused")
    expect(failed).to_contain_text("The change was not saved")
    expect(bubbles(page)).to_have_text(["Helo"])
    failed.get_by_role("button", name="Try again").click()
    stub.wait(lambda: len(stub.said("edit")) == 2)
    expect(failed).to_be_visible()
    failed.get_by_role("button", name="Delete").click()
    expect(own_state(page, "stored")).to_be_visible()
    expect(bubbles(page)).to_have_text(["Helo"])


@pytest.mark.parametrize("reloading", [False, True])
def test_the_teams_edits_and_deletions_are_applied(page, stub, reloading):
    talking(page, stub)
    one, two = stub.say("one"), stub.say("two")
    stub.team_does("edit", one, "newest", revision=7)
    stub.team_does("edit", one, "late", revision=3)
    stub.team_does("deletion", two)
    if reloading:
        page.evaluate(
            "addEventListener('pagehide', () => localStorage.removeItem('chatbox.cache'))"
        )
        page.reload()
    expect(bubbles(page)).to_have_text(["Helo", "newest", "Message deleted"])
    expect(messages(page).nth(1)).to_contain_text("edited")


def test_a_message_is_answered_and_the_answer_leads_to_it(page, stub):
    talking(page, stub)
    stub.say("Which colour?")
    for number in range(40):
        stub.say(f"message {number}")
    expect(bubbles(page)).to_have_count(42)
    question = messages(page).nth(1)
    choose(page, question, "Reply")
    expect(page.get_by_text("Reply to \u2068Anna\u2069")).to_be_visible()
    write(page, "Blue")
    expect(page.get_by_text("Reply to \u2068Anna\u2069")).to_be_hidden()
    stub.wait(lambda: len(stub.sends()) == 2)
    assert stub.sends()[1]["reply_to"] == stub.only().events[1]["id"]
    expect(bubbles(page).nth(1)).not_to_be_in_viewport()
    messages(page).last.get_by_role("button", name="Which colour?").click()
    expect(bubbles(page).nth(1)).to_be_in_viewport()


def test_a_message_that_answers_an_older_one_says_so(page, stub):
    talking(page, stub)
    stub.say("About that", reply_to=stub.only().events[0]["id"])
    expect(messages(page).last.get_by_role("button", name="\u2068You\u2069 Helo")).to_be_visible()
    stub.say("About something lost", reply_to="f" * 32)
    expect(messages(page).last).to_contain_text("An earlier message")
