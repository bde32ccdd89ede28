"""One Chromium for all tests, a stub server and a clean browser profile for each."""

import gzip
import pathlib

import pytest
from playwright.sync_api import expect, sync_playwright

from stub import STATIC, Stub

CHROMIUM = "/usr/bin/chromium"
# Milliseconds in which a page does what it does in a moment, where much else runs beside it.
PATIENCE = 30_000
expect.set_options(timeout=PATIENCE)


@pytest.fixture(scope="session")
def browser():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def stub():
    stub = Stub()
    stub.start()
    yield stub
    stub.end()


class Complaints(list):
    """What the browser complained about; a refused connection is part of some tests."""

    def watch(self, page):
        page.on("pageerror", lambda error: self.append(str(error)))
        page.on("console", self._heard)

    def _heard(self, message):
        if message.type in ("error", "warning") and "WebSocket connection" not in message.text:
            self.append(message.text)


@pytest.fixture
def context(browser, stub):
    context = browser.new_context(locale="en-GB")
    context.set_default_timeout(PATIENCE)
    complaints = Complaints()
    context.on("page", complaints.watch)
    context.complaints = complaints
    yield context
    context.close()
    assert complaints == [], "the browser complained, perhaps of the content policy"


@pytest.fixture
def page(context, stub):
    page = context.new_page()
    page.goto(stub.url)
    return page


@pytest.fixture
def first_load():
    """The bytes of everything that the page loads first, each file gzipped."""

    def measure(paths):
        files = [STATIC / ("index.html" if path == "/" else path.lstrip("/")) for path in paths]
        return sum(len(gzip.compress(pathlib.Path(file).read_bytes(), 9)) for file in files)

    return measure
