"""The database is put back to an earlier copy, while Discord goes on from where it was."""

import asyncio
import os
import subprocess

from stack import PATIENCE, expect_becomes, wait_for
from visitors import VisitorSocket, run_alone

PROCESSES = ("discord", "web", "broker")


def tool(stack, *arguments):
    """Runs `chatbox` and returns what it prints."""
    environment = {**stack._environment(), "PATH": os.environ["PATH"]}
    done = subprocess.run(
        [stack.binaries / "chatbox", *arguments],
        env=environment, cwd=stack.folder, capture_output=True, text=True, timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


class Pages:
    """Visitors with pages, each with a post."""

    def __init__(self, stack, anna):
        self._stack = stack
        self._anna = anna
        self.posts = []
        self.pages = []

    async def open(self, text):
        page = VisitorSocket(self._stack)
        known = set(await asyncio.to_thread(self._anna.posts))
        await page.send("k1", text)

        def stands():
            new = set(self._anna.posts()) - known
            return next((p for p in new if self._anna.visitors_texts(p) == [text]), None)

        post = await asyncio.to_thread(wait_for, "a post", stands)
        self.pages.append(page)
        self.posts.append(post)
        return page, post


def told(page):
    """What a page shows of the team."""
    return [
        event["body"]
        for _, event in sorted(page.events.items())
        if event["from"] == "team" and event["kind"] == "message"
    ]


def said(page, side):
    return [e["body"] for _, e in sorted(page.events.items()) if e["from"] == side]


def notices(anna, post):
    """What the bot says on its own account, without the card."""
    found = [m for m in anna.messages(post) if m["embeds"] and m["id"] != post]
    return [embed["description"] for message in found for embed in message["embeds"]]


async def _run(stack, anna):
    opened = Pages(stack, anna)
    everything = asyncio.to_thread
    for number in range(2):
        page, post = await opened.open(f"kept {number}")
        await everything(anna.write, post, f"answer {number}")
        await page.until(lambda page=page, number=number: told(page) == [f"answer {number}"])
    # What the copy holds undelivered, and what it doesn't hold at all.
    await everything(stack.stop, "discord")
    pending = opened.pages[1]
    await pending.send("k2", "one under way")
    await pending.send("k3", "two under way")
    await everything(tool, stack, "backup", str(stack.folder / "copy.db"))
    await everything(stack.launch, "discord")
    texts = ["kept 1", "one under way", "two under way"]
    await everything(
        expect_becomes, texts, lambda: anna.visitors_texts(opened.posts[1])
    )
    # After the copy: five more conversations, and messages on both sides of an older one.
    first, post = opened.pages[0], opened.posts[0]
    for number in range(5):
        page, new = await opened.open(f"lost {number}")
        await everything(anna.write, new, f"to the lost {number}")
        await page.until(lambda page=page: len(told(page)) == 1)
    await first.send("k2", "said after the copy")
    await everything(
        expect_becomes, ["kept 0", "said after the copy"], lambda: anna.visitors_texts(post)
    )
    answer = await everything(anna.write, post, "answered after the copy")
    await first.until(lambda: told(first) == ["answer 0", "answered after the copy"])

    before = {p: [m["id"] for m in anna.messages(p)] for p in opened.posts}
    for name in PROCESSES:
        await everything(stack.stop, name)
    await everything(tool, stack, "restore", str(stack.folder / "copy.db"), "--yes")
    for page in opened.pages:
        # Another life of the database: the page starts from what there is.
        page.events = {}
    for name in reversed(PROCESSES):
        await everything(stack.launch, name)

    async with asyncio.timeout(180):
        # Pages of before meet what the copy holds, and what operators wrote since.
        await first.until(lambda: told(first) == ["answer 0", "answered after the copy"])
        assert first.welcome["recovered"] is False
        assert said(first, "visitor") == ["kept 0"]
        # Pages of conversations from after it are told that theirs is gone.
        for page in opened.pages[2:]:
            await page.until(lambda page=page: page.closes and page.closes[-1] in (4410, 4401))
        await pending.until(lambda: said(pending, "visitor") == texts)

    # The posts of those are closed with a word.
    for gone in opened.posts[2:]:
        await everything(
            wait_for, "closed", lambda gone=gone: anna.post(gone)["thread_metadata"]["archived"]
        )
        (word,) = await everything(notices, anna, gone)
        assert "reaches nobody" in word
    # What only Discord still has stands there, and it is said.
    (word,) = await everything(
        wait_for, "a word about what is lost", lambda: notices(anna, post)
    )
    assert "stands only here" in word
    await everything(wait_for, "all taken up", lambda: "posts taken up" in stack.log("discord"))
    # Nothing was said twice, nor made anew.
    assert await everything(anna.visitors_texts, opened.posts[1]) == texts
    assert await everything(anna.visitors_texts, post) == ["kept 0", "said after the copy"]
    for one in opened.posts:
        now = [m["id"] for m in await everything(anna.messages, one) if not m["embeds"]]
        assert set(now) <= set(before[one])
    assert answer["id"] in before[post]
    # Both go on, each in its post.
    await first.send("k9", "here again")
    await everything(
        expect_becomes, ["kept 0", "said after the copy", "here again"],
        lambda: anna.visitors_texts(post),
    )
    await everything(anna.write, post, "welcome back")
    await first.until(lambda: told(first)[-1:] == ["welcome back"])
    for page in opened.pages:
        await page.end()


def test_a_restore_doubles_nothing_and_says_what_is_lost(stack, anna):
    run_alone(_run(stack, anna))
