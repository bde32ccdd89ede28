"""A stack and a browser for each test; a failing test shows what the processes said."""

import pytest
from playwright.sync_api import expect, sync_playwright

from lone_broker import LoneBroker
from operators import Operator
from stack import Stack
from visitors import PATIENCE, VisitorPage

expect.set_options(timeout=PATIENCE)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    outcome = yield
    report = outcome.get_result()
    stack = getattr(item, "funcargs", {}).get("stack")
    if report.failed and stack is not None:
        report.sections.append(("logs of the processes", stack.logs()))


@pytest.fixture(scope="session")
def browser():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox"]
        )
        yield browser
        browser.close()


@pytest.fixture
def stack(request):
    stack = Stack()
    try:
        stack.start()
        yield stack
    finally:
        stack.end()


@pytest.fixture
def broker():
    broker = LoneBroker()
    try:
        yield broker
    finally:
        broker.end()


@pytest.fixture
def context(browser):
    context = browser.new_context()
    yield context
    context.close()


@pytest.fixture
def visitor(context, stack):
    return VisitorPage(context, stack)


@pytest.fixture
def anna(stack):
    return Operator(stack, "Anna")
