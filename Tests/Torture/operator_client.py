"""The team, who read and write in the sandbox's forum and write down what they did.

A person's requests are never broken by the faults (`caller: bot`); what happens to one whose answer
is lost otherwise is `info`, and the sandbox's journal knows.
"""

import collections
import http.client
import json
import threading

from record import MARKER

FORUM = "1000000000000000002"
BOT = "1000000000000000003"


class Team:
    """Keeps a connection to the sandbox for each thread that asks."""

    def __init__(self, port, name="Anna"):
        self._port = port
        self._name = name
        self._local = threading.local()

    def ask(self, method, path, body=None):
        """One request; raises OSError or HTTPException if the answer is lost."""
        for _ in range(2):
            connection = getattr(self._local, "connection", None)
            fresh = connection is None
            if fresh:
                connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=30)
                self._local.connection = connection
            headers = {
                "Authorization": f"Operator {self._name}", "Content-Type": "application/json",
            }
            text = None if body is None else json.dumps(body)
            try:
                connection.request(method, f"/api/v10{path}", body=text, headers=headers)
                answer = connection.getresponse()
                content = answer.read()
            except (OSError, http.client.HTTPException):
                connection.close()
                self._local.connection = None
                # A kept connection may have been closed meanwhile, before it took the request.
                if not fresh and method == "GET":
                    continue
                raise
            if answer.status >= 300:
                raise OSError(f"{method} {path}: {answer.status} {content[:200]}")
            return json.loads(content) if content else None
        raise OSError(f"{method} {path}: no answer")


class Operator:
    """Somebody of the team in one conversation's post."""

    def __init__(self, number, team, record):
        self.number = number
        self.record = record
        self.messages = {}
        self._team = team
        record.write("begin", number=number)

    def write(self, post, text):
        """Says something; returns its id, or None if nobody knows whether it was said."""
        self.record.write("invoke", kind="send", post=post, body=text)
        try:
            identity = self._team.ask("POST", f"/channels/{post}/messages", {"content": text})["id"]
        except (OSError, http.client.HTTPException) as error:
            self.record.write("info", body=text, error=str(error))
            return None
        self.record.write("ok", kind="send", post=post, id=identity, body=text)
        self.messages[identity] = [post, text, 0]
        return identity

    def edit(self, identity, text):
        post = self.messages[identity][0]
        self.record.write("invoke", kind="edit", post=post, id=identity, body=text)
        try:
            self._team.ask("PATCH", f"/channels/{post}/messages/{identity}", {"content": text})
        except (OSError, http.client.HTTPException) as error:
            self.record.write("info", id=identity, error=str(error))
            return
        self.record.write("ok", kind="edit", id=identity, body=text)
        self.messages[identity][1:] = [text, self.messages[identity][2] + 1]

    def delete(self, identity):
        post = self.messages[identity][0]
        self.record.write("invoke", kind="delete", post=post, id=identity)
        try:
            self._team.ask("DELETE", f"/channels/{post}/messages/{identity}")
        except (OSError, http.client.HTTPException) as error:
            self.record.write("info", id=identity, error=str(error))
            return
        self.record.write("ok", kind="delete", id=identity)
        self.messages[identity][1] = None

    @property
    def texts(self):
        return [text for _, text, _ in self.messages.values() if text is not None]

    def end(self):
        self.record.close()


class Forum:
    """The sandbox's journal, read on as it grows: what stands in which post."""

    def __init__(self, path):
        self._path = path
        self._offset = 0
        self._rest = b""
        self._lock = threading.Lock()
        self._standing = collections.defaultdict(dict)
        self._posts = collections.defaultdict(list)

    def read_on(self):
        """Takes in what came since the last look."""
        with self._lock:
            if self._path.exists():
                with self._path.open("rb") as file:
                    file.seek(self._offset)
                    piece = file.read()
                self._offset += len(piece)
                *lines, self._rest = (self._rest + piece).split(b"\n")
                for line in lines:
                    self._take(json.loads(line))
        return self

    def _take(self, change):
        match change["kind"]:
            case "thread_deletion":
                self._standing.pop(change["id"], None)
                for posts in self._posts.values():
                    if change["id"] in posts:
                        posts.remove(change["id"])
            case "message" | "message_change":
                channel = change["channel"]
                self._standing[channel][change["id"]] = change
                found = MARKER.match(change["content"]) if change["author"] == BOT else None
                if found and channel not in self._posts[int(found[2])]:
                    self._posts[int(found[2])].append(channel)
            case "message_deletion":
                self._standing[change["channel"]].pop(change["id"], None)

    def texts(self, post, author=BOT):
        """What stands there with text: the visitor's, as the bot's card has none, or somebody's."""
        with self._lock:
            found = sorted(self._standing.get(post, {}).items(), key=lambda one: int(one[0]))
        return [
            message["content"]
            for _, message in found
            if (message["author"] == BOT) == (author == BOT)
            and message["content"] and not message.get("embeds")
        ]

    def posts_of(self, number):
        """The posts in which the bot has passed on this conversation's visitor, oldest first."""
        with self._lock:
            return list(self._posts.get(number, []))
