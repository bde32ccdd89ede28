"""The real processes under the real supervisord, with a state folder and ports of their own."""

import contextlib
import http.client
import json
import os
import pathlib
import re
import select
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
import xmlrpc.client

from gateway import Gateway

ROOT = pathlib.Path(__file__).resolve().parents[2]
CHATBOX = ("broker", "web", "discord")
FORUM = "1000000000000000002"
# Seconds for what is no promise: ten times what it takes here, for machines that have other work.
PATIENCE = 90
# Sockets that hold the ports of `free_ports`.
_held = []


def wait_for(what, condition, seconds=PATIENCE):
    """Waits until the condition gives something true, and returns that. Meanwhile the other side
    may be away, or go away while it is asked."""
    deadline = time.monotonic() + seconds
    # A connection that is taken by a process on its end is closed with nothing said: EOFError.
    nobody = (OSError, EOFError, http.client.HTTPException, xmlrpc.client.Error)
    while True:
        with contextlib.suppress(*nobody):
            if found := condition():
                return found
        assert time.monotonic() < deadline, f"after {seconds} s still not so: {what}"
        time.sleep(0.02)


def expect_becomes(expected, look, seconds=PATIENCE):
    """Waits until what is looked at is as expected; else says how it differs."""
    with contextlib.suppress(AssertionError):
        return wait_for("as expected", lambda: look() == expected, seconds)
    assert look() == expected


def free_ports(count):
    """Ports for servers of ours, and for nobody else until this process ends.

    Each is held by a socket that doesn't listen: a server that reuses addresses, as all of ours do,
    can listen there all the same, before and after a kill. But the system gives the port to no
    other test, and to no connection as its own end, which would keep the server from it.
    """
    held = [socket.socket() for _ in range(count)]
    for one in held:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        one.bind(("127.0.0.1", 0))
    _held.extend(held)
    return [one.getsockname()[1] for one in held]


def end_at_once(*pids):
    """SIGKILL, to all of them, and waits for their ends: with them their connections are gone, and
    whoever connects now meets a successor or nobody."""
    with contextlib.ExitStack() as cleaning:
        handles = []
        for pid in pids:
            # It may have ended by itself, and have been buried.
            with contextlib.suppress(ProcessLookupError):
                handles.append(os.pidfd_open(pid))
                cleaning.callback(os.close, handles[-1])
        for handle in handles:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(handle, signal.SIGKILL)
        for handle in handles:
            ends = select.poll()
            ends.register(handle, select.POLLIN)
            assert ends.poll(PATIENCE * 1000), "a process outlives SIGKILL"


def is_traced(pid, tracer):
    """Whether a strace holds every thread of a process, so that no call escapes it."""
    threads = list(pathlib.Path(f"/proc/{pid}/task").glob("[0-9]*/status"))
    mark = f"TracerPid:\t{tracer.pid}\n"
    # It takes them one after the other, and stops each after it has it; then it sleeps.
    held = threads and all(mark in status.read_text() for status in threads)
    state = pathlib.Path(f"/proc/{tracer.pid}/stat").read_text().rpartition(")")[2].split()[0]
    return held and state == "S"


def session(leader):
    """The processes of the session that this one began, without those that only wait for burial."""
    found = []
    for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
        # A process may end between the look and the question.
        with contextlib.suppress(OSError):
            # After the name, which may hold anything: state, parent, group, session.
            state, _, _, leads = stat.read_text().rpartition(")")[2].split()[:4]
            if int(leads) == leader and state != "Z":
                found.append(int(stat.parent.name))
    return found


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("localhost", timeout=PATIENCE)
        self._path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


class _UnixTransport(xmlrpc.client.Transport):
    def __init__(self, path):
        super().__init__()
        self._path = path

    def make_connection(self, host):
        return _UnixConnection(self._path)


class Stack:
    """ChatBox and the sandbox, started as `make run` starts them, from the debug build."""

    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="chatbox-", dir="/tmp"))
        for name in ("run", "log"):
            (self.folder / name).mkdir(mode=0o750)
        self.web_port, self.sandbox_port = free_ports(2)
        self.url = f"http://127.0.0.1:{self.web_port}/"
        self.binaries = pathlib.Path(os.environ.get("CHATBOX_BIN") or ROOT / ".build" / "debug")
        self._supervisor = None

    # Life

    def start(self):
        for name in ("chatbox-broker", "chatbox-web", "chatbox-discord", "discord-sandbox"):
            assert (self.binaries / name).exists(), f"build {name} first: swift build"
        self._supervisor = subprocess.Popen(
            [shutil.which("supervisord"), "--configuration", ROOT / "compose/supervisord.conf"],
            env=self._environment(),
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=(self.folder / "log" / "supervisord.out").open("wb"),
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        wait_for("all processes run", self._all_run)
        wait_for("the web gateway is ready", self.is_ready)
        wait_for("the sandbox answers", lambda: self.sandbox("GET", "/sandbox/state"))

    def end(self):
        """Ends everything that `start` began, at once, and removes the folder."""
        supervisor, self._supervisor = self._supervisor, None
        if supervisor is not None:
            # First the supervisor, which would start the others again.
            supervisor.kill()
            supervisor.wait()
            for pid in session(supervisor.pid):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            wait_for("nothing is left", lambda: not session(supervisor.pid))
        shutil.rmtree(self.folder, ignore_errors=True)

    def _environment(self):
        kept = ("PATH", "HOME", "LANG", "LD_LIBRARY_PATH", "TZ")
        folder = str(self.folder)
        return {
            **{name: os.environ[name] for name in kept if name in os.environ},
            "LLVM_PROFILE_FILE": "/dev/null",
            "VAR": folder,
            "CHATBOX_VAR": folder,
            "CHATBOX_BIN": str(self.binaries),
            "CHATBOX_SANDBOX": "true",
            "CHATBOX_SOCKET": f"{folder}/run/broker.sock",
            "CHATBOX_DATABASE": f"{folder}/chatbox.db",
            "CHATBOX_STATIC": str(ROOT / "static"),
            "CHATBOX_WEB_PORT": str(self.web_port),
            "DISCORD_SANDBOX_PORT": str(self.sandbox_port),
            "DISCORD_API_URL": f"http://127.0.0.1:{self.sandbox_port}/api/v10",
            "DISCORD_TOKEN": "sandbox",
            "DISCORD_CHANNEL_ID": FORUM,
            # What Discord's own numbers would only make slower.
            "DISCORD_SETTLE_SECONDS": "1",
            "DISCORD_SANDBOX_MESSAGE_LIMIT": "0",
            "DISCORD_SANDBOX_GLOBAL_LIMIT": "0",
        }

    # Processes

    @property
    def supervisor(self):
        path = str(self.folder / "run" / "supervisor.sock")
        return xmlrpc.client.ServerProxy("http://localhost", _UnixTransport(path)).supervisor

    def info(self, name):
        return self.supervisor.getProcessInfo(name)

    def _all_run(self):
        assert self._supervisor.poll() is None, f"supervisord ended:\n{self.logs()}"
        return all(one["statename"] == "RUNNING" for one in self.supervisor.getAllProcessInfo())

    def pid(self, name):
        """The process's id, once it runs."""

        def running():
            info = self.info(name)
            return info["pid"] if info["statename"] == "RUNNING" else None

        return wait_for(f"{name} runs", running)

    def kill(self, *names):
        """SIGKILL, to all of them at once; they are gone when it returns."""
        end_at_once(*[self.pid(name) for name in names])

    def stop(self, name):
        """SIGTERM; returns the exit status and how many seconds it took."""
        wait_for(f"{name} runs and takes SIGTERM", lambda: self._takes_sigterm(name))
        began = time.monotonic()
        self.supervisor.stopProcess(name)
        took = time.monotonic() - began
        return self.info(name)["exitstatus"], took

    def _takes_sigterm(self, name):
        # The supervisor says RUNNING of what has only just begun, and would die of the signal.
        info = self.info(name)
        if info["statename"] != "RUNNING":
            return False
        status = pathlib.Path(f"/proc/{info['pid']}/status").read_text()
        (caught,) = re.findall(r"^SigCgt:\s*([0-9a-f]+)$", status, re.M)
        return int(caught, 16) >> (signal.SIGTERM - 1) & 1 == 1

    def launch(self, name):
        self.supervisor.startProcess(name)

    # What they say

    def is_ready(self):
        """Whether the web gateway has the broker."""
        with urllib.request.urlopen(f"{self.url}readyz", timeout=5) as answer:
            return answer.status == 200

    def broker_answers(self):
        """Whether the broker does; the web gateway may not know yet that it died."""
        gateway = Gateway(self.folder / "run" / "broker.sock", "web", "reader")
        gateway.close()
        return gateway.welcome["type"] == "welcome"

    def sandbox(self, method, path, body=None, authorization=None):
        """One request to the sandbox; returns what it answered."""
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.sandbox_port}{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
        )
        if authorization is not None:
            request.add_header("Authorization", authorization)
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            return json.loads(answer.read() or b"null")

    def log(self, name):
        """What a process has logged so far. Whoever writes may be in the middle of a character."""
        file = self.folder / "log" / f"{name}.log"
        return file.read_text(errors="replace") if file.exists() else ""

    def logs(self):
        """The end of each process's log."""
        parts = []
        for file in sorted((self.folder / "log").glob("*")):
            lines = file.read_text(errors="replace").splitlines()[-60:]
            parts.append(f"---- {file.name}\n" + "\n".join(lines))
        return "\n".join(parts)
