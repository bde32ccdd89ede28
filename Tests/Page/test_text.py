"""What messages may hold."""

import pytest
from playwright.sync_api import expect

from pages import box, bubbles, messages, own_state, write

HOSTILE = (
    "<img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script>\n"
    "<a href='javascript:document.title=1'>x</a> javascript:alert(1) \u202etxt.exe\u202c &lt;b&gt; "
    "https://example.org/?q=<b>&x='y'"
)


def test_hostile_text_is_text(page, stub):
    write(page, HOSTILE)
    expect(own_state(page, "stored")).to_be_visible()
    stub.say(HOSTILE, {"id": "<b>", "name": "<img src=x onerror=alert(1)>\u202e"})
    expect(bubbles(page)).to_have_text([HOSTILE, HOSTILE])
    expect(messages(page).last).to_contain_text("<img src=x onerror=alert(1)>")
    assert page.locator("#messages :is(img, script, b)").count() == 0
    assert page.title() == "Chat with the team"
    links = page.locator(".bubble a")
    expect(links).to_have_count(2)
    expect(links.first).to_have_attribute("href", "https://example.org/?q=")
    expect(links.first).to_have_attribute("rel", "noopener noreferrer nofollow ugc")


def test_text_from_right_to_left_keeps_to_its_bubble(page, stub):
    write(page, "\u202eabc")
    expect(own_state(page, "stored")).to_be_visible()
    stub.say("שלום עולם")
    expect(bubbles(page)).to_have_count(2)
    directions = bubbles(page).evaluate_all("all => all.map(b => getComputedStyle(b).unicodeBidi)")
    assert directions == ["plaintext", "plaintext"]
    page.evaluate("document.documentElement.dir = 'rtl'")
    own, team = bubbles(page).nth(0).bounding_box(), bubbles(page).nth(1).bounding_box()
    assert own["x"] < team["x"], "the visitor's side is the left one now"


def test_markdown_is_shown_as_the_team_sees_it(page, stub):
    write(page, "**mine stays as typed**")
    expect(own_state(page, "stored")).to_be_visible()
    stub.say(
        "**bold** *it* `x < y` ||boo|| <script>x</script>\n> quote\n- point\n```\npre\n```"
        "[named](https://example.org/) https://example.com/a_b_c",
        format="markdown",
    )
    team = bubbles(page).last
    expect(team.locator("strong")).to_have_text("bold")
    expect(team.locator("code")).to_have_text("x < y")
    expect(team.locator("blockquote")).to_have_text("quote")
    expect(team.locator("pre")).to_have_text("pre")
    expect(team.get_by_role("link", name="named")).to_have_attribute("href", "https://example.org/")
    expect(team.get_by_role("link").last).to_have_attribute("href", "https://example.com/a_b_c")
    expect(team).to_contain_text("<script>x</script>")
    covered = team.get_by_role("button", name="Show what is hidden")
    covered.click()
    expect(covered).to_have_count(0)
    expect(team).to_contain_text("boo")
    expect(bubbles(page).first).to_have_text("**mine stays as typed**")


@pytest.mark.parametrize("body", [
    "x" * 4_000,
    "\u0301" * 2_000 + "a" + "\u0489" * 1_000,
    "\u202e\u2066" * 500 + "txt.exe",
    "\n".join(["line"] * 300),
    "\ufdfd" * 200,
])
def test_no_text_breaks_the_page(page, stub, body):
    page.set_viewport_size({"width": 320, "height": 568})
    write(page, "Hello")
    expect(own_state(page, "stored")).to_be_visible()
    stub.say(body, {"id": "z", "name": "\u202e" + "Z\u0301" * 60})
    expect(bubbles(page)).to_have_count(2)
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    bubble, log = bubbles(page).last.bounding_box(), page.get_by_role("log").bounding_box()
    assert bubble["x"] >= log["x"] and bubble["x"] + bubble["width"] <= log["x"] + log["width"]
    expect(box(page)).to_be_in_viewport()
    assert "\u202e" not in messages(page).last.locator(".author").inner_text()


def test_a_pile_of_marks_is_sent_as_written_and_shown_cut(page, stub):
    piled = "a" + "\u0301" * 900 + "b"
    write(page, piled)
    expect(own_state(page, "stored")).to_be_visible()
    assert stub.only().events[0]["body"] == piled
    stub.say(piled)
    expect(bubbles(page)).to_have_text(["a" + "\u0301" * 8 + "b"] * 2)


def test_nothing_but_what_has_no_width_is_not_sent(page, stub):
    write(page, "\u200b\u2060 \ufeff")
    expect(messages(page)).to_have_count(0)
    assert stub.frames == []
