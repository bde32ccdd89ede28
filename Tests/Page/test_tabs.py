"""Several tabs of one visitor."""

from playwright.sync_api import expect

from pages import box, bubbles, outbox, own_state, write


def test_two_tabs_are_one_visitor_and_show_the_same(context, page, stub):
    other = context.new_page()
    other.goto(stub.url)
    write(page, "from the first")
    write(other, "from the second")
    for tab in (page, other):
        expect(bubbles(tab)).to_have_count(2)
        expect(own_state(tab, "stored")).to_have_count(2)
    stub.say("to both")
    for tab in (page, other):
        expect(bubbles(tab).last).to_have_text("to both")
    assert len(stub.conversations) == 1
    assert bubbles(page).all_inner_texts() == bubbles(other).all_inner_texts()


def test_two_tabs_that_write_the_first_message_at_once_are_one_visitor(context, page, stub):
    other = context.new_page()
    other.goto(stub.url)
    for tab in (page, other):
        box(tab).fill("at once")
    for tab in (page, other):
        tab.evaluate("setTimeout(() => document.querySelector('#send').click())")
    for tab in (page, other):
        expect(own_state(tab, "stored")).to_have_count(2)
    assert len(stub.conversations) == 1
    assert len(stub.only().events) == 2


def test_a_tab_that_closes_leaves_its_messages_to_the_other(context, page, stub):
    write(page, "one")
    expect(own_state(page, "stored")).to_be_visible()
    other = context.new_page()
    other.goto(stub.url)
    expect(bubbles(other)).to_have_text(["one"])
    stub.hold_answers = True
    write(page, "two")
    stub.wait(lambda: len(stub.sends()) == 2)
    stub.hold_answers = False
    page.close()
    expect(own_state(other, "stored")).to_have_count(2)
    assert [event["body"] for event in stub.only().events] == ["one", "two"]


def test_two_tabs_that_edit_a_message_at_once_agree_on_the_later_text(context, page, stub):
    write(page, "Helo")
    expect(own_state(page, "stored")).to_be_visible()
    other = context.new_page()
    other.goto(stub.url)
    expect(bubbles(other)).to_have_text(["Helo"])
    for tab, text in ((page, "one"), (other, "two")):
        box(tab).press("ArrowUp")
        box(tab).fill(text)
    for tab in (page, other):
        tab.evaluate("setTimeout(() => document.querySelector('#send').click())")
    # Both were said, and the one that was saved later stands in both tabs.
    stub.wait(lambda: {edit["body"] for edit in stub.said("edit")} == {"one", "two"})
    for tab in (page, other):
        expect(own_state(tab, "stored")).to_have_count(1)
    bodies = [event["body"] for event in stub.only().events if event["kind"] == "edit"]
    assert sorted(bodies) == ["one", "two"]
    for tab in (page, other):
        expect(bubbles(tab)).to_have_text([bodies[-1]])
    assert outbox(page) == []


def test_each_tab_keeps_what_stands_in_its_own_box(context, page, stub):
    other = context.new_page()
    other.goto(stub.url)
    box(page).fill("begun in the first")
    write(other, "sent from the second")
    expect(own_state(other, "stored")).to_be_visible()
    for tab, text in ((page, "begun in the first"), (other, "")):
        tab.reload()
        expect(box(tab)).to_have_value(text)
    page.close()
    third = context.new_page()
    third.goto(stub.url)
    expect(box(third)).to_have_value("begun in the first")
