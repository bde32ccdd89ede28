"""RFC 6455 by Autobahn's cases, which kosoku drives: our codec as a server and as a client.

Sections 12 and 13 are about compression, which we never negotiate; 11 doesn't exist. The reports
judge as Autobahn does: "non-strict" keeps the RFC but fails later than it could have.
"""

import contextlib
import json
import subprocess

import pytest

from processes import KOSOKU, Echo, free_ports, listening, wait_for

# What belongs to 1–7 and 10; the figure guards against a runner that finds fewer.
CASES = 247
SECTIONS = [word for number in (1, 2, 3, 4, 5, 6, 7, 10) for word in ("-i", f"{number}.*")]
ACCEPTED = {"OK", "NON-STRICT", "INFORMATIONAL"}


def written(index):
    """What the index says once it stands there whole: kosoku writes it last, and while we look."""
    with contextlib.suppress(FileNotFoundError, json.JSONDecodeError):
        return json.loads(index.read_text())
    return None


def judge(folder, expected):
    """Every case ran and ended well; what didn't is named with its cause."""
    (cases,) = wait_for("the index is written", lambda: written(folder / "index.json")).values()
    wrong = {}
    for case, report in cases.items():
        if report["behavior"] not in ACCEPTED or report["behaviorClose"] not in ACCEPTED:
            details = json.loads((folder / report["reportfile"]).read_text())
            wrong[case] = (report["behavior"], details["result"], details["resultClose"])
    assert not wrong
    assert len(cases) == expected


@pytest.mark.parametrize(
    ("choice", "expected", "at_once"),
    # Section 9 is all work, and each of its cases has a time limit of its own: one by one.
    [(SECTIONS, CASES, "4"), (["-i", "9.*"], 54, "1")],
    ids=["sections 1 to 7 and 10", "section 9, messages of megabytes"],
)
def test_our_server_keeps_the_rfc(choice, expected, at_once, tmp_path):
    with Echo("serve") as echo:
        port = echo.line()
        subprocess.run(
            [KOSOKU, "-p", at_once, *choice, "-o", tmp_path, f"127.0.0.1:{port}"],
            timeout=400,
            check=False,  # The reports say more than its exit status.
            stdout=subprocess.DEVNULL,
        )
        judge(tmp_path, expected)
        assert echo.stop() == 0


def test_our_client_keeps_the_rfc(tmp_path):
    (port,) = free_ports(1)
    address = f"127.0.0.1:{port}"
    fuzzing = subprocess.Popen(
        [KOSOKU, "-m", "fuzzingserver", *SECTIONS, "-o", tmp_path, address],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )
    try:
        wait_for("the fuzzing server listens", lambda: listening(address))
        with Echo("ask", address, str(CASES)) as echo:
            assert echo.line(seconds=300) == str(CASES)
        judge(tmp_path, CASES)
    finally:
        fuzzing.kill()
        fuzzing.wait()
