"""`make run` reads the settings' file too, so that its own defaults don't overrule it."""

import re
import subprocess

import pytest

from conftest import PATIENCE, ROOT, environment

FILE = """\
# CHATBOX_BOX=comment
  CHATBOX_WEB_PORT = 9000\u0020
CHATBOX_STATIC="/a b/c"
DISCORD_TOKEN_FILE='/x'
CHATBOX_WEB_HOST=
DISCORD_NOTE_PREFIX=#
CHATBOX_DATABASE=/a=b
"""


def setting(key, folder, **settings):
    """What the script's own function says of a setting."""
    file = folder / "chatbox.conf"
    file.write_text(FILE)
    text = (ROOT / "compose" / "run.sh").read_text()
    function = re.search(r"^setting\(\) \{\n.*?^\}\n", text, re.M | re.S).group()
    asked = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", f"{function}\nsetting {key}"],
        env=environment(CHATBOX_CONFIG=str(file), **settings),
        capture_output=True, text=True, timeout=PATIENCE,
    )
    assert (asked.returncode, asked.stderr) == (0, "")
    return asked.stdout.rstrip("\n")


@pytest.mark.parametrize(
    "key, value",
    [
        ("CHATBOX_WEB_PORT", "9000"), ("CHATBOX_STATIC", "/a b/c"), ("DISCORD_TOKEN_FILE", "/x"),
        ("CHATBOX_WEB_HOST", ""), ("DISCORD_NOTE_PREFIX", "#"), ("CHATBOX_DATABASE", "/a=b"),
        ("CHATBOX_BOX", ""), ("DISCORD_TOKEN", ""),
    ],
)
def test_it_reads_the_file_as_the_processes_do(key, value, folder):
    assert setting(key, folder) == value


def test_the_environment_wins(folder):
    assert setting("CHATBOX_WEB_PORT", folder, CHATBOX_WEB_PORT="7") == "7"
