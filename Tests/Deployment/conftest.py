"""The executables from the debug build, or from the folder that CHATBOX_BIN names."""

import os
import pathlib
import subprocess
import tempfile
import shutil

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARIES = pathlib.Path(os.environ.get("CHATBOX_BIN") or ROOT / ".build" / "debug")
# Seconds for what is no promise, on a machine that has other work.
PATIENCE = 90
PROCESSES = ("chatbox-broker", "chatbox-web", "chatbox-discord", "discord-sandbox")


def environment(**settings):
    """An environment with nothing of ChatBox's but these settings."""
    kept = ("PATH", "HOME", "LANG", "LD_LIBRARY_PATH", "TZ")
    return {
        **{name: os.environ[name] for name in kept if name in os.environ},
        "LLVM_PROFILE_FILE": "/dev/null",
        **settings,
    }


def run(name, *arguments, cwd=None, **settings):
    """Runs an executable to its end; it must come by itself."""
    return subprocess.run(
        [BINARIES / name, *arguments],
        env=environment(**settings),
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )


@pytest.fixture
def folder():
    """Short, because a socket's path must fit in 107 bytes."""
    path = pathlib.Path(tempfile.mkdtemp(prefix="chatbox-", dir="/tmp"))
    yield path
    shutil.rmtree(path, ignore_errors=True)
