"""What every executable says on its command line, and how it ends."""

import os
import re
import socket
import subprocess
import time

import pytest

from conftest import BINARIES, PATIENCE, PROCESSES, ROOT, environment, run

SOURCES = {
    "chatbox-broker": "Broker",
    "chatbox-web": "WebGateway",
    "chatbox-discord": "DiscordGateway",
    "discord-sandbox": "DiscordSandbox",
}
KEY = re.compile(r'settings\s*\.\w+\(\s*"([A-Z_]+)"')


def keys_read(name):
    """The settings that an executable's sources ask for."""
    files = (ROOT / "Sources" / SOURCES[name]).rglob("*.swift")
    return {key for file in files for key in KEY.findall(file.read_text())}


@pytest.mark.parametrize("name", PROCESSES)
def test_help_names_every_setting_and_every_way_to_end(name):
    help = run(name, "--help")
    assert (help.returncode, help.stderr) == (0, "")
    keys = keys_read(name)
    assert len(keys) >= 4
    for key in keys | {"CHATBOX_LOG_LEVEL", "CHATBOX_CONFIG"}:
        assert re.search(rf"^  {key}\b", help.stdout, re.M), f"--help doesn't explain {key}"
    for part in ("--config <file>", "--version", "SIGTERM", "sysexits", "64", "78"):
        assert part in help.stdout
    # A terminal's width; JSON has no place to break at.
    assert max(len(line) for line in help.stdout.splitlines() if "{" not in line) <= 80


@pytest.mark.parametrize("name", PROCESSES)
def test_version(name):
    assert re.fullmatch(r"\d+\.\d+\.\d+\n", run(name, "--version").stdout)


@pytest.mark.parametrize("name", PROCESSES)
@pytest.mark.parametrize(
    "arguments",
    [
        ("--colour",), ("extra",), ("--config",), ("--config", "a", "--config", "b"),
        ("--config", "--version"), ("-x",),
    ],
    ids=lambda arguments: " ".join(arguments),
)
def test_a_wrong_command_line_is_refused_with_64_and_the_usage(name, arguments):
    refused = run(name, *arguments)
    assert refused.returncode == 64
    assert "Usage:" in refused.stderr
    assert refused.stdout == ""


@pytest.mark.parametrize("name", PROCESSES)
def test_help_into_a_closed_pipe_ends_quietly(name):
    script = f"'{BINARIES / name}' --help | true; exit ${{PIPESTATUS[0]}}"
    ended = subprocess.run(
        ["bash", "-c", script], env=environment(), capture_output=True, text=True, timeout=PATIENCE
    )
    # 141 is the shell's word for SIGPIPE.
    assert ended.returncode in (0, 141)
    assert ended.stderr == ""


@pytest.mark.parametrize("name", PROCESSES)
@pytest.mark.parametrize("named_by", ["--config", "CHATBOX_CONFIG"])
def test_a_file_of_settings_is_read_and_its_slips_refused_with_their_line(
    name, named_by, folder
):
    file = folder / "chatbox.conf"
    arguments, settings = [], {}
    if named_by == "--config":
        arguments = ["--config", str(file)]
    else:
        settings = {"CHATBOX_CONFIG": str(file)}

    missing = run(name, *arguments, cwd=folder, **settings)
    assert missing.returncode == 78
    assert f"{named_by} names {file}, which doesn't exist" in missing.stderr

    file.write_text("# ChatBox\nCHATBOX_LOG_LEVLE=debug\n")
    misspelt = run(name, *arguments, cwd=folder, **settings)
    assert misspelt.returncode == 78
    assert f"Line 2 of {file}" in misspelt.stderr
    assert "did you mean CHATBOX_LOG_LEVEL?" in misspelt.stderr

    file.write_text("\nCHATBOX_LOG_LEVEL=loud\n")
    wrong = run(name, *arguments, cwd=folder, **settings)
    assert wrong.returncode == 78
    assert f'CHATBOX_LOG_LEVEL is "loud" (line 2 of {file})' in wrong.stderr
    assert "trace, debug, info" in wrong.stderr

    # The environment wins over the file.
    wins = run(name, *arguments, cwd=folder, CHATBOX_LOG_LEVEL="shy", **settings)
    assert 'CHATBOX_LOG_LEVEL is "shy" and' in wins.stderr

    file.write_text("DISCORD_TOKEN=MTk4NjIyNDgzNDcx.Cl2FMQ.ZnCjm1XVW7vRze4b\n")
    secret = run(name, *arguments, cwd=folder, **settings)
    assert secret.returncode == 78
    assert "DISCORD_TOKEN_FILE" in secret.stderr
    assert "ZnCjm1XVW7vRze4b" not in secret.stderr


def test_a_token_that_others_can_read_is_refused(folder):
    token = folder / "discord.token"
    token.write_text("MTk4NjIyNDgzNDcx.Cl2FMQ.ZnCjm1XVW7vRze4b\n")
    token.chmod(0o644)
    refused = run(
        "chatbox-discord", cwd=folder, DISCORD_TOKEN_FILE=str(token), DISCORD_CHANNEL_ID="7"
    )
    assert refused.returncode == 78
    assert "chmod 600" in refused.stderr
    assert "ZnCjm1XVW7vRze4b" not in refused.stderr


@pytest.mark.parametrize(
    "origin", ["*", "https://*.example.org", "https://example.org/chat", "example.org", "null"]
)
def test_an_origin_that_is_none_is_refused(folder, origin):
    refused = run("chatbox-web", cwd=folder, CHATBOX_ALLOWED_ORIGINS=origin)
    assert refused.returncode == 78
    assert "CHATBOX_ALLOWED_ORIGINS" in refused.stderr and f'"{origin}"' in refused.stderr


@pytest.mark.parametrize("port", ["65536", "-1", "http", "10 m", "0x50"])
def test_a_port_that_is_none_is_refused(folder, port):
    refused = run("chatbox-web", cwd=folder, CHATBOX_WEB_PORT=port)
    assert refused.returncode == 78
    assert all(part in refused.stderr for part in ("CHATBOX_WEB_PORT", f'"{port}"', "0–65535"))


@pytest.mark.parametrize("name", ["chatbox-broker", "chatbox-web", "chatbox-discord"])
def test_a_socket_path_that_is_too_long_is_refused(folder, name):
    refused = run(
        name, cwd=folder, CHATBOX_SOCKET="a" * 107, DISCORD_TOKEN="a", DISCORD_CHANNEL_ID="7"
    )
    assert refused.returncode == 78
    assert f"CHATBOX_SOCKET is {folder}/a" in refused.stderr and "107" in refused.stderr


def test_closed_standard_streams_never_become_the_socket_or_the_database(folder):
    command = f"exec '{BINARIES / 'chatbox-broker'}' 0<&- 1>&- 2>&-"
    broker = subprocess.Popen(
        ["bash", "-c", command],
        env=environment(
            CHATBOX_SOCKET=f"{folder}/b.sock", CHATBOX_DATABASE=f"{folder}/b.db",
            CHATBOX_LOG_LEVEL="trace",
        ),
    )
    try:
        deadline = time.monotonic() + PATIENCE
        while True:
            assert broker.poll() is None and time.monotonic() < deadline
            try:
                with socket.socket(socket.AF_UNIX) as probe:
                    probe.connect(f"{folder}/b.sock")
                    break
            except OSError:
                time.sleep(0.02)
        # Swift's own runtime takes their numbers first; what is written there is lost, as it may be.
        for stream in range(3):
            target = os.readlink(f"/proc/{broker.pid}/fd/{stream}")
            assert target == "/dev/null" or target.startswith("anon_inode:"), target
    finally:
        broker.terminate()
        assert broker.wait(PATIENCE) == 0


def test_a_misspelt_variable_is_refused_and_an_unknown_one_named_unless_it_is_empty(folder):
    # A wrong level ends the process behind the check of names.
    asked = {"cwd": folder, "CHATBOX_LOG_LEVEL": "wrong"}
    misspelt = run("chatbox-web", CHATBOX_WEB_PROT="1", **asked)
    assert misspelt.returncode == 78 and "CHATBOX_WEB_PORT is" in misspelt.stderr
    unknown = run("chatbox-web", CHATBOX_COLOUR="red", **asked)
    assert "Nothing reads CHATBOX_COLOUR" in unknown.stderr
    empty = run("chatbox-web", CHATBOX_COLOUR="", CHATBOX_WEB_PROT="", **asked)
    assert "CHATBOX_COLOUR" not in empty.stderr and 'LEVEL is "wrong"' in empty.stderr
