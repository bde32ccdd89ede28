"""The real processes under the real supervisord, with faults put in from outside.

A process is started through a script of its own in `bin/`, so that a fault can begin with it: other
settings, fewer descriptors, another way to the broker. What happens later comes by signals, by
strace attached to the running process, and by what lies in the file system.
"""

import contextlib
import json
import os
import pathlib
import secrets
import shlex
import signal
import subprocess
import threading
import time
import urllib.error
import urllib.request

import paths  # noqa: F401
from record import Record
from stack import CHATBOX, ROOT, Stack, is_traced, wait_for

NAMES = {
    "broker": "chatbox-broker", "web": "chatbox-web", "discord": "chatbox-discord",
    "sandbox": "discord-sandbox",
}
SAMPLE = 0.5


class FaultyStack(Stack):
    def __init__(self, settings=None):
        super().__init__()
        (self.folder / "clients").mkdir()
        self.real = self.binaries
        self.binaries = self.folder / "bin"
        self.binaries.mkdir()
        self.driver = Record(self.folder / "clients", "driver")
        self.token = f"canary-{secrets.token_hex(12)}"
        self.settings = settings or {}
        self._strace = []
        self._killed = {}
        self._over = threading.Event()
        self._sampling = threading.Thread(target=self._sample, daemon=True)
        self.driver.write("begin", token=self.token)
        for name in NAMES:
            self.prefix(name)

    def _environment(self):
        return {
            **super()._environment(),
            "DISCORD_TOKEN": self.token,
            # Discord's own numbers would only make it slower.
            "CHATBOX_LIMIT_FACTOR": "0",
            "DISCORD_POSTS_PER_MINUTE": "60",
            "DISCORD_OPEN_POSTS": "1000",
            **self.settings,
        }

    def start(self):
        super().start()
        self._sampling.start()

    def end(self):
        self._over.set()
        for one in list(self._strace):
            self.untrace(one)
        super().end()

    def prefix(self, name, prefix=(), **settings):
        """How a process is started from now on: behind other words, with other settings."""
        exports = "".join(f"export {key}={shlex.quote(value)}\n" for key, value in settings.items())
        command = shlex.join([*map(str, prefix), str(self.real / NAMES[name])])
        script = self.binaries / NAMES[name]
        script.write_text(f'#!/bin/sh\n{exports}exec {command} "$@"\n')
        script.chmod(0o755)

    # Faults

    def kill(self, *names):
        """SIGKILL, to processes that live: who was killed before has its successor killed."""
        pids = [self.living(name) for name in names]
        for name, pid in zip(names, pids):
            # It may have ended by itself just now.
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
                self.driver.write("kill", process=name, pid=pid)
            self._killed[name] = pid

    def living(self, name):
        """The process's id, once it runs and isn't the one that was killed last."""

        def found():
            pid = self.pid(name)
            return pid if pid != self._killed.get(name) else None

        return wait_for(f"{name} lives", found)

    def signal(self, number, *names):
        for name in names:
            self.driver.write("signal", process=name, signal=signal.Signals(number).name)
            os.kill(self.pid(name), number)

    def fault(self, **members):
        """One of the sandbox's faults, on the bot's requests."""
        fault = {"caller": "bot", **members}
        self.driver.write("fault", **fault)
        return self.sandbox("POST", "/sandbox/faults", fault)

    @contextlib.contextmanager
    def traced(self, name, *arguments):
        """Faults in a process's system calls, as strace's `inject` says them."""
        tracer = self.trace(name, *arguments)
        try:
            yield tracer
        finally:
            self.untrace(tracer)

    def trace(self, name, *arguments):
        self.driver.write("inject", process=name, arguments=[str(one) for one in arguments])
        said = (self.folder / "log" / "strace.out").open("ab")
        pid = self.pid(name)
        tracer = subprocess.Popen(
            ["strace", "-f", "-qq", "-p", str(pid), *map(str, arguments)],
            stdin=subprocess.DEVNULL, stdout=said, stderr=said,
        )
        self._strace.append(tracer)
        wait_for(
            "strace is attached", lambda: tracer.poll() is not None or is_traced(pid, tracer))
        return tracer

    def untrace(self, tracer):
        """Lets the process go, if it lives."""
        if tracer in self._strace:
            self._strace.remove(tracer)
        if tracer.poll() is None:
            # SIGINT lets go of the process; SIGKILL would, too, but leaves it stopped at times.
            tracer.send_signal(signal.SIGINT)
            with contextlib.suppress(subprocess.TimeoutExpired):
                tracer.wait(5)
        if tracer.poll() is None:
            tracer.kill()
            tracer.wait()

    # Looks

    def answers(self, path="readyz"):
        """The status and the text that the web gateway answers; status 0 if it doesn't."""
        try:
            with urllib.request.urlopen(f"{self.url}{path}", timeout=3) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
        except (OSError, ValueError):
            return 0, ""

    def tool(self, *arguments, seconds=30):
        """Runs `chatbox`; returns its exit code and what it said."""
        done = subprocess.run(
            [self.real / "chatbox", *arguments], env=self._environment(), cwd=self.folder,
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=seconds,
        )
        return done.returncode, done.stdout + done.stderr

    def run_beside(self, name, seconds=20, **settings):
        """Starts another process of a kind beside the one that runs, and waits for its end; returns
        its exit code (None if it had to be ended) and what it said."""
        process = subprocess.Popen(
            [self.real / NAMES[name]], env={**self._environment(), **settings}, cwd=self.folder,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )
        try:
            said, _ = process.communicate(timeout=seconds)
            return process.returncode, said
        except subprocess.TimeoutExpired:
            process.kill()
            return None, process.communicate()[0]

    def judge(self, invariant, right, saw):
        """Something that can be seen only now: whether it is as promised, and what was seen."""
        self.driver.write("judged", invariant=invariant, right=bool(right), saw=saw)
        return bool(right)

    def judge_becomes(self, invariant, what, condition, seconds):
        """The same for what has to become so within some seconds; returns how long it took."""
        began = time.monotonic()
        try:
            wait_for(what, condition, seconds)
        except AssertionError:
            self.judge(invariant, False, f"not within {seconds} s: {what}")
            return None
        took = time.monotonic() - began
        self.judge(invariant, True, f"after {took:.1f} s: {what}")
        return took

    def keep_state(self):
        """Writes down what the sandbox has counted."""
        with contextlib.suppress(OSError):
            state = self.sandbox("GET", "/sandbox/state")
            (self.folder / "sandbox-state.json").write_text(json.dumps(state))

    def wind_down(self):
        """Stops everything as an operator does; each has to end with 0 within 5 s."""
        self.keep_state()
        for name in reversed(CHATBOX):
            with contextlib.suppress(AssertionError):
                wait_for(f"{name} has come to stay", lambda name=name: self._stays(name), 15)
            if self.info(name)["statename"] != "RUNNING":
                continue
            status, seconds = self.stop(name)
            right = status == 0 and seconds < 5.5
            self.judge("I12", right, f"{name} ended with {status} after {seconds:.1f} s of SIGTERM")
        with contextlib.suppress(Exception):
            self.stop("sandbox")

    def _stays(self, name):
        """Whether a process is down for good, or runs for longer than a start may fail."""
        info = self.info(name)
        if info["statename"] != "RUNNING":
            # Another exit code than these is followed by a start: compose/supervisord.conf.
            ended = info["statename"] == "EXITED" and info["exitstatus"] in (64, 65, 77, 78)
            return ended or info["statename"] in ("STOPPED", "FATAL")
        return info["now"] - info["start"] >= 2

    def _sample(self):
        while not self._over.wait(SAMPLE):
            with contextlib.suppress(Exception):
                for info in self.supervisor.getAllProcessInfo():
                    if info["name"] in CHATBOX and info["statename"] == "RUNNING":
                        values = self._values(info["pid"], info["name"])
                        self.driver.write("sample", process=info["name"], values=values)

    def _values(self, pid, name):
        process = pathlib.Path(f"/proc/{pid}")
        status = dict(
            line.split(":", 1) for line in (process / "status").read_text().splitlines()
        )
        log = self.folder / "log" / f"{name}.log"
        values = {
            "rss_mb": int(status["VmRSS"].split()[0]) // 1024,
            "threads": int(status["Threads"]),
            "descriptors": len(list((process / "fd").iterdir())),
            "log_mb": log.stat().st_size // 2**20,
        }
        wal = self.folder / "chatbox.db-wal"
        if name == "broker" and wal.exists():
            values["wal_mb"] = wal.stat().st_size // 2**20
        return values


__all__ = ["CHATBOX", "NAMES", "ROOT", "FaultyStack", "wait_for"]
