"""What the page tells and is told beside messages: receipts, who types, what became of it all."""

import re

from playwright.sync_api import expect

from pages import box, bubbles, messages, own_state, write

AWAY = (
    "Object.defineProperty(document, 'hasFocus', "
    "{value: () => window.isHere === true, configurable: true})"
)


def talking(page, stub):
    write(page, "Hello")
    expect(own_state(page, "stored")).to_be_visible()


def come_back(page):
    page.evaluate("() => { window.isHere = true; window.dispatchEvent(new Event('focus')); }")


def test_what_is_here_and_what_is_seen_are_reported(page, stub):
    talking(page, stub)
    stub.say("answer")
    stub.wait(lambda: stub.only().reported == {"delivered_upto": 2, "seen_upto": 2})
    assert page.title() == "Chat with the team"


def test_what_came_meanwhile_is_counted_in_the_title_and_marked(context, stub):
    context.add_init_script(AWAY)
    page = context.new_page()
    page.goto(stub.url)
    talking(page, stub)
    stub.say("one")
    stub.say("two")
    expect(page).to_have_title("(2) Chat with the team")
    expect(page.locator(".divider")).to_have_text("New")
    stub.wait(lambda: stub.only().reported["delivered_upto"] == 3)
    assert stub.only().reported["seen_upto"] == 0
    come_back(page)
    expect(page).to_have_title("Chat with the team")
    stub.wait(lambda: stub.only().reported["seen_upto"] == 3)
    expect(page.locator(".divider")).to_be_visible()
    write(page, "I see")
    expect(page.locator(".divider")).to_have_count(0)


def test_what_came_while_the_page_was_closed_is_marked(context, page, stub):
    talking(page, stub)
    stub.say("seen")
    stub.wait(lambda: stub.only().reported["seen_upto"] == 2)
    page.goto("about:blank")
    stub.only().add("team", "new one")
    page.goto(stub.url)
    expect(bubbles(page)).to_have_text(["Hello", "seen", "new one"])
    expect(page.locator(".divider + article")).to_contain_text("new one")


def test_what_one_tab_has_seen_is_read_in_the_other(context, stub):
    context.add_init_script(AWAY)
    one, two = context.new_page(), context.new_page()
    one.goto(stub.url)
    two.goto(stub.url)
    talking(one, stub)
    stub.say("answer")
    for tab in (one, two):
        expect(tab).to_have_title("(1) Chat with the team")
    come_back(one)
    for tab in (one, two):
        expect(tab).to_have_title("Chat with the team")


def test_what_is_scrolled_out_of_sight_is_not_seen(page, stub):
    talking(page, stub)
    for number in range(40):
        stub.say(f"message {number}")
    stub.wait(lambda: stub.only().reported["seen_upto"] == 41)
    page.get_by_role("log").evaluate("log => { log.scrollTop = 0; }")
    expect(bubbles(page).first).to_be_in_viewport()
    stub.say("below")
    expect(page).to_have_title("(1) Chat with the team")
    assert stub.only().reported["seen_upto"] == 41
    page.get_by_role("button", name="New message").click()
    expect(page).to_have_title("Chat with the team")


def test_who_types_is_shown_outside_the_log_until_the_message_comes(page, stub):
    talking(page, stub)
    stub.push({"type": "typing", "name": "Sam"})
    typing = page.get_by_role("status").filter(has_text="is typing…")
    expect(typing).to_have_text("\u2068Sam\u2069 is typing…")
    assert "typing" not in page.get_by_role("log").inner_text()
    stub.say("here", {"id": "s", "name": "Sam"})
    expect(typing).to_have_count(0)


def test_that_the_visitor_types_is_said_now_and_then(page, stub):
    talking(page, stub)
    box(page).press_sequentially("a long thought", delay=10)
    stub.wait(lambda: stub.said("typing"))
    assert len(stub.said("typing")) == 1
    box(page).fill("")
    assert len(stub.said("typing")) == 1


def test_closed_and_opened_again_are_lines_and_writing_opens(page, stub):
    talking(page, stub)
    stub.team_does("close")
    expect(page.locator(".note")).to_have_text("\u2068Anna\u2069 closed the conversation")
    hint = page.get_by_text("This conversation is closed. Writing opens it again.")
    expect(hint).to_be_visible()
    write(page, "One more thing")
    expect(own_state(page, "stored")).to_have_count(2)
    expect(hint).to_be_hidden()
    stub.team_does("close")
    stub.team_does("reopen")
    expect(page.locator(".note").last).to_contain_text("opened the conversation again")
    expect(hint).to_be_hidden()


def test_a_blocked_visitor_is_told_and_keeps_the_text(page, stub):
    talking(page, stub)
    stub.push({"type": "state", "state": "blocked"})
    expect(page.get_by_text("you can’t write here any more")).to_be_visible()
    write(page, "still there?")
    expect(box(page)).to_have_value("still there?")
    assert len(stub.sends()) == 1
    stub.push({"type": "state", "state": "open"})
    box(page).press("Enter")
    expect(own_state(page, "stored")).to_have_count(2)


def test_an_undeliverable_message_tells_why_and_goes_again_on_request(page, stub):
    talking(page, stub)
    stub.receipt(delivered_upto=1, failed=[{"seq": 1, "reason": "the channel is full"}])
    failed = own_state(page, "undeliverable")
    expect(failed).to_contain_text("Couldn’t be delivered – the channel is full")
    failed.get_by_role("button", name="Try again").click()
    stub.wait(lambda: stub.said("requeue"))
    assert stub.said("requeue")[0]["seq"] == 1
    expect(own_state(page, "stored")).to_be_visible()
    stub.receipt(delivered_upto=2)
    expect(own_state(page, "delivered")).to_be_visible()


def test_an_absent_team_is_told_with_the_time_since_when(page, stub):
    talking(page, stub)
    stub.push({"type": "team", "up": False, "since": stub.team["since"]})
    banner = page.get_by_role("status").filter(has_text="the team can’t be reached just now")
    expect(banner).to_have_text(re.compile(r"\(since \d\d:\d\d\)\."))


def test_pictures_come_from_here_and_only_from_here(context, page, stub):
    talking(page, stub)
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    stub.say("red", {"id": "r", "name": "Rita Red", "avatar": "/avatar/red"})
    stub.say("gone", {"id": "g", "name": "Gus", "avatar": "/avatar/gone"})
    stub.say("evil", {"id": "e", "name": "Eve", "avatar": "https://evil.example/a.png"})
    expect(page.locator(".avatar img.loaded")).to_have_count(1)
    expect(page.locator(".avatar img")).to_have_count(1)
    expect(page.locator(".avatar").first).to_have_text("RR")
    size = page.locator(".avatar").first.bounding_box()
    assert (size["width"], size["height"]) == (34, 34)
    assert not any("evil" in url for url in asked)
    (missing,) = context.complaints
    assert "404" in missing
    context.complaints.clear()


def test_frames_that_make_no_sense_break_nothing(context, stub):
    page = context.new_page()
    page.goto(stub.url)
    talking(page, stub)
    wrong = {"seq": 2, "id": "x", "at": 1e300, "kind": [], "body": {}}
    for frame in (
        {"type": "events", "events": 7},
        {"type": "events", "events": [None, {}, wrong]},
        {"type": "receipt", "failed": "no", "seen_upto": "x"},
        {"type": "typing"},
        {"type": "welcome"},
        {"type": "weather", "secret words": "never logged"},
    ):
        stub.push(frame)
    write(page, "again")
    expect(own_state(page, "sending")).to_have_count(0)
    expect(messages(page).last).to_contain_text("again")
    # Said where a developer looks, without a word of what was in them.
    nonsense = "ChatBox: A frame made no sense"
    told = [text for text in context.complaints if text.startswith(nonsense)]
    assert len(told) == 3 and "never logged" not in str(told)
    for text in told:
        context.complaints.remove(text)
