"""What is loaded, and when."""

from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from pages import box, bubbles, outbox, own_state, write


def test_the_page_shows_the_chat_at_once_and_connects_to_nothing(page, stub):
    expect(page.get_by_role("log", name="Conversation")).to_be_visible()
    expect(page.get_by_role("button", name="Send")).to_be_visible()
    expect(page.get_by_role("heading", name="Hello! How can we help?")).to_be_visible()
    expect(box(page)).to_be_focused()
    assert page.evaluate("localStorage.length") == 0
    assert page.context.cookies() == []
    assert stub.frames == []


def loaded(context, stub, act=lambda page: None):
    """The paths of everything that a new page asks for, until it asks for nothing more."""
    page = context.new_page()
    urls = []
    page.on("request", lambda request: urls.append(request.url))
    page.goto(stub.url, wait_until="networkidle")
    act(page)
    assert {urlsplit(url).netloc for url in urls} == {urlsplit(stub.url).netloc}
    return {urlsplit(url).path for url in urls} - {"/ws"} | {"/favicon.svg"}


@pytest.mark.parametrize("language", ["en", "de", "ar"])
def test_the_first_load_is_small_and_ours(context, stub, first_load, language):
    context.add_init_script(
        f"Object.defineProperty(navigator, 'languages', {{value: ['{language}']}})"
    )
    paths = loaded(context, stub)
    assert f"/js/words/{language}.js" in paths and "/js/main.js" in paths
    assert first_load(paths) <= 25_000


def test_a_conversation_loads_not_much_more(context, stub, first_load):
    def talk(page):
        write(page, "Hello")
        expect(own_state(page, "stored")).to_be_visible()

    paths = loaded(context, stub, talk)
    assert "/js/session.js" in paths
    # Was 55,000 until an edit outlived a reload (about 1,100), tabs told which database has what
    # they sent (350), and session.js, too long to read, became two (700: each file is compressed
    # by itself). Nobody who only looks at the page loads any of it.
    assert first_load(paths) <= 57_000


def test_what_is_sent_before_the_rest_is_loaded_is_kept_and_goes_out(context, stub):
    page = context.new_page()
    page.goto(stub.url, wait_until="networkidle")
    stub.stop()
    write(page, "Hello")
    expect(page.get_by_text("Connecting… your messages are kept")).to_be_visible()
    write(page, "again")
    assert [entry["body"] for entry in outbox(page)] == ["Hello", "again"]
    stub.start()
    expect(bubbles(page)).to_have_text(["Hello", "again"])
    expect(own_state(page, "stored")).to_have_count(2)
    assert [event["body"] for event in stub.only().events] == ["Hello", "again"]
    context.complaints.clear()


def test_a_page_that_does_not_fit_the_servers_files_is_loaded_anew_once(context, stub):
    # As after an update: what is loaded now asks for what the older rest doesn't have.
    loads, asked = [], []

    def answer(route):
        asked.append(1)
        if len(asked) > 1:
            return route.continue_()
        body = 'import { nothing } from "./memory.js";'
        return route.fulfill(content_type="text/javascript", body=body)

    context.route("**/js/app.js", answer)
    page = context.new_page()
    page.on("load", lambda: loads.append(1))
    page.goto(stub.url)
    write(page, "Hello")
    expect(bubbles(page)).to_have_text(["Hello"], timeout=20_000)
    expect(own_state(page, "stored")).to_be_visible()
    assert len(loads) == 2
    context.complaints.clear()


def test_a_newer_page_is_loaded_when_nothing_is_being_typed(page, stub):
    loads = []
    page.on("load", lambda: loads.append(1))
    write(page, "Hello")
    expect(own_state(page, "stored")).to_be_visible()
    box(page).fill("half a thought")
    stub.page_version = "1" * 16
    stub.close(1012)
    stub.wait(lambda: len(stub.hellos()) == 2)
    stub.say("something happens")
    expect(bubbles(page)).to_have_count(2)
    assert loads == []
    box(page).fill("")
    stub.say("and more")
    stub.wait(lambda: len(stub.hellos()) == 3)
    expect(bubbles(page)).to_have_count(3)
    assert len(loads) == 1
    # Another server behind the same address, still with the older files: no game of ping-pong.
    for version in ("0" * 16, "1" * 16):
        stub.page_version = version
        stub.close(1012)
        stub.say("x")
    expect(bubbles(page)).to_have_count(5)
    assert len(loads) <= 2


def test_a_server_that_asks_for_a_newer_page_gets_one_try(page, stub):
    loads = []
    page.on("load", lambda: loads.append(1))
    write(page, "Hello")
    expect(own_state(page, "stored")).to_be_visible()
    stub.close(4426)
    stub.wait(lambda: len(stub.hellos()) == 2)
    stub.close(4426)
    expect(page.get_by_text("Reconnecting… your messages are kept")).to_be_visible()
    assert len(loads) == 1
