"""Whether everybody can read and use it."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from pages import messages, own_state, write

LUMINANCE = """
(pairs) => {
  const channel = (value) => {
    const part = value / 255;
    return part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  };
  const canvas = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
  const luminance = (layers) => {
    canvas.clearRect(0, 0, 1, 1);
    for (const colour of layers) { canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1); }
    const [r, g, b] = canvas.getImageData(0, 0, 1, 1).data;
    return 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
  };
  const bad = [];
  for (const element of document.querySelectorAll('body *')) {
    const own = [...element.childNodes].some((n) => n.nodeType === 3 && n.data.trim() !== '');
    if (!own || !element.checkVisibility()) continue;
    const layers = [];
    for (let at = element; at; at = at.parentElement) {
      layers.unshift(getComputedStyle(at).backgroundColor);
    }
    const ground = luminance(layers);
    const text = luminance([...layers, getComputedStyle(element).color]);
    const ratio = (Math.max(ground, text) + 0.05) / (Math.min(ground, text) + 0.05);
    if (ratio < 4.5) bad.push([element.className || element.tagName, ratio]);
  }
  return bad;
}
"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_has_enough_contrast(page, stub, scheme):
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    stub.refuse_send.append({"code": "field_invalid", "retry": False, "message": "no"})
    write(page, "refused")
    expect(own_state(page, "refused")).to_be_visible()
    write(page, "stored")
    expect(own_state(page, "stored")).to_be_visible()
    for name in ("Anna", "Ben", "Carla", "Dora", "Emil"):
        stub.say("See https://example.org", {"id": name, "name": name})
    stub.push({"type": "team", "up": False})
    expect(page.locator("#banner.shown")).to_be_visible()
    assert page.evaluate(LUMINANCE) == []


@pytest.fixture
def crowded(stub):
    """Fills a page with everything that it can show."""

    def fill(page):
        stub.refuse_send.append({"code": "message_too_long", "retry": False, "message": "no"})
        write(page, "refused")
        expect(own_state(page, "refused")).to_be_visible()
        write(page, "stored")
        expect(own_state(page, "stored")).to_be_visible()
        first = stub.only().events[0]
        stub.say("**bold** `code` ||hidden|| [named](https://example.org)", format="markdown")
        stub.say("an answer", reply_to=first["id"])
        gone = stub.say("gone")
        stub.team_does("deletion", gone)
        stub.team_does("close")
        stub.receipt(delivered_upto=1, failed=[{"seq": 1, "reason": "the channel is full"}])
        stub.push({"type": "typing", "name": "Sam"})
        stub.push({"type": "team", "up": False, "since": 1_700_000_000_000})
        expect(page.locator("#banner.shown")).to_be_visible()
        expect(page.locator(".note")).to_be_visible()

    return fill


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1280])
def test_the_tools_of_others_find_no_barrier(context, stub, crowded, scheme, width):
    page = context.new_page()
    page.set_viewport_size({"width": width, "height": 800})
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    page.goto(stub.url)
    assert barriers(page) == []
    crowded(page)
    assert barriers(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    messages(page).nth(1).hover()
    messages(page).nth(1).get_by_role("button", name="Message options").click()
    assert barriers(page) == []
    page.get_by_role("button", name="Reply", exact=True).click()
    assert barriers(page) == []
    page.get_by_role("button", name="More").click()
    page.get_by_role("button", name="Forget this conversation").click()
    assert barriers(page) == []


def barriers(page):
    """What axe finds, in short."""
    found = Axe().run(page).response["violations"]
    return [(one["id"], [node["html"] for node in one["nodes"]]) for one in found]


def test_states_and_edits_of_messages_are_not_read_aloud_one_by_one(page, stub):
    write(page, "Hello")
    expect(own_state(page, "stored")).to_be_visible()
    log = page.get_by_role("log")
    assert log.get_attribute("aria-live") == "polite"
    assert log.get_attribute("aria-relevant") == "additions"
    expect(page.locator(".foot")).to_have_attribute("aria-live", "off")


def test_who_has_the_focus_in_a_message_keeps_it_when_its_state_changes(page, stub):
    write(page, "Hello")
    expect(own_state(page, "stored")).to_be_visible()
    options = page.get_by_role("button", name="Message options")
    options.focus()
    stub.receipt(delivered_upto=1)
    expect(own_state(page, "delivered")).to_be_visible()
    expect(options).to_be_focused()


def test_who_wants_no_motion_sees_none(page, stub):
    page.emulate_media(reduced_motion="reduce")
    write(page, "Hello")
    expect(own_state(page, "stored")).to_be_visible()
    names = page.evaluate(
        "[...document.querySelectorAll('*')].map((e) => getComputedStyle(e).animationName)"
    )
    assert set(names) == {"none"}
