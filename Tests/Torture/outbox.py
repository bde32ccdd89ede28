"""What a visitor said and isn't answered, and what a page shows: decisions without a socket or a
clock, after static/js/outbox.js and transcript.js."""

import dataclasses

# A refusal is never tried again at once, and never later than in a minute (outbox.js).
HOLD_MIN, HOLD_MAX = 0.25, 60


@dataclasses.dataclass
class Entry:
    """Something that was said: "send", "edit" or "delete"."""

    kind: str
    key: str
    members: dict
    tried: bool = False


@dataclasses.dataclass
class Own:
    """What became of an own message: its text, or None once it is deleted."""

    text: str | None
    revision: int = 0
    seq: int = 0


class Outbox:
    """Which entry goes next: one is under way at a time, and none overtakes one that is tried
    again. Times are seconds from any fixed moment."""

    def __init__(self):
        self.entries = []
        self.held_until = 0
        self._underway = None

    def __len__(self):
        return len(self.entries)

    def put(self, entry):
        self.entries.append(entry)

    def next(self, now):
        """What to say now; it is under way from then on."""
        if self._underway or not self.entries or now < self.held_until:
            return None
        entry = self.entries[0]
        entry.tried = True
        self._underway = (entry.key, now)
        return entry

    def waits(self, now):
        """Seconds until there is something to be tried again; 0 if nothing waits for that."""
        waiting = not self._underway and bool(self.entries)
        return max(0, self.held_until - now) if waiting else 0

    def stalled(self, now, seconds):
        """Whether an answer has taken longer than so."""
        return self._underway is not None and now > self._underway[1] + seconds

    def answered(self, key):
        """It is stored, or refused for good."""
        self.entries = [entry for entry in self.entries if entry.key != key]
        if self._underway and self._underway[0] == key:
            self._underway = None

    def refused(self, wait, now):
        """What is under way is to be tried again after a while."""
        self.held_until = now + min(max(wait, HOLD_MIN), HOLD_MAX)
        self._underway = None

    def disconnected(self):
        """What was under way is in doubt: it goes again, first, with its key."""
        self._underway, self.held_until = None, 0

    def take(self, other):
        """Another tab is gone; what it had goes first."""
        self.entries, other.entries = other.entries + self.entries, []


def texts_of(events, side):
    """What a page shows of events by seq (docs/protocol.md, section 6): texts by seq."""
    texts = {}
    for seq, event in sorted(events.items()):
        if event["from"] != side:
            continue
        target = (event.get("target") or {}).get("seq")
        if event["kind"] == "message":
            texts[seq] = None if event.get("deleted") else (event["revision"], event["body"])
        elif event["kind"] == "edit" and texts.get(target) is not None:
            if event["revision"] > texts[target][0] and not event.get("deleted"):
                texts[target] = (event["revision"], event["body"])
        elif event["kind"] == "deletion":
            texts[target] = None
    return {seq: text[1] for seq, text in texts.items() if text is not None}
