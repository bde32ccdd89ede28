"""What is loaded, and when."""

from urllib.parse import urlsplit

from playwright.sync_api import expect

from pages import box


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
