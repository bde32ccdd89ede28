"""What messages may hold."""

from playwright.sync_api import expect

from pages import bubbles, messages, own_state, write


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
