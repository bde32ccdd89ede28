"""How tests find their way on the page."""

import json


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
    """What the device keeps under that name, as text; None if it keeps nothing."""
    return page.evaluate("name => localStorage.getItem('chatbox.' + name)", name)


def outbox(page):
    """What the device keeps of what isn't sent."""
    texts = page.evaluate(
        "() => Object.entries({...localStorage})"
        ".filter(([name]) => name.startsWith('chatbox.outbox.'))"
    )
    return [json.loads(text) for _, text in sorted(texts)]


def choose(page, message, label):
    """Presses what a message's menu offers under that name."""
    message.hover()
    message.get_by_role("button", name="Message options").click()
    page.get_by_role("button", name=label, exact=True).click()
