"""What is kept on the device, and taken from it."""

from playwright.sync_api import expect

from pages import messages, own_state, write


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
    page.get_by_role("button", name="More").click()
    page.get_by_role("button", name="Forget this conversation").click()
    page.get_by_role("dialog").get_by_role("button", name="Forget").click()
    expect(messages(page)).to_have_count(0)
    assert page.evaluate("localStorage.length") == 0
    page.reload()
    expect(messages(page)).to_have_count(0)
    write(page, "someone else")
    expect(own_state(page, "stored")).to_be_visible()
    assert len(stub.conversations) == 2
