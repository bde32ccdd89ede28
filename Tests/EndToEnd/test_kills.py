"""Any process may be killed at any moment, and nobody notices.

The seed of the kills is printed; CHATBOX_SEED=… replays them.
"""

import collections
import os
import random
import threading
import time

from playwright.sync_api import expect

from stack import CHATBOX, PATIENCE, expect_becomes, wait_for
from visitors import VisitorPage

KILLS = 24


def plan(seed):
    """Whom to kill, and how many seconds after the kill before: each process, and all at once."""
    chance = random.Random(seed)
    targets = [(name,) for name in CHATBOX for _ in range(KILLS // 4)]
    targets += [CHATBOX] * (KILLS - len(targets))
    chance.shuffle(targets)
    return [(names, chance.uniform(0.1, 1.6)) for names in targets]


class Background(threading.Thread):
    """Work beside the test, which ends when it is told to, and says what went wrong."""

    def __init__(self, work):
        super().__init__(daemon=True)
        self._work = work
        self.over = threading.Event()
        self.error = None
        self.start()

    def run(self):
        try:
            self._work(self.over)
        except BaseException as error:
            self.error = error

    def finish(self, seconds=PATIENCE):
        self.over.set()
        self.join(seconds)
        assert not self.is_alive()
        if self.error is not None:
            raise self.error


def printed_seed():
    seed = int(os.environ.get("CHATBOX_SEED") or random.SystemRandom().randrange(1_000_000))
    print(f"replay with CHATBOX_SEED={seed}")
    return seed


def test_first_messages_make_one_post_each_while_the_gateway_is_killed(browser, stack, anna):
    chance = random.Random(printed_seed())
    visitors = []
    for number in range(8):
        visitors.append(VisitorPage(browser.new_context(), stack))
        visitors[-1].write(f"first of {number}")
        # The moment matters: while a post is made, its answer read, its message posted.
        time.sleep(chance.uniform(0, 0.1))
        stack.kill("discord")
    for visitor in visitors:
        visitor.expect_state("delivered")
    posts = anna.posts()
    texts = sorted(text for post in posts for text in anna.visitors_texts(post))
    assert texts == [f"first of {number}" for number in range(8)]
    assert len(posts) == 8
    assert len({anna.uid(post) for post in posts}) == 8
    for visitor in visitors:
        visitor.context.close()


def test_kills_at_any_moment_lose_double_and_disorder_nothing(visitor, stack, anna):
    schedule = plan(printed_seed())
    operators, visitors = [], []

    def answer(over):
        post = anna.the_post()
        while not over.wait(0.35):
            text = f"operator {len(operators)}"
            anna.write(post, text)
            operators.append(text)

    def kill(over):
        for names, pause in schedule:
            if over.wait(pause):
                return
            stack.kill(*names)
            print(f"{time.strftime('%H:%M:%S')} killed {' '.join(names)}")

    def say():
        visitors.append(f"visitor {len(visitors)}")
        visitor.write(visitors[-1])

    say()
    visitor_id = wait_for("an identity", lambda: visitor.identity)["visitor"]
    answering, killing = Background(answer), Background(kill)
    while killing.is_alive():
        say()
        # Lets the page live, and keeps the pace of somebody who types.
        visitor.page.wait_for_timeout(250)
    killing.finish()
    answering.finish()
    say()

    # Everything arrives, on both sides, once, and in the order in which it was written.
    post = anna.the_post()
    total = len(operators) + len(visitors)
    expect_becomes(visitors, lambda: anna.visitors_texts(post), 180)
    everything = collections.Counter(visitors + operators)
    expect_becomes(everything, lambda: collections.Counter(visitor.texts()))
    # The Discord gateway has nothing left to do: whatever it would post twice, it has.
    visitor.expect_state("delivered")
    assert anna.visitors_texts(post) == visitors
    assert anna.own_texts(post) == operators
    shown = visitor.texts()
    assert len(shown) == total
    assert [text for text in shown if text.startswith("visitor")] == visitors
    assert [text for text in shown if text.startswith("operator")] == operators

    # The page's order is the broker's.
    visitor.reload(keeping_copy=False)
    expect(visitor.bubbles.last).to_have_text(shown[-1])
    assert visitor.load_all(total) == shown
    # One visitor, one post, the same as at the beginning.
    assert visitor.identity["visitor"] == visitor_id
    assert anna.posts() == [post]
    visitor.expect_nothing_of_discord()
