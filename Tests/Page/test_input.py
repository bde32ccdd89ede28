"""Keyboards, fingers and input methods."""

from playwright.sync_api import expect

from pages import box, bubbles, messages, own_state


def test_everything_works_by_keyboard_alone(page, stub):
    stub.refuse_send.append({"code": "field_invalid", "retry": False, "message": "no"})
    page.keyboard.type("line one")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("line two")
    page.keyboard.press("Enter")
    expect(own_state(page, "refused")).to_contain_text("line one")
    page.keyboard.press("Shift+Tab")
    expect(page.get_by_role("button", name="Delete")).to_be_focused()
    page.keyboard.press("Shift+Tab")
    expect(page.get_by_role("button", name="Try again")).to_be_focused()
    page.keyboard.press("Enter")
    expect(own_state(page, "stored")).to_be_visible()
    assert stub.only().events[0]["body"] == "line one\nline two"
    expect(box(page)).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Send")).to_be_focused()
    page.get_by_role("button", name="More").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(bubbles(page)).to_have_count(1)
    expect(box(page)).to_be_focused()


def test_enter_during_composition_does_not_send(page, stub):
    box(page).fill("にほ")
    for extra in ("isComposing: true", "keyCode: 229"):
        box(page).evaluate(
            "(box) => box.dispatchEvent(new KeyboardEvent('keydown',"
            "{key: 'Enter', bubbles: true, cancelable: true, %s}))" % extra
        )
    expect(box(page)).to_have_value("にほ")
    expect(messages(page)).to_have_count(0)


def test_on_a_touch_keyboard_enter_makes_a_line(browser, stub):
    phone = {"width": 320, "height": 568}
    context = browser.new_context(has_touch=True, is_mobile=True, viewport=phone)
    page = context.new_page()
    page.goto(stub.url)
    box(page).tap()
    page.keyboard.type("a")
    page.keyboard.press("Enter")
    page.keyboard.type("b")
    expect(box(page)).to_have_value("a\nb")
    page.get_by_role("button", name="Send").tap()
    expect(own_state(page, "stored")).to_be_visible()
    stub.say("https://example.org/" + "long" * 40)
    expect(bubbles(page)).to_have_count(2)
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    context.close()
