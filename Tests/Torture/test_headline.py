"""How the headline spreads its kills, and what it says of waits."""

import types

from spread import Spread
from waits import EPOCH, by_fifths


def test_kills_and_messages_stay_in_step_to_the_last():
    spread, said = Spread(messages=1_000, kills=20), 0
    # Whoever can goes on: messages as far as they may, then kills as far as they may.
    while said < 1_000 or not spread.is_over:
        before = (said, len(spread.said_at))
        while said < 1_000 and spread.may_speak(said):
            said += 1
        while spread.may_kill(said):
            spread.killed(said)
        assert (said, len(spread.said_at)) != before, "they wait for each other"
    assert spread.by_tenths() == [2] * 10
    assert spread.said_at[0] > 0 and spread.said_at[-1] < 1_000
    assert not spread.may_kill(1_000)


def test_messages_wait_for_kills_and_kills_for_messages():
    spread = Spread(messages=100, kills=10)
    assert spread.may_speak(9) and not spread.may_speak(10)
    assert spread.may_kill(0)
    spread.killed(0)
    assert not spread.may_kill(0) and spread.may_speak(19)
    assert spread.may_kill(10)


def conversation(*waits):
    """One whose messages waited so many seconds."""
    messages = [
        types.SimpleNamespace(seq=seq, at=EPOCH) for seq, _ in enumerate(waits, start=1)
    ]
    external = {
        seq: [str(int(wait * 1000) << 22)] for seq, wait in enumerate(waits, start=1) if wait
    }
    return types.SimpleNamespace(messages=lambda service: messages, external=external)


def test_waits_are_told_by_fifths_in_the_order_of_opening():
    evidence = types.SimpleNamespace(conversations={
        number: conversation(number, number + 2, None) for number in range(10, 0, -1)})
    assert by_fifths(evidence) == [(2.5, 4), (4.5, 6), (6.5, 8), (8.5, 10), (10.5, 12)]
    assert by_fifths(types.SimpleNamespace(conversations={})) == []
