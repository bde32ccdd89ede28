"""The README's gateway, compiled as it stands there, in a box that is neither web nor Discord."""

import os
import pathlib
import signal
import subprocess
import tempfile

import pytest

from gateway import Gateway
from stack import ROOT, wait_for

BINARIES = pathlib.Path(os.environ.get("CHATBOX_BIN") or ROOT / ".build" / "debug")


class Processes:
    """The broker and the echo, in a folder of their own where the defaults lead to its `var`."""

    def __init__(self, folder):
        self._folder = pathlib.Path(folder)
        self.socket = self._folder / "var/run/broker.sock"
        self._running = {}

    def start(self, name):
        environment = {"PATH": os.environ["PATH"], "LLVM_PROFILE_FILE": "/dev/null"}
        if name == "chatbox-broker":
            environment["CHATBOX_BOXES"] = "main=web,echo"
        self._running[name] = subprocess.Popen(
            [BINARIES / name], cwd=self._folder, env=environment,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )

    def kill(self, name):
        process = self._running.pop(name)
        process.send_signal(signal.SIGKILL)
        process.wait()

    def end(self):
        for name in list(self._running):
            self.kill(name)


@pytest.fixture
def processes():
    with tempfile.TemporaryDirectory(prefix="echo-", dir="/tmp") as folder:
        processes = Processes(folder)
        try:
            processes.start("chatbox-broker")
            yield processes
        finally:
            processes.end()


def bodies(web, conversation):
    page = web.ask(type="history", conversation=conversation, after=0)
    return [(event["service"], event["body"]) for event in page["events"]]


def test_the_readme_shows_the_example_as_it_is():
    source = (ROOT / "Examples/EchoGateway/EchoGateway.swift").read_text()
    assert f"```swift\n{source}```" in (ROOT / "README.md").read_text()


def test_every_message_is_echoed_once_whatever_is_killed(processes):
    def open_box():
        web = Gateway(processes.socket, "web", "reader")
        assert web.welcome["type"] == "welcome"
        opened = web.ask(type="open", peer="someone", create=True)
        return web, opened["conversation"]

    def say(text):
        answer = web.ask(
            type="send", conversation=conversation, key=text.replace(" ", "-").replace("'", ""), body=text, format="plain",
            author={"id": "a", "name": "A"},
        )
        assert answer["type"] == "sent"

    def echoes():
        return [body for service, body in bodies(web, conversation) if service == "echo"]

    web, conversation = wait_for("the broker", open_box)
    say("before the echo starts")
    processes.start("EchoGateway")
    wait_for("the first echo", lambda: echoes() == ["before the echo starts"])
    processes.kill("EchoGateway")
    say("while the echo is dead")
    processes.start("EchoGateway")
    wait_for("the second echo", lambda: len(echoes()) == 2)
    processes.kill("chatbox-broker")
    web.close()
    processes.start("chatbox-broker")
    web, conversation = wait_for("the broker again", open_box)
    say("after the broker's return")
    wait_for("the third echo", lambda: len(echoes()) == 3)
    assert bodies(web, conversation) == [
        (service, text)
        for text in ("before the echo starts", "while the echo is dead", "after the broker's return")
        for service in ("web", "echo")
    ]
    web.close()
