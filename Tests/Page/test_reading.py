"""The list: older messages, new ones, and what has been seen."""

from playwright.sync_api import expect

from pages import bubbles, own_state, write


def test_older_messages_are_loaded_on_scrolling_up_and_nothing_jumps(page, stub):
    write(page, "first")
    expect(own_state(page, "stored")).to_be_visible()
    for number in range(250):
        stub.only().add("team", f"message {number}")
    page.evaluate("localStorage.removeItem('chatbox.cache')")
    stub.close(1012)
    page.evaluate("addEventListener('pagehide', () => localStorage.removeItem('chatbox.cache'))")
    page.reload()
    expect(bubbles(page).last).to_have_text("message 249")
    expect(bubbles(page)).to_have_count(100)
    log = page.get_by_role("log")
    assert log.evaluate("log => log.scrollHeight - log.scrollTop - log.clientHeight") < 2
    watched = bubbles(page).first
    text = watched.inner_text()
    log.evaluate("log => { log.scrollTop = 0; }")
    expect(bubbles(page)).to_have_count(200)
    expect(page.get_by_text(text, exact=True)).to_be_in_viewport()
    log.evaluate("log => { log.scrollTop = 0; }")
    expect(bubbles(page)).to_have_count(251)
    expect(bubbles(page).first).to_have_text("first")


def test_who_reads_older_messages_is_not_moved_by_new_ones(page, stub):
    write(page, "first")
    expect(own_state(page, "stored")).to_be_visible()
    for number in range(60):
        stub.say(f"message {number}")
    expect(bubbles(page)).to_have_count(61)
    log = page.get_by_role("log")
    expect(bubbles(page).last).to_be_in_viewport()
    log.evaluate("log => { log.scrollTop = 0; }")
    expect(bubbles(page).first).to_be_in_viewport()
    stub.say("new one")
    pill = page.get_by_role("button", name="New message")
    expect(pill).to_be_visible()
    expect(bubbles(page).first).to_be_in_viewport()
    pill.click()
    expect(page.get_by_text("new one")).to_be_in_viewport()
    expect(pill).to_be_hidden()


def test_days_have_a_line_and_groups_one_name(page, stub):
    write(page, "first")
    expect(own_state(page, "stored")).to_be_visible()
    now = stub.only().events[0]["at"]
    for minutes in (1, 2, 30):
        stub.say("text", at=now + minutes * 60_000)
    expect(bubbles(page)).to_have_count(4)
    expect(page.locator(".day").first).to_have_text("Today")
    visible = page.locator(".avatar")
    expect(visible).to_have_count(2)


def test_who_is_at_the_end_stays_there_when_something_takes_room(page, stub):
    page.set_viewport_size({"width": 375, "height": 600})
    write(page, "first")
    expect(own_state(page, "stored")).to_be_visible()
    for number in range(30):
        stub.say(f"message {number}")
    expect(bubbles(page)).to_have_count(31)
    stub.push({"type": "team", "up": False, "since": 1_700_000_000_000})
    stub.team_does("close")
    expect(page.locator("#banner.shown")).to_be_visible()
    expect(page.locator(".note")).to_be_in_viewport(ratio=1)
    log = page.get_by_role("log")
    assert log.evaluate("log => log.scrollHeight - log.scrollTop - log.clientHeight") < 2


def test_where_the_newest_events_are_all_changes_the_messages_are_shown_all_the_same(page, stub):
    write(page, "Hello")
    expect(own_state(page, "stored")).to_be_visible()
    answer = stub.say("an answer")
    for number in range(1, 250):
        stub.only().change("team", "edit", answer, f"edit {number}", number)
    page.evaluate("addEventListener('pagehide', () => localStorage.removeItem('chatbox.cache'))")
    page.reload()
    expect(bubbles(page)).to_have_text(["Hello", "edit 249"])
    assert [frame["before"] for frame in stub.said("history")] == [152, 52]
