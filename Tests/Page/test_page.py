"""The visitor's page in a real browser, against a server that does as each test asks."""

import json
import re
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect


def box(page):
    return page.get_by_role("textbox", name="Message")


def write(page, text):
    box(page).fill(text)
    box(page).press("Enter")


def messages(page):
    return page.get_by_role("log").get_by_role("article")


def bubbles(page):
    return page.locator("article .bubble")


def own_state(page, state):
    return page.locator(f"article.own[data-state={state}]")


def stored(page, name):
    return page.evaluate("name => localStorage.getItem('chatbox.' + name)", name)


def test_the_page_shows_the_chat_at_once_and_connects_to_nothing(page, stub):
    expect(page.get_by_role("log", name="Conversation")).to_be_visible()
    expect(page.get_by_role("button", name="Send")).to_be_visible()
    expect(page.get_by_role("heading", name="Hello! How can we help?")).to_be_visible()
    expect(box(page)).to_be_focused()
    assert page.evaluate("localStorage.length") == 0
    assert page.context.cookies() == []
    assert stub.frames == []


def test_the_first_load_is_small_and_ours(context, stub, first_load):
    page = context.new_page()
    urls = []
    page.on("request", lambda request: urls.append(request.url))
    page.goto(stub.url, wait_until="networkidle")
    assert {urlsplit(url).netloc for url in urls} == {urlsplit(stub.url).netloc}
    paths = {urlsplit(url).path for url in urls} | {"/favicon.svg"}
    assert first_load(paths) <= 25_000


def test_a_message_is_shown_sent_and_answered(page, stub):
    write(page, "Hello\nthere")
    expect(bubbles(page)).to_have_text(["Hello\nthere"])
    expect(own_state(page, "stored")).to_contain_text("Stored")
    expect(box(page)).to_have_value("")
    expect(box(page)).to_be_focused()
    stub.say("Good morning", {"id": "a", "name": "Anna Schmidt"})
    expect(bubbles(page)).to_have_text(["Hello\nthere", "Good morning"])
    expect(messages(page).last).to_contain_text("Anna Schmidt")
    expect(messages(page).first).to_contain_text("You")
    assert stub.only().events[0]["body"] == "Hello\nthere"


def test_a_bubble_appears_within_a_tenth_of_a_second(page, stub):
    stub.hold_welcome = True
    box(page).fill("quick")
    took = page.evaluate(
        """() => new Promise((resolve) => {
          const started = performance.now();
          new MutationObserver((_, observer) => {
            if (document.querySelector('article.own') === null) return;
            observer.disconnect();
            resolve(performance.now() - started);
          }).observe(document.body, {childList: true, subtree: true});
          document.querySelector('#send').click();
        })"""
    )
    assert took < 100
    expect(own_state(page, "sending")).to_contain_text("Sending…")


def test_the_states_of_the_last_own_message_are_told_in_words(page, stub):
    write(page, "one")
    expect(own_state(page, "stored")).to_contain_text("Stored")
    stub.receipt(delivered_upto=1)
    expect(own_state(page, "delivered")).to_contain_text("Delivered")
    stub.receipt(seen_upto=1)
    expect(own_state(page, "seen")).to_contain_text("Seen")
    write(page, "two")
    expect(page.locator(".foot")).to_have_count(1)
    stub.receipt(failed=[{"seq": 2, "reason": "too long"}])
    expect(own_state(page, "undeliverable")).to_contain_text("Couldn’t be delivered")


def test_a_reload_shows_the_history_and_goes_on(page, stub):
    write(page, "before")
    expect(own_state(page, "stored")).to_be_visible()
    stub.say("answer")
    expect(bubbles(page)).to_have_text(["before", "answer"])
    page.reload()
    expect(bubbles(page)).to_have_text(["before", "answer"])
    stub.wait(lambda: len(stub.hellos()) == 2)
    hello = stub.hellos()[1]
    assert hello["create"] is False and hello["visitor"] == stub.hellos()[0]["visitor"]
    assert hello["from"]["seq"] == 2
    write(page, "after")
    expect(own_state(page, "stored").last).to_contain_text("Stored")
    assert [event["body"] for event in stub.only().events] == ["before", "answer", "after"]


def test_a_server_that_goes_away_and_comes_back_loses_nothing(page, stub):
    write(page, "one")
    expect(own_state(page, "stored")).to_be_visible()
    stub.stop()
    write(page, "two")
    write(page, "three")
    expect(page.get_by_text("Reconnecting… your messages are kept")).to_be_visible()
    expect(own_state(page, "sending")).to_have_count(2)
    # A reload without the application's server shows what is known: only the page must be served.
    stub.hold_welcome = True
    stub.start()
    page.reload()
    expect(bubbles(page)).to_have_text(["one", "two", "three"])
    stub.hold_welcome = False
    stub.close(1013)
    expect(own_state(page, "sending")).to_have_count(0)
    expect(page.get_by_text("your messages are kept")).to_have_count(0)
    assert [event["body"] for event in stub.only().events] == ["one", "two", "three"]


def test_a_message_whose_answer_was_lost_is_stored_once(page, stub):
    write(page, "first")
    expect(own_state(page, "stored")).to_be_visible()
    stub.hold_answers = True
    write(page, "doubtful")
    stub.wait(lambda: len(stub.sends()) == 2)
    stub.hold_answers = False
    stub.close(1012)
    expect(own_state(page, "sending")).to_have_count(0)
    assert len({send["key"] for send in stub.sends() if send["body"] == "doubtful"}) == 1
    assert [event["body"] for event in stub.only().events] == ["first", "doubtful"]


def test_try_now_connects_at_once(page, stub):
    write(page, "one")
    expect(own_state(page, "stored")).to_be_visible()
    stub.stop()
    button = page.get_by_role("button", name="Try now")
    expect(button).to_be_visible()
    stub.start()
    button.click()
    expect(button).to_be_hidden()
    expect(box(page)).to_be_focused()


def test_an_absent_team_is_told_honestly(page, stub):
    write(page, "anybody there?")
    expect(own_state(page, "stored")).to_be_visible()
    stub.push({"type": "team", "up": False})
    banner = page.get_by_role("status").filter(has_text="the team can’t be reached just now")
    expect(banner).to_be_visible()
    stub.push({"type": "team", "up": True})
    expect(banner).to_have_count(0)


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


def test_a_refused_message_says_so_and_lets_the_next_go(page, stub):
    stub.refuse_send.append({"code": "field_invalid", "retry": False, "message": "no"})
    write(page, "bad")
    failed = own_state(page, "refused")
    expect(failed).to_contain_text("Not sent")
    write(page, "good")
    expect(own_state(page, "stored")).to_be_visible()
    assert [event["body"] for event in stub.only().events] == ["good"]
    page.reload()
    expect(failed).to_contain_text("Not sent")
    failed.get_by_role("button", name="Try again").click()
    expect(own_state(page, "stored")).to_have_count(2)
    assert len({send["key"] for send in stub.sends() if send["body"] == "bad"}) == 1


def test_a_refused_message_can_be_deleted(page, stub):
    stub.refuse_send.append({"code": "field_invalid", "retry": False, "message": "no"})
    write(page, "bad")
    own_state(page, "refused").get_by_role("button", name="Delete").click()
    expect(messages(page)).to_have_count(0)
    page.reload()
    expect(page.get_by_role("heading", name="Hello! How can we help?")).to_be_visible()


def test_nothing_overtakes_a_message_that_is_to_be_tried_again(page, stub):
    later = {"code": "storage_full", "retry": True, "retry_after_ms": 300, "message": "later"}
    stub.refuse_send.extend([later, later])
    write(page, "one")
    write(page, "two")
    expect(own_state(page, "stored")).to_have_count(2)
    assert [send["body"] for send in stub.sends()] == ["one", "one", "one", "two"]


@pytest.mark.parametrize("code, name", [(4410, "conversation_gone"), (4401, "credential_refused")])
def test_a_lost_conversation_is_said_once_and_unsent_text_starts_a_new_one(page, stub, code, name):
    write(page, "old")
    expect(own_state(page, "stored")).to_be_visible()
    old = json.loads(stored(page, "identity"))
    stub.hold_answers = True
    write(page, "unsent")
    box(page).fill("half written")
    stub.wait(lambda: len(stub.sends()) == 2)
    stub.refuse_hello.append((code, name))
    stub.hold_answers = False
    stub.close(1012)
    notice = page.get_by_text("can’t be opened any more")
    expect(notice).to_be_visible()
    expect(bubbles(page)).to_have_text(["unsent"])
    expect(own_state(page, "stored")).to_be_visible()
    new = json.loads(stored(page, "identity"))
    assert new["visitor"] != old["visitor"] and new["secret"] != old["secret"]
    assert [event["body"] for event in stub.conversations[new["visitor"]].events] == ["unsent"]
    expect(box(page)).to_have_value("half written")
    page.get_by_role("button", name="Dismiss").click()
    expect(notice).to_be_hidden()
    page.reload()
    expect(bubbles(page)).to_have_text(["unsent"])
    expect(notice).to_be_hidden()


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


def test_where_storage_is_blocked_the_chat_works_and_says_so(context, stub):
    context.add_init_script(
        "Object.defineProperty(window, 'localStorage', "
        "{get() { throw new DOMException('no', 'SecurityError'); }})"
    )
    page = context.new_page()
    page.goto(stub.url)
    write(page, "Hello")
    expect(own_state(page, "stored")).to_be_visible()
    expect(page.get_by_text("doesn’t let the page keep anything")).to_be_visible()
    stub.close(1012)
    write(page, "again")
    expect(own_state(page, "stored")).to_have_count(2)
    assert len(stub.conversations) == 1


def test_the_draft_survives_a_reload(page, stub):
    box(page).fill("half a thought")
    page.reload()
    expect(box(page)).to_have_value("half a thought")
    box(page).press("Enter")
    expect(own_state(page, "stored")).to_be_visible()
    page.reload()
    expect(box(page)).to_have_value("")


def test_a_text_that_is_too_long_is_kept_and_not_sent(page, stub):
    box(page).fill("x" * 4001)
    expect(page.get_by_text("1 character too long")).to_be_visible()
    box(page).press("Enter")
    expect(box(page)).to_have_value("x" * 4001)
    expect(messages(page)).to_have_count(0)
    box(page).fill("x" * 4000)
    expect(page.get_by_text("0 characters left")).to_be_visible()
    box(page).press("Enter")
    expect(own_state(page, "stored")).to_be_visible()


def test_what_would_break_the_wire_is_cleaned(page, stub):
    box(page).evaluate(
        "(box) => { box.value = 'nul\\u0000 half \\ud800 pair\\r\\n'; "
        "box.dispatchEvent(new Event('input')); }"
    )
    box(page).press("Enter")
    expect(own_state(page, "stored")).to_be_visible()
    assert stub.only().events[0]["body"] == "nul half \ufffd pair"


def test_blank_text_is_not_sent(page, stub):
    write(page, "  \n ")
    expect(messages(page)).to_have_count(0)
    assert stub.frames == []


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


def test_the_secret_is_only_in_the_first_frame(page, stub):
    urls = []
    page.on("websocket", lambda socket: urls.append(socket.url))
    write(page, "Hello")
    expect(own_state(page, "stored")).to_be_visible()
    secret = json.loads(stored(page, "identity"))["secret"]
    assert re.fullmatch(r"[A-Za-z0-9_-]{43}", secret)
    assert all(secret not in url for url in urls) and urls
    assert [f["type"] for f in stub.frames if secret in json.dumps(f)] == ["hello"]


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
