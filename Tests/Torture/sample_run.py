"""A run's folder as an honest run leaves it, small enough to be doctored line by line."""

import json
import sqlite3

from operator_client import BOT
from record import marker

EPOCH, ANNA = "ab" * 16, "1000000000000000010"
TABLES = """
    PRAGMA application_id = 1128427384;
    CREATE TABLE life(epoch BLOB);
    CREATE TABLE service(id INTEGER PRIMARY KEY, name TEXT);
    CREATE TABLE conversation(id INTEGER PRIMARY KEY, uid BLOB, head INTEGER);
    CREATE TABLE side(conversation INTEGER REFERENCES conversation(id), service INTEGER, peer BLOB,
        handled INTEGER, delivered INTEGER, seen INTEGER);
    CREATE TABLE event(conversation INTEGER, seq INTEGER, service INTEGER, uid BLOB, at INTEGER,
        kind TEXT, key TEXT, revision INTEGER, body TEXT, target INTEGER, newest_edit INTEGER,
        deleted_by INTEGER);
    CREATE TABLE external_id(
        conversation INTEGER, service INTEGER, seq INTEGER, part INTEGER, id TEXT);
    CREATE TABLE failure(conversation INTEGER, service INTEGER, seq INTEGER, code TEXT);
    INSERT INTO service VALUES (1, 'web'), (2, 'discord');
"""


def snowflake(number):
    """An id of Discord's, a second after the one before."""
    return str((1_000_000_000 + number * 1000) << 22)


class SampleRun:
    """Two conversations: the visitor writes two messages and edits the first, the team answers
    once, edits that, and the visitor deletes the second."""

    def __init__(self, folder):
        self.folder = folder
        for name in ("clients", "sandbox", "log"):
            (folder / name).mkdir()
        (folder / "log" / "broker.log").write_text("gateway connected service=web\n")
        (folder / "sandbox-state.json").write_text('{"token_resets": 0}')
        self.clients = {"driver": []}
        self.journal = []
        self._time = 0
        self.database = sqlite3.connect(folder / "chatbox.db")
        self.database.executescript(TABLES)
        self.database.execute("INSERT INTO life VALUES (?)", (bytes.fromhex(EPOCH),))
        self.line("driver", "begin", token="canary-token")
        for number in (1, 2):
            self._converse(number)
        self.line("driver", "sample", process="broker", values={"rss_mb": 30, "wal_mb": 1})
        self.line("driver", "end", settled=True, seconds=1, missing=None)

    def line(self, client, what, **members):
        self._time += 1
        self.clients.setdefault(client, []).append({"t": self._time, "what": what, **members})

    def _converse(self, number):
        uid = f"{number:032x}"
        dashed = f"{uid[:8]}-{uid[8:12]}-{uid[12:16]}-{uid[16:20]}-{uid[20:]}"
        post, visitor = snowflake(number * 100), f"visitor-{number}"
        first, second = marker("v", number, 0), marker("v", number, 1)
        edited = marker("v", number, 0, 1)
        answer, better = marker("o", number, 0), marker("o", number, 0, 1)
        ids = [snowflake(number * 100 + count) for count in range(1, 4)]
        self.database.execute(
            "INSERT INTO conversation VALUES (?, ?, 6)", (number, bytes.fromhex(uid)))
        self.database.executemany(
            "INSERT INTO side VALUES (?, ?, ?, ?, ?, ?)",
            [(number, 1, visitor.encode(), 6, 6, 6), (number, 2, post.encode(), 6, 6, 6)])
        events = [
            # seq, service, kind, key, revision, body, target, newest edit, deleted by
            (1, 1, "message", "k1", 0, first, None, 3, None),
            (2, 1, "message", "k2", 0, "", None, None, 6),
            (3, 1, "edit", "k3", 1, edited, 1, None, None),
            (4, 2, "message", ids[2], 0, answer, None, 5, None),
            (5, 2, "edit", f"{ids[2]}:e:1", 1, better, 4, None, None),
            (6, 1, "deletion", "k4", 0, "", 2, None, None),
        ]
        for seq, service, kind, key, revision, body, target, edit, deleted in events:
            self.database.execute(
                "INSERT INTO event VALUES (?, ?, ?, ?, 0, ?, ?, ?, ?, ?, ?, ?)",
                (number, seq, service, bytes.fromhex(self.id(number, seq)), kind, key, revision,
                 body, target, edit, deleted))
        self.database.executemany(
            "INSERT INTO external_id VALUES (?, 2, ?, 0, ?)",
            [(number, 1, ids[0]), (number, 2, ids[1]), (number, 3, ids[0])])
        self._journal(post, dashed, ids, (first, second, edited, answer, better))
        self._client(number, visitor, (first, second, edited, answer, better))

    @staticmethod
    def id(number, seq):
        return f"{number:016x}{seq:016x}"

    def _journal(self, post, uid, ids, texts):
        first, second, edited, answer, better = texts

        def message(kind, identity, author, content, **more):
            self.journal.append({
                "kind": kind, "id": identity, "channel": post, "author": author,
                "content": content, **more})

        self.journal.append({"kind": "thread", "id": post, "parent": "1", "name": "Visitor"})
        message("message", post, BOT, "", embeds=[{"footer": uid}])
        message("message", ids[0], BOT, first)
        message("message", ids[1], BOT, second)
        message("message_change", ids[0], BOT, edited)
        message("message", ids[2], ANNA, answer)
        message("message_change", ids[2], ANNA, better)
        self.journal.append({"kind": "message_deletion", "id": ids[1], "channel": post})

    def _client(self, number, visitor, texts):
        first, second, edited, answer, better = texts
        name = f"visitor-{number:03}"
        self.line(name, "begin", number=number, visitor=visitor, secret=f"secret-{number}")
        self.line(name, "welcome", epoch=EPOCH, head={"seq": 0}, recovered=False, resumed=None)
        self.line(name, "reset")
        said = [
            ("send", "k1", 1, {"body": first}), ("send", "k2", 2, {"body": second}),
            ("edit", "k3", 3, {"target": "k1", "revision": 1, "body": edited}),
        ]
        for kind, key, seq, members in said:
            self._say(name, number, kind, key, seq, **members)
        shown = [
            ("message", "visitor", first), ("message", "visitor", second),
            ("edit", "visitor", edited), ("message", "team", answer), ("edit", "team", better),
            ("deletion", "visitor", ""),
        ]
        for seq, (kind, side, body) in enumerate(shown, 1):
            event = {
                "seq": seq, "id": self.id(number, seq), "kind": kind, "from": side, "body": body,
            }
            self.line(name, "saw", live=True, again=False, event=event)
        self._say(name, number, "delete", "k4", 6, target="k2")
        for seq in (3, 6):
            self.line(name, "receipt", epoch=EPOCH, delivered_upto=seq, seen_upto=seq, failed=[])

    def _say(self, name, number, kind, key, seq, **members):
        self.line(name, "invoke", kind=kind, key=key, **members)
        self.line(
            name, "ok", key=key, epoch=EPOCH, seq=seq, id=self.id(number, seq), revision=0,
            duplicate=False)

    # Doctoring

    def lines(self, client, what):
        return [line for line in self.clients[client] if line["what"] == what]

    def saw(self, client, seq):
        return next(one for one in self.lines(client, "saw") if one["event"]["seq"] == seq)

    def drop(self, client, line):
        self.clients[client].remove(line)

    def sql(self, statement):
        self.database.execute(statement)

    def write(self):
        """Puts it all into the folder; returns that."""
        self.database.commit()
        self.database.close()
        for name, lines in self.clients.items():
            text = "".join(json.dumps(line) + "\n" for line in lines)
            (self.folder / "clients" / f"{name}.jsonl").write_text(text)
        text = "".join(json.dumps(change) + "\n" for change in self.journal)
        (self.folder / "sandbox" / "journal.jsonl").write_text(text)
        return self.folder
