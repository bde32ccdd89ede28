"""An operator in the sandbox's forum, who reads and writes as a person does in Discord."""

import re
import urllib.parse

from stack import FORUM, wait_for

GUILD = "1000000000000000001"
BOT = "1000000000000000003"
UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class Operator:
    def __init__(self, stack, name):
        self.name = name
        self._stack = stack

    def _ask(self, method, path, body=None):
        return self._stack.sandbox(method, f"/api/v10{path}", body, f"Operator {self.name}")

    def posts(self, channel=FORUM):
        """The ids of all open posts in the forum, or another channel."""
        threads = self._ask("GET", f"/guilds/{GUILD}/threads/active")["threads"]
        return [thread["id"] for thread in threads if thread["parent_id"] == channel]

    def the_post(self, channel=FORUM):
        """The one post there is, once there is one."""
        posts = wait_for("a post in the forum", lambda: self.posts(channel))
        assert len(posts) == 1, f"one visitor, one post: {posts}"
        return posts[0]

    def write(self, post, text):
        return self._ask("POST", f"/channels/{post}/messages", {"content": text})

    def edit(self, post, message, text):
        return self._ask("PATCH", f"/channels/{post}/messages/{message}", {"content": text})

    def delete(self, post, message):
        self._ask("DELETE", f"/channels/{post}/messages/{message}")

    def delete_post(self, post):
        self._ask("DELETE", f"/channels/{post}")

    def type(self, post):
        self._ask("POST", f"/channels/{post}/typing")

    def post(self, post):
        """The post itself."""
        return self._ask("GET", f"/channels/{post}")

    def reactions(self, post, message):
        """What stands beneath a message."""
        found = self._ask("GET", f"/channels/{post}/messages/{message}").get("reactions", [])
        return {one["emoji"]["name"] for one in found}

    def messages(self, post):
        """All messages of a post, oldest first."""
        found, after = [], "0"
        while page := self._ask(
            "GET", f"/channels/{post}/messages?limit=100&after={urllib.parse.quote(after)}"
        ):
            page.sort(key=lambda message: int(message["id"]))
            found += page
            after = page[-1]["id"]
        return found

    def visitors_texts(self, post):
        """What stands there of the visitor: the bot's messages that have text, but no card."""
        return [
            message["content"]
            for message in self.messages(post)
            if message["author"]["id"] == BOT and message["content"] and not message["embeds"]
        ]

    def own_texts(self, post):
        return [
            message["content"]
            for message in self.messages(post)
            if message["author"].get("global_name") == self.name
        ]

    def uid(self, post):
        """The conversation's uid, as the card says it."""
        card = next(message for message in self.messages(post) if message["embeds"])
        return UUID.search(str(card["embeds"])).group()
