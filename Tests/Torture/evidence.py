"""What a run left behind, read into one picture: the clients' records, the database, the sandbox's
journal and the processes' logs.

A run's folder holds `clients/*.jsonl` (visitors, operators, the driver), `chatbox.db`,
`sandbox/journal.jsonl`, `sandbox-state.json` and `log/`.
"""

import collections
import dataclasses
import json
import sqlite3

from operator_client import BOT
from record import MARKER

# In the SQL, events are in the form in which they were committed; a deletion empties them.
EVENTS = """
    SELECT conversation.id, event.seq, hex(event.uid), event.at, event.kind, service.name,
        event.key, event.revision, event.body, event.target, event.newest_edit, event.deleted_by
    FROM event JOIN conversation ON conversation.id = event.conversation
    JOIN service ON service.id = event.service ORDER BY conversation.id, event.seq
"""


@dataclasses.dataclass
class Event:
    seq: int
    id: str
    # When it was committed, in milliseconds since 1970.
    at: int
    kind: str
    service: str
    key: str
    revision: int
    body: str
    target: int | None
    newest_edit: int | None
    deleted_by: int | None


@dataclasses.dataclass
class Side:
    """One service's view of a conversation."""

    peer: str | None
    handled: int
    delivered: int
    seen: int


@dataclasses.dataclass
class Conversation:
    """One conversation as the database has it."""

    uid: str
    head: int
    events: dict = dataclasses.field(default_factory=dict)
    sides: dict = dataclasses.field(default_factory=dict)
    external: dict = dataclasses.field(default_factory=dict)
    failures: dict = dataclasses.field(default_factory=dict)

    def text(self, message):
        """A message's present text; None if it is deleted."""
        if message.deleted_by is not None:
            return None
        # An edit that is lost is found by itself.
        return self.events.get(message.newest_edit, message).body

    def messages(self, service):
        return [
            event for event in self.events.values()
            if event.kind == "message" and event.service == service
        ]


class Client:
    """A client's record, in order."""

    def __init__(self, path):
        lines = path.read_text().splitlines()
        self.name = path.stem
        self.lines = [json.loads(line) for line in lines]
        begin = next((line for line in self.lines if line["what"] == "begin"), {})
        self.number = begin.get("number")
        self.visitor = begin.get("visitor")
        self.secret = begin.get("secret")

    def of(self, *kinds):
        return [line for line in self.lines if line["what"] in kinds]


class Discord:
    """The sandbox's journal: what was ever posted, and what stands in the end."""

    def __init__(self, path):
        self.posted = []
        self.standing = {}
        self.threads = {}
        self.cards = {}
        self.identifies = 0
        text = path.read_text() if path.exists() else ""
        for line in text.splitlines():
            self._take(json.loads(line))

    def _take(self, change):
        match change["kind"]:
            case "identify":
                self.identifies += 1
            case "thread":
                self.threads[change["id"]] = change
            case "thread_deletion":
                self.threads.pop(change["id"], None)
                for gone in [i for i, m in self.standing.items() if m["channel"] == change["id"]]:
                    del self.standing[gone]
            case "message" | "message_change":
                if change["kind"] == "message":
                    self.posted.append(change)
                    if change["author"] == BOT and change.get("embeds"):
                        self.cards.setdefault(change["channel"], json.dumps(change["embeds"]))
                self.standing[change["id"]] = change
            case "message_deletion":
                self.standing.pop(change["id"], None)

    def by_bot(self):
        """Everything that was posted for visitors: the bot's messages that have a text."""
        return [one for one in self.posted if one["author"] == BOT and one["content"]]

    def by_team(self):
        return [
            one for one in self.posted
            if one["author"] != BOT and one["content"] and one.get("type", 0) in (0, 19)
        ]


class Evidence:
    def __init__(self, folder):
        self.folder = folder
        clients = [Client(path) for path in sorted((folder / "clients").glob("*.jsonl"))]
        self.visitors = [one for one in clients if one.name.startswith("visitor")]
        self.operators = [one for one in clients if one.name.startswith("operator")]
        self.driver = next((one for one in clients if one.name == "driver"), None)
        self.discord = Discord(folder / "sandbox" / "journal.jsonl")
        state = folder / "sandbox-state.json"
        self.state = json.loads(state.read_text()) if state.exists() else {}
        self.expected = {}
        for line in self.told("expect"):
            self.expected.update({k: v for k, v in line.items() if k not in ("t", "what")})
        self.is_settled = any(line["settled"] for line in self.told("end"))
        self.problems = []
        self.epoch = None
        self.conversations = {}
        self.by_number = {}
        database = folder / "chatbox.db"
        if database.exists():
            self._read(database)

    def told(self, *kinds):
        """What the driver wrote down."""
        return self.driver.of(*kinds) if self.driver else []

    def _read(self, path):
        """Everything of the database that the invariants ask for; it is only read."""
        connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
        try:
            self.problems = [row[0] for row in connection.execute("PRAGMA integrity_check")]
            self.problems = [one for one in self.problems if one != "ok"]
            broken = connection.execute("PRAGMA foreign_key_check").fetchall()
            self.problems += [f"a foreign key of {table} names nothing" for table, *_ in broken]
            (self.application_id,) = connection.execute("PRAGMA application_id").fetchone()
            (epoch,) = connection.execute("SELECT hex(epoch) FROM life").fetchone()
            self.epoch = epoch.lower()
            self._read_tables(connection)
        except sqlite3.DatabaseError as error:
            self.problems.append(str(error))
        finally:
            connection.close()
        for visitor in self.visitors:
            for one in self.conversations.values():
                if one.sides.get("web") and one.sides["web"].peer == visitor.visitor:
                    self.by_number[visitor.number] = one

    def _read_tables(self, connection):
        for row in connection.execute("SELECT id, hex(uid), head FROM conversation"):
            self.conversations[row[0]] = Conversation(row[1].lower(), row[2])
        for number, *rest in connection.execute(
            "SELECT conversation, name, peer, handled, delivered, seen FROM side "
            "JOIN service ON service.id = side.service"
        ):
            peer = bytes(rest[1]).decode() if rest[1] is not None else None
            self._conversation(number).sides[rest[0]] = Side(peer, *rest[2:])
        for number, seq, identity, *rest in connection.execute(EVENTS):
            self._conversation(number).events[seq] = Event(seq, identity.lower(), *rest)
        for number, seq, name in connection.execute(
            "SELECT conversation, seq, external_id.id FROM external_id ORDER BY 1, 2, part"
        ):
            self._conversation(number).external.setdefault(seq, []).append(name)
        for number, seq, code in connection.execute("SELECT conversation, seq, code FROM failure"):
            self._conversation(number).failures[seq] = code

    def _conversation(self, number):
        # One that isn't there is a foreign key that names nothing, and found as that.
        return self.conversations.setdefault(number, Conversation("", 0))

    def invoked(self):
        """Every entry of every visitor by (conversation, key), however many tabs it went through:
        its invocation, and its answers."""
        found = collections.defaultdict(lambda: {"invoke": None, "ok": [], "fail": []})
        for visitor in self.visitors:
            for line in visitor.of("invoke", "ok", "fail"):
                entry = found[visitor.number, line["key"]]
                if line["what"] == "invoke":
                    entry["invoke"] = line
                else:
                    entry[line["what"]].append(line)
        return found


def number_of(text):
    """Whose marker a text begins with: its side and conversation, and which message; or None."""
    found = MARKER.match(text)
    return (found[1], int(found[2]), int(found[3])) if found else None
