"""What is kept on the device, and taken from it."""

from playwright.sync_api import expect

from pages import box, bubbles, messages, own_state, write


def test_where_storage_is_blocked_the_chat_works_and_says_so(context, stub):
    context.add_init_script(
        "Object.defineProperty(window, 'localStorage', "
        "{get() { throw new DOMException('no', 'SecurityError'); }})"
    )
    page = context.new_page()
    page.goto(stub.url)
    write(page, "Hello")
    expect(own_state(page, "stored")).to_be_visible()
    expect(page.get_by_text("doesn’t let the page keep everything")).to_be_visible()
    stub.close(1012)
    write(page, "again")
    expect(own_state(page, "stored")).to_have_count(2)
    assert len(stub.conversations) == 1


def test_forgetting_empties_the_device(page, stub):
    write(page, "secret matter")
    expect(own_state(page, "stored")).to_be_visible()
    box(page).fill("more of it")
    page.get_by_role("button", name="More").click()
    page.get_by_role("button", name="Forget this conversation").click()
    page.get_by_role("dialog").get_by_role("button", name="Forget").click()
    expect(messages(page)).to_have_count(0)
    assert page.evaluate("localStorage.length") == 0
    assert "more of it" not in page.evaluate("JSON.stringify({...sessionStorage})")
    page.reload()
    expect(messages(page)).to_have_count(0)
    expect(box(page)).to_have_value("")
    write(page, "someone else")
    expect(own_state(page, "stored")).to_be_visible()
    assert len(stub.conversations) == 2


def test_a_storage_that_another_page_empties_is_told_and_survived(context, page, stub):
    write(page, "old")
    expect(own_state(page, "stored")).to_be_visible()
    stub.stop()
    write(page, "unsent")
    stub.start()
    stub.hold_welcome = True
    other = context.new_page()
    other.goto(stub.url + "favicon.svg")
    other.evaluate("localStorage.clear()")
    expect(page.get_by_text("The browser’s storage was cleared.")).to_be_visible()
    expect(bubbles(page)).to_have_text(["unsent"])
    stub.hold_welcome = False
    stub.close(1012)
    expect(own_state(page, "stored")).to_be_visible()
    assert len(stub.conversations) == 2
    context.complaints.clear()  # The other page has no icon.


def test_a_storage_that_is_full_is_told_and_survived(page, stub):
    write(page, "Hello")
    expect(own_state(page, "stored")).to_be_visible()
    stub.hold_answers = True
    page.evaluate(
        "() => { for (let size = 2 ** 22; size >= 1; size /= 2) for (let n = 0; n < 3; n += 1) {"
        " try { localStorage.setItem('other' + size + '.' + n, 'x'.repeat(size)); } catch {} } }"
    )
    # More than the copy of the conversation leaves when it makes room.
    write(page, "long " * 500)
    expect(page.get_by_text("doesn’t let the page keep everything")).to_be_visible()
    stub.hold_answers = False
    stub.close(1012)
    expect(own_state(page, "stored")).to_have_count(2)
    assert len(stub.conversations) == 1


def test_a_device_that_kept_rubbish_is_told_and_survived(page, stub):
    page.evaluate(
        "() => { for (const name of ['identity', 'cache', 'reached', 'outbox.1', 'draft'])"
        " localStorage.setItem('chatbox.' + name, '{\"half'); }"
    )
    page.reload()
    expect(page.get_by_text("can’t be opened any more")).to_be_visible()
    write(page, "Hello")
    expect(own_state(page, "stored")).to_be_visible()
