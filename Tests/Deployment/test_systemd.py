"""The units for systemd: its own checkers read them, and they leave a process little."""

import re
import shutil
import subprocess

import pytest

from conftest import BINARIES, PATIENCE, ROOT, run

UNITS = ROOT / "compose" / "systemd"
# Exposure times ten, as `systemd-analyze security` counts it with version 252, and some air.
EXPOSURE = {"chatbox-broker": 8, "chatbox-web": 16, "chatbox-discord": 17}

needs_checker = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None,
    reason="systemd-analyze is missing (apt-get install systemd)",
)


@pytest.fixture
def units(folder):
    """The units with the executables of this build, which `verify` looks for."""
    for name in EXPOSURE:
        text = (UNITS / f"{name}.service").read_text()
        installed = f"ExecStart=/usr/local/bin/{name}\n"
        assert installed in text
        own = text.replace(installed, f'ExecStart="{BINARIES / name}"\n')
        (folder / f"{name}.service").write_text(own)
    return folder


@needs_checker
def test_systemd_knows_every_key(units):
    verified = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *sorted(map(str, units.glob("*.service")))],
        capture_output=True, text=True, timeout=PATIENCE,
    )
    # It ends with 0 even for keys that it doesn't know, so what counts is that it says nothing.
    own = [line for line in verified.stderr.splitlines() if "chatbox" in line]
    assert (verified.returncode, own) == (0, [])


@needs_checker
@pytest.mark.parametrize("name", EXPOSURE)
def test_a_unit_leaves_its_process_little(units, name):
    rated = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", f"--threshold={EXPOSURE[name]}",
         str(units / f"{name}.service")],
        capture_output=True, text=True, timeout=PATIENCE,
    )
    assert rated.returncode == 0, rated.stdout.splitlines()[-1]


@pytest.mark.parametrize("name", EXPOSURE)
def test_what_no_restart_mends_is_not_restarted(name):
    text = (UNITS / f"{name}.service").read_text()
    assert "\nRestartPreventExitStatus=64 65 77 78\n" in text
    # A restart of the broker must not take the gateways with it.
    assert not re.search(r"^(Requires|BindsTo|PartOf)=", text, re.M)


def test_the_example_of_a_file_of_settings_is_one(folder):
    text = (UNITS / "chatbox.conf").read_text()
    # Also with what is commented out in it.
    text = re.sub(r"^#([A-Z_]+=)", r"\1", text, flags=re.M)
    file = folder / "chatbox.conf"
    file.write_text(text + "CHATBOX_LOG_LEVEL=wrong\n")
    refused = run("chatbox-web", "--config", str(file), cwd=folder)
    # The last line is reached: all others are right.
    assert f"(line {len(text.splitlines()) + 1} of {file})" in refused.stderr
