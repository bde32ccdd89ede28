"""Asks a broker everything that a gateway may, and writes down what it answered: broker_questions.py FILE.

The conformance suite plays a broker of its own; by this it is compared with the real one.
"""

import json
import os
import pathlib
import sys

from gateway import Gateway

AUTHOR = {"id": "a", "name": "A"}
# These differ from one broker to the other, and from run to run.
NAMES = {"id", "at", "epoch", "conversation", "message", "version", "since"}


def plain(value):
    match value:
        case dict():
            return {name: plain(member) for name, member in sorted(value.items()) if name not in NAMES}
        case list():
            return [plain(element) for element in value]
        case _:
            return value


def answers(path, service):
    gateway = Gateway(path, service, "consumer", peer_kind="string")
    said = []

    def ask(**request):
        answer = gateway.ask(**request)
        said.append([request["type"], plain(answer)])
        return answer

    place = {"conversation": ask(type="open", peer="ann", create=True, properties={"name": "Ann"})["conversation"]}
    other = {"conversation": ask(type="open", peer="bea", create=True)["conversation"]}
    ask(type="open", peer="ann", properties={"page": "/"})
    ask(type="open", peer="nobody")
    ask(type="set_properties", **place, properties={"page": ""})
    ask(type="bind", **place, peer="ann")
    ask(type="bind", **place, peer="bea")
    ask(type="bind", **other, peer="eve", replaces="bea")

    message = {"author": AUTHOR, "format": "plain"}
    ask(type="send", **place, key="k1", body="one", mark="9", **message)
    ask(type="send", **place, key="k1", body="one", **message)
    ask(type="send", **place, key="k1", body="other", **message)
    ask(type="send", **place, key="k2", body="two", mark="10", **message)
    ask(type="mark", **place, mark="3")
    ask(type="edit", **place, key="e1", target="k1", revision=2, body="uno", **message)
    ask(type="edit", **place, key="e0", target="k1", revision=1, body="eins", **message)
    ask(type="edit", **place, key="e2", target="none", revision=1, body="x", **message)
    ask(type="send", **place, key="k1", body="one", **message)
    ask(type="delete", **place, key="d1", target="k2", author=AUTHOR)
    ask(type="delete", **place, key="d1", target="k2", author=AUTHOR)
    ask(type="edit", **place, key="e3", target="k2", revision=5, body="x", **message)
    ask(type="send", **place, key="k2", body="two", **message)
    ask(type="delete", **place, key="d2", target="k3", author=AUTHOR)
    ask(type="send", **place, key="k3", body="three", **message)
    ask(type="close", **place, key="c1", author=AUTHOR)
    ask(type="close", **place, key="c2", author=AUTHOR)
    ask(type="reopen", **place, key="r1", author=AUTHOR)
    ask(type="send", **place, key="k4", body="four", **message)
    ask(type="requeue", **place, service=service, seq=1, key="q1")

    ask(type="history", **place, after=0)
    ask(type="history", **place, before=3, limit=1)
    ask(type="known", **place, ids=["k1", "k2", "k3", "none"])
    ask(type="bindings")
    ask(type="bindings", after="ann", limit=1)
    ask(type="receipts", after=0)
    ask(type="acknowledge", **place, seq=1, external=["x1"])
    ask(type="acknowledge", **place, seq=99, external=[])
    ask(type="put", key="v", value={"n": [1, None]})
    ask(type="get", key="v")
    ask(type="put", key="v", value=None)
    ask(type="get", key="v")
    ask(type="put_picture", picture="p", media_type="image/png", bytes="AAAA")
    ask(type="get_picture", picture="p")
    ask(type="get_picture", picture="q")
    ask(type="block", **place, blocked=True)
    ask(type="block", **place, blocked=False)
    ask(type="get_status")
    gateway.close()
    return said


def work(path, service):
    """Takes what is delivered, as the suite wants to see before it begins."""
    gateway = Gateway(path, service, "consumer", peer_kind="string")
    gateway.say(type="credit", conversations=1)
    while True:
        if (frame := gateway.hear())["type"] == "delivery":
            gateway.ask(
                type="acknowledge", conversation=frame["conversation"], seq=frame["event"]["seq"], external=[]
            )


if __name__ == "__main__":
    # The suite ends it at any moment, so that the file has to be there whole or not at all.
    file = pathlib.Path(sys.argv[1])
    unfinished = file.with_suffix(".unfinished")
    unfinished.write_text(json.dumps(answers(os.environ["CHATBOX_SOCKET"], "web")))
    unfinished.replace(file)
    work(os.environ["CHATBOX_SOCKET"], "web")
