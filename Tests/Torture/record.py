"""What one client did and saw, a line of JSON each, with the machine's monotonic time."""

import json
import re
import threading
import time

# Whose message it is, in which conversation, which one, and in which revision: it begins every
# text that is said, and nothing else looks like it.
MARKER = re.compile(r"\b([vo])(\d{3})n(\d{4})r(\d+)\b")


def marker(side, number, count, revision=0):
    """The first word of a text: side "v" or "o", the conversation's number, the message's."""
    return f"{side}{number:03}n{count:04}r{revision}"


class Record:
    """A file that only grows; whoever writes may do so from any thread."""

    def __init__(self, folder, name):
        self.path = folder / f"{name}.jsonl"
        self._file = self.path.open("a", buffering=1)
        self._lock = threading.Lock()

    def write(self, what, **members):
        line = json.dumps({"t": round(time.monotonic(), 6), "what": what, **members})
        with self._lock:
            self._file.write(line + "\n")

    def lines(self, what):
        """What was written down so far of one kind."""
        lines = [json.loads(line) for line in self.path.read_text().splitlines()]
        return [line for line in lines if line["what"] == what]

    def close(self):
        self._file.close()
