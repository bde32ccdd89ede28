"""What several of these tests need: Discord's description, and who asks the sandbox."""

import pytest

from openapi import ABSENT, OpenAPI, path_of_document
from processes import Sandbox
from questions import Asker


@pytest.fixture(scope="session")
def openapi():
    path = path_of_document()
    if path is None:
        pytest.skip(ABSENT)
    return OpenAPI(path)


@pytest.fixture
def sandbox():
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def ask(sandbox):
    return Asker(sandbox)
