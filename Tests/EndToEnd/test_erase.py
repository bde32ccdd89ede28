"""Erasing a conversation, while processes are away and die: afterwards nothing holds a word of it."""

import contextlib
import os
import random
import subprocess
import time

from playwright.sync_api import expect

from stack import PATIENCE, expect_becomes, wait_for

CANARY = "kanarienvogel-7f3a"


def tool(stack, *arguments, code=0):
    """Runs `chatbox` as an administrator does; returns what it printed."""
    ended = subprocess.run(
        [stack.binaries / "chatbox", *arguments], env=stack._environment(), cwd=stack.folder,
        capture_output=True, text=True, timeout=PATIENCE,
    )
    assert ended.returncode == code, f"chatbox {arguments}: {ended.stdout}{ended.stderr}"
    return ended.stdout


def holders(stack, *spared):
    """The files beneath the state's folder that hold the text, by their bytes."""
    found = []
    for file in stack.folder.rglob("*"):
        with contextlib.suppress(FileNotFoundError):
            if file.is_file() and file.name not in spared and CANARY.encode() in file.read_bytes():
                found.append(file.name)
    return found


def refuse_next_message(stack):
    stack.sandbox(
        "POST", "/sandbox/faults",
        {"route": "POST /channels/{channel}/messages", "status": 400, "count": 1, "caller": "bot",
         "body": {"code": 50035, "message": "Invalid Form Body"}},
    )


def said(visitor, stack, anna):
    """A conversation with text in both directions, an edit and a dead letter; its post."""
    visitor.write(f"{CANARY} question")
    post = anna.the_post()
    answer = anna.write(post, f"{CANARY} answer")["id"]
    visitor.expect_texts([f"{CANARY} question", f"{CANARY} answer"])
    anna.edit(post, answer, f"{CANARY} better answer")
    visitor.expect_texts([f"{CANARY} question", f"{CANARY} better answer"])
    refuse_next_message(stack)
    visitor.write(f"{CANARY} refused")
    visitor.expect_state("undeliverable")
    return post


def erase_while_the_broker_dies(stack, uid, chance):
    """Asks again and again, as whoever gets no answer does, and kills the broker meanwhile."""
    for _ in range(4):
        asking = subprocess.Popen(
            [stack.binaries / "chatbox", "erase", uid, "--yes"], env=stack._environment(),
            cwd=stack.folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )
        time.sleep(chance.uniform(0, 0.15))
        stack.kill("broker")
        asking.wait(timeout=PATIENCE)
        wait_for("the broker is back", stack.broker_answers)
    return tool(stack, "erase", uid, "--yes")


def test_nothing_is_left_and_nothing_comes_back(visitor, stack, anna):
    chance = random.Random(int(os.environ.get("CHATBOX_SEED", "11")))
    post = said(visitor, stack, anna)
    uid = anna.uid(post)
    assert {name[:10] for name in holders(stack)} == {"chatbox.db", "journal.js"}
    backup = stack.folder / "backup.db"
    tool(stack, "backup", str(backup))
    stack.stop("discord")

    printed = erase_while_the_broker_dies(stack, uid, chance)
    assert "discord has yet to remove its side" in printed
    # The page is told at once, by each connection that it has.
    gone = visitor.page.get_by_text("can’t be opened any more")
    expect(gone).to_be_visible()
    expect(visitor.bubbles).to_have_count(0)
    assert CANARY not in visitor.page.evaluate("JSON.stringify(localStorage)")
    # Only Discord has it still, and the backup.
    expect_becomes(["backup.db", "journal.jsonl"], lambda: sorted(holders(stack)))
    assert uid in tool(stack, "status") and post in anna.posts()

    # An operator who writes meanwhile reaches nobody; the gateway comes back and removes the post.
    anna.write(post, f"{CANARY} too late")
    stack.launch("discord")
    wait_for("the post is gone", lambda: anna.posts() == [])
    wait_for("nobody waits", lambda: uid not in tool(stack, "status"))
    expect_becomes([], lambda: holders(stack, "backup.db"))
    assert "erased everywhere" in tool(stack, "erase", uid, "--yes", "--wait")

    # Whoever is there again begins anew.
    visitor.write("hello again")
    expect_becomes(["hello again"], lambda: anna.visitors_texts(anna.the_post()))

    # A backup from before brings nothing back.
    for name in ("discord", "web", "broker"):
        stack.stop(name)
    assert "erased in it again (1)" in tool(stack, "restore", str(backup), "--yes")
    assert holders(stack, "backup.db") == []
    for name in ("broker", "web", "discord"):
        stack.launch(name)
    wait_for("the web gateway is ready", stack.is_ready)
    wait_for("nobody waits", lambda: uid not in tool(stack, "status"))
    assert holders(stack, "backup.db") == []
    tool(stack, "erase", uid, "--yes")


def test_a_post_is_erased_by_the_name_that_operators_see(visitor, stack, anna):
    visitor.write(f"{CANARY} question")
    post = anna.the_post()
    expect_becomes([f"{CANARY} question"], lambda: anna.visitors_texts(post))
    tool(stack, "erase", "--service", "discord", post, code=64)
    assert post in anna.posts(), "nobody was there to be asked"
    printed = tool(stack, "erase", "--service", "discord", post, "--yes", "--wait")
    assert printed.rstrip().endswith("erased everywhere")
    assert anna.posts() == []
    expect(visitor.page.get_by_text("can’t be opened any more")).to_be_visible()
    expect_becomes([], lambda: holders(stack))
