"""What a server knows of one visitor's conversation."""

import secrets
import time


class Conversation:
    """What the server knows of one visitor."""

    def __init__(self, secret):
        self.secret = secret
        self.events = []
        self.receipt = {"delivered_upto": 0, "seen_upto": 0, "failed": []}
        self.reported = {"delivered_upto": 0, "seen_upto": 0}
        self.state = "open"

    def head(self):
        return {"seq": len(self.events), "id": self.events[-1]["id"] if self.events else None}

    def add(self, sender, body, author=None, key=None, at=None, kind="message", **more):
        """The next event."""
        event = {
            "seq": len(self.events) + 1,
            "id": secrets.token_hex(16),
            "at": at or int(time.time() * 1000),
            "kind": kind,
            "from": sender,
            "author": author or {"id": "a1", "name": "Anna"},
            "body": body,
            "format": "plain",
            "revision": 0,
            **more,
        }
        if key is not None:
            event["key"] = key
        self.events.append(event)
        if kind in ("close", "reopen", "message") and self.state != "blocked":
            self.state = "closed" if kind == "close" else "open"
        return event

    def change(self, sender, kind, target, body="", revision=0, key=None, author=None):
        """An edit or a deletion of the event `target`."""
        meant = {"seq": target["seq"], "id": target["id"]}
        return self.add(
            sender, body, author, key, kind=kind, target=meant, revision=revision
        )

    def with_key(self, key):
        return next((event for event in self.events if event.get("key") == key), None)

    def present(self, events):
        """As history gives them: messages in their present state."""
        states = {event["seq"]: dict(event) for event in self.events}
        for event in self.events:
            meant = states.get(event.get("target", {}).get("seq"))
            if meant is None or meant.get("deleted"):
                continue
            if event["kind"] == "edit" and event["revision"] > meant["revision"]:
                meant.update(body=event["body"], revision=event["revision"])
            if event["kind"] == "deletion":
                meant.update(body="", deleted=True)
        return [states[event["seq"]] for event in events]

    def standing(self, frame):
        """The event that stands in the place of an edit which is no newer; else None."""
        target = self.with_key(frame["target"]) if frame["type"] == "edit" else None
        if target is None:
            return None
        edits = [
            event
            for event in self.events
            if event["kind"] == "edit" and event["target"]["seq"] == target["seq"]
        ]
        newest = max([target, *edits], key=lambda event: event["revision"])
        return newest if frame["revision"] <= newest["revision"] else None

    def stored(self, frame):
        """The event that a frame of the page's makes; None if what it means isn't there."""
        author = {"id": "v", "name": "Visitor"}
        key = frame["key"]
        if frame["type"] == "send":
            more = {"reply_to": frame["reply_to"]} if "reply_to" in frame else {}
            return self.add("visitor", frame["body"], author, key, **more)
        if frame["type"] == "requeue":
            failed = self.receipt["failed"]
            self.receipt["failed"] = [one for one in failed if one["seq"] != frame["seq"]]
            target = self.events[frame["seq"] - 1]
            return self.change("visitor", "requeue", target, key=key, author=author)
        target = self.with_key(frame["target"])
        if target is None:
            return None
        if frame["type"] == "edit":
            return self.change(
                "visitor", "edit", target, frame["body"], frame["revision"], key, author
            )
        return self.change("visitor", "deletion", target, key=key, author=author)

    def reach(self, report):
        for name, upto in self.reported.items():
            self.reported[name] = max(upto, report.get(name, 0))
