"""The sandbox's page for operators, in a browser."""

import json
import urllib.request

import pytest
from playwright.sync_api import expect, sync_playwright

FORUM = "1000000000000000002"
CHROMIUM = "/usr/bin/chromium"
# What a step may take on a busy machine, in milliseconds.
PATIENCE = 60_000


@pytest.fixture
def page(sandbox):
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        try:
            page = browser.new_page()
            page.set_default_timeout(PATIENCE)
            expect.set_options(timeout=PATIENCE)
            problems = []
            page.on("pageerror", lambda error: problems.append(str(error)))
            page.goto(sandbox.origin)
            yield page
            assert problems == []
        finally:
            browser.close()


def ask(sandbox, method, path, body=None, who="Bot any"):
    request = urllib.request.Request(
        f"{sandbox.api}{path}",
        method=method,
        data=None if body is None else json.dumps(body).encode(),
        headers={"Content-Type": "application/json", "Authorization": who},
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.loads(answer.read() or b"null")


def visitor_writes(sandbox):
    """A post of the bot's with a visitor's message; the post's id."""
    card = {"name": "Visitor 7", "message": {"embeds": [{"title": "A new visitor"}]}}
    post = ask(sandbox, "POST", f"/channels/{FORUM}/threads", card)["id"]
    ask(sandbox, "POST", f"/channels/{post}/messages", {"content": "<b>Hello</b> \\*there\\*"})
    return post


def messages(sandbox, post):
    """Authors' kinds and texts, oldest first."""
    found = ask(sandbox, "GET", f"/channels/{post}/messages?limit=100")
    return [message["content"] for message in reversed(found)]


def test_an_operator_answers_edits_reacts_and_deletes(sandbox, page):
    post = visitor_writes(sandbox)
    page.get_by_role("button", name="Visitor 7").click()
    log = page.get_by_role("log", name="Messages")
    first = log.get_by_role("listitem").filter(has_text="<b>Hello</b> *there*").first
    expect(first).to_be_visible()

    first.get_by_role("button", name="Reply").click()
    page.get_by_role("textbox", name="Message").fill("Good dya")
    page.get_by_role("button", name="Send", exact=True).click()
    mine = log.get_by_role("listitem").filter(has_text="in reply to")
    expect(mine).to_contain_text("Good dya")

    mine.get_by_role("button", name="Edit").click()
    expect(page.get_by_role("textbox", name="Message")).to_have_value("Good dya")
    page.get_by_role("textbox", name="Message").fill("Good day")
    page.keyboard.press("Enter")
    expect(mine).to_contain_text("Good day")
    expect(mine).to_contain_text("(edited)")
    assert messages(sandbox, post)[-1] == "Good day"

    first.get_by_role("button", name="React 👍").click()
    given = first.get_by_role("button", name="👍 1")
    expect(given).to_have_attribute("aria-pressed", "true")
    given.click()
    expect(given).to_have_count(0)

    expect(first.get_by_role("button", name="Edit")).to_have_count(0)
    mine.get_by_role("button", name="Delete").click()
    expect(mine).to_have_count(0)
    assert len(messages(sandbox, post)) == 2


def test_an_operator_sees_what_others_do(sandbox, page):
    post = visitor_writes(sandbox)
    page.get_by_role("button", name="Visitor 7").click()
    log = page.get_by_role("log", name="Messages")
    expect(log).to_contain_text("*there*")
    ask(sandbox, "POST", f"/channels/{post}/typing")
    expect(page.get_by_text("The visitor is typing …")).to_be_visible()
    sent = ask(sandbox, "POST", f"/channels/{post}/messages", {"content": "One"})["id"]
    expect(log).to_contain_text("One")
    expect(page.get_by_text("The visitor is typing …")).to_have_count(0)
    path = f"/channels/{post}/messages/{sent}"
    ask(sandbox, "PATCH", path, {"content": "Two"})
    expect(log).to_contain_text("Two")
    ask(sandbox, "PUT", f"{path}/reactions/%E2%9C%85/@me")
    expect(log.get_by_role("button", name="✅ 1")).to_have_attribute("aria-pressed", "false")
    ask(sandbox, "DELETE", path)
    expect(log).not_to_contain_text("Two")


def test_an_operator_closes_reopens_and_deletes_a_post(sandbox, page):
    post = visitor_writes(sandbox)
    page.get_by_role("button", name="Visitor 7").click()
    page.get_by_role("button", name="Close", exact=True).click()
    reopen = page.get_by_role("button", name="Reopen", exact=True)
    expect(reopen).to_be_visible()
    assert ask(sandbox, "GET", f"/channels/{post}")["thread_metadata"]["archived"]
    reopen.click()
    expect(page.get_by_role("button", name="Close", exact=True)).to_be_visible()
    page.get_by_role("button", name="Delete post").click()
    page.get_by_role("button", name="Really delete this post?").click()
    expect(page.get_by_role("heading", name="Choose a post")).to_be_visible()
    expect(page.get_by_role("button", name="Visitor 7")).to_have_count(0)
