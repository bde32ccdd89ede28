"""The page speaks the visitor's language, in the visitor's direction."""

import pytest
from playwright.sync_api import expect

from conftest import Complaints
from pages import own_state


@pytest.fixture
def speaking(browser, stub):
    contexts = []

    def open_page(locale, **more):
        context = browser.new_context(locale=locale, **more)
        contexts.append((context, Complaints()))
        context.on("page", contexts[-1][1].watch)
        page = context.new_page()
        page.goto(stub.url)
        return page

    yield open_page
    for context, complaints in contexts:
        context.close()
        assert complaints == []


def test_german_is_spoken_to_who_reads_german(speaking, stub):
    page = speaking("de-DE")
    expect(page.get_by_role("heading", name="Hallo! Wie können wir helfen?")).to_be_visible()
    page.get_by_role("textbox", name="Nachricht").fill("Guten Tag")
    page.get_by_role("button", name="Senden").click()
    expect(own_state(page, "stored")).to_contain_text("Gespeichert")
    expect(page.locator(".day")).to_have_text("Heute")
    expect(page).to_have_title("Chat mit dem Team")
    assert page.locator("html").get_attribute("lang") == "de-DE"


def test_arabic_is_read_from_the_right(speaking, stub):
    page = speaking("ar")
    expect(page.locator("html")).to_have_attribute("dir", "rtl")
    expect(page.get_by_role("textbox")).to_have_css("direction", "rtl")
    page.get_by_role("textbox", name="الرسالة").fill("مرحبًا")
    page.get_by_role("button", name="إرسال").click()
    expect(own_state(page, "stored")).to_contain_text("محفوظة")
    stub.say("Hello")
    own, team = page.locator(".own .bubble"), page.locator(".team .bubble")
    expect(team).to_be_visible()
    assert own.bounding_box()["x"] < team.bounding_box()["x"]


def test_english_is_spoken_to_everybody_else(speaking, stub):
    page = speaking("fr-FR")
    expect(page.get_by_role("heading", name="Hello! How can we help?")).to_be_visible()
    assert page.locator("html").get_attribute("lang") == "en"


def test_a_language_that_cannot_be_loaded_leaves_english(context, stub):
    context.route("**/words/de.js", lambda route: route.abort())
    context.add_init_script("Object.defineProperty(navigator, 'languages', {value: ['de']})")
    page = context.new_page()
    page.goto(stub.url)
    page.get_by_role("textbox", name="Message").fill("Hello")
    page.get_by_role("button", name="Send").click()
    expect(own_state(page, "stored")).to_contain_text("Stored")
    context.complaints.clear()
