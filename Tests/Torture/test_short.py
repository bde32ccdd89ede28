"""The short set of the fault matrix, and a small headline: fixed seeds, in three minutes on two
cores. `make torture` runs the whole matrix, `make headline` the real headline.

CHATBOX_SEED=… tries other moments.
"""

import os
import pathlib
import subprocess
import sys

import pytest

import paths
import faults  # noqa: F401
from matrix import ELSEWHERE
from trial import ROWS, attempt

SEED = int(os.environ.get("CHATBOX_SEED") or 20261123)
SHORT = sorted(number for number, row in ROWS.items() if row.is_short)
# What the design names: each is here, or named with the reason.
NAMED = set(range(1, 73))


@pytest.mark.parametrize("number", SHORT)
def test_row(number):
    result = attempt(ROWS[number], SEED, is_short=True, keep=paths.ROOT / "var" / "torture")
    if result.verdict.startswith("can't"):
        pytest.skip(result.verdict)
    assert result.is_right, f"{result.verdict}, evidence in {result.folder}: {result.seen}"


def test_a_small_headline():
    program = pathlib.Path(__file__).with_name("headline.py")
    done = subprocess.run(
        [sys.executable, program, "--messages", "200", "--conversations", "5", "--kills", "15",
         "--seed", str(SEED), "--pace", "0.8", "--pause", "1"],
        capture_output=True, text=True, timeout=900,
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
    assert "lost: 0\ndoubled: 0\nout of order: 0" in done.stdout


def test_every_row_is_here_or_named():
    assert NAMED - set(ROWS) - set(ELSEWHERE) == set()
