"""What must hold after every fault, each judged by itself from a run's evidence.

Each function takes an `Evidence` and yields its violations as sentences. The names are those of
the fault matrix; I8, I9 and I12 are judged where the fault is made, and come as the driver's lines,
which may tell of any other one too.
"""

import collections
import re

from evidence import number_of
from kept import acknowledged_is_kept
from record import MARKER

APPLICATION_ID = 0x43426F78
# Discord's global limit is 50 requests of one process; its killed forerunner's may be in the same
# second.
WRITES_PER_SECOND = 100
# Of one process, in a debug build: far above what it needs, far below what a leak takes.
CAPS = {"rss_mb": 400, "descriptors": 1024, "threads": 64, "wal_mb": 64, "log_mb": 20}


def nothing_is_doubled(evidence):
    """I2: one event for one message, one message in Discord for one event."""
    for number, conversation in evidence.by_number.items():
        for service in ("web", "discord"):
            markers = [number_of(one.body) for one in conversation.messages(service) if one.body]
            for marker, count in collections.Counter(markers).items():
                if count > 1 and marker:
                    yield f"conversation {number}: {marker} is stored {count} times"
        keys = collections.Counter((one.service, one.key) for one in conversation.events.values())
        for (_, key), count in keys.items():
            if count > 1:
                yield f"conversation {number}: the key {key} is stored {count} times"
        posted = [one for ids in conversation.external.values() for one in set(ids)]
        for identity, count in collections.Counter(posted).items():
            # An edit and a requeue have the ids of their message; only messages count.
            owners = [
                seq for seq, ids in conversation.external.items()
                if identity in ids and seq in conversation.events
                and conversation.events[seq].kind == "message"
            ]
            if count > 1 and len(owners) > 1:
                yield f"conversation {number}: {identity} stands for {len(owners)} messages"
    posted = collections.Counter(number_of(one["content"]) for one in evidence.discord.by_bot())
    for marker, count in posted.items():
        if marker and count > 1:
            yield f"{marker} was posted {count} times in Discord"
    yield from _doubled_before_visitors(evidence)
    owners = collections.defaultdict(set)
    for thread, card in evidence.discord.cards.items():
        for conversation in evidence.conversations.values():
            if _dashed(conversation.uid) in card and thread in evidence.discord.threads:
                owners[conversation.uid].add(thread)
    for uid, threads in owners.items():
        if len(threads) > evidence.expected.get("posts", 1):
            yield f"the conversation {uid} has {len(threads)} posts"


def _doubled_before_visitors(evidence):
    for visitor in evidence.visitors:
        events, markers = {}, {}
        for line in visitor.lines:
            if line["what"] == "reset":
                events, markers = {}, {}
            elif line["what"] == "saw":
                event = line["event"]
                marker = number_of(event["body"]) if event["kind"] == "message" else None
                if events.setdefault(event["id"], event["seq"]) != event["seq"]:
                    yield f"{visitor.name} saw the event {event['id']} under two numbers"
                if marker and markers.setdefault(marker, event["seq"]) != event["seq"]:
                    yield f"{visitor.name} saw {marker} twice"


def order_is_one(evidence):
    """I3: seq is dense, everybody sees that order, and each side's order is kept in it."""
    for number, conversation in evidence.by_number.items():
        if sorted(conversation.events) != list(range(1, conversation.head + 1)):
            yield f"conversation {number}: its seqs aren't 1 to {conversation.head}"
        for service, side in (("web", "v"), ("discord", "o")):
            markers = [number_of(one.body) for one in conversation.messages(service) if one.body]
            counts = [one[2] for one in markers if one and one[0] == side]
            if counts != sorted(counts):
                yield f"conversation {number}: what {service} said is stored in another order"
    for visitor in evidence.visitors:
        yield from _order_of(visitor, evidence)
    by_number = collections.defaultdict(list)
    for message in evidence.discord.by_bot():
        if marker := number_of(message["content"]):
            by_number[marker[1]].append((int(message["id"]), marker[2]))
    for number, messages in by_number.items():
        counts = [count for _, count in sorted(messages)]
        if counts != sorted(counts):
            yield f"conversation {number}: its messages stand in another order in Discord"


def _order_of(visitor, evidence):
    """Live events follow each other without a gap, from where the view begins."""
    conversation = evidence.by_number.get(visitor.number)
    last, epoch = None, None
    for line in visitor.lines:
        if line["what"] == "welcome":
            epoch = line["epoch"]
        elif line["what"] == "reset":
            last = None
        elif line["what"] == "saw":
            event = line["event"]
            if line["live"] and not line["again"]:
                if last is not None and event["seq"] != last + 1:
                    yield f"{visitor.name} saw seq {event['seq']} after {last}"
                last = event["seq"]
            stored = conversation.events.get(event["seq"]) if conversation else None
            if epoch == evidence.epoch and stored is not None and stored.id != event["id"]:
                yield f"{visitor.name} saw another event under seq {event['seq']} than is stored"


def everything_is_resolved(evidence):
    """I4: in the end whatever was said is stored or refused, and everything has arrived."""
    for line in evidence.told("end"):
        if not line["settled"]:
            yield f"not everything came to rest in {line['seconds']} s: {line['missing']}"
    if not evidence.is_settled:
        return
    for (number, key), entry in evidence.invoked().items():
        if not entry["ok"] and not entry["fail"]:
            yield f"conversation {number}: {key} was never answered"
        codes = {line["code"] for line in entry["fail"]} - {"deleted"}
        if codes - set(evidence.expected.get("codes", [])):
            yield f"conversation {number}: {key} was refused with {sorted(codes)}"
    allowed = evidence.expected.get("dead_letters", 0)
    failures = sum(len(one.failures) for one in evidence.conversations.values())
    if failures > allowed:
        yield f"{failures} dead letters, {allowed} expected"


def conversations_are_apart(evidence):
    """I5: nothing of one conversation is anywhere in another."""
    for visitor in evidence.visitors:
        for line in visitor.of("saw"):
            for found in MARKER.finditer(line["event"]["body"]):
                if int(found[2]) != visitor.number:
                    yield f"{visitor.name} saw {found[0]}"
    for number, conversation in evidence.by_number.items():
        for event in conversation.events.values():
            found = number_of(event.body)
            if found and found[1] != number:
                yield f"conversation {number} holds {found}"
        peer = conversation.sides["discord"].peer if "discord" in conversation.sides else None
        card = evidence.discord.cards.get(peer)
        if card is not None and _dashed(conversation.uid) not in card:
            yield f"conversation {number} is bound to the post {peer} of another one"
    owner = {}
    for message in evidence.discord.posted:
        found = number_of(message["content"])
        if found and owner.setdefault(message["channel"], found[1]) != found[1]:
            yield f"{found} was posted in the post of conversation {owner[message['channel']]}"


def cursors_only_rise(evidence):
    """I6: receipts never fall, and what the cursor has passed was done."""
    for visitor in evidence.visitors:
        highest = collections.Counter()
        for line in visitor.of("receipt"):
            for name in ("delivered_upto", "seen_upto"):
                value = line[name] or 0
                if value < highest[line["epoch"], name]:
                    before = highest[line["epoch"], name]
                    yield f"{visitor.name}: {name} fell from {before} to {value}"
                highest[line["epoch"], name] = max(highest[line["epoch"], name], value)
        conversation = evidence.by_number.get(visitor.number)
        side = conversation.sides.get("discord") if conversation else None
        if side and highest[evidence.epoch, "delivered_upto"] > max(side.handled, side.delivered):
            yield f"{visitor.name} was told of more deliveries than the cursor has passed"
    ever = {one["id"] for one in evidence.discord.by_bot()}
    for number, conversation in evidence.by_number.items():
        side = conversation.sides.get("discord")
        if side is None:
            continue
        if side.handled > conversation.head:
            yield f"conversation {number}: the cursor {side.handled} is beyond {conversation.head}"
        for message in conversation.messages("web"):
            if message.seq > side.handled or message.seq in conversation.failures:
                continue
            done = [one for one in conversation.external.get(message.seq, []) if one in ever]
            if message.deleted_by is None and not done:
                yield f"conversation {number}: seq {message.seq} is acknowledged and wasn't posted"


def bounds_are_kept(evidence):
    """I7: memory, descriptors, threads, the log of the database and the logs stay small."""
    caps = {**CAPS, **evidence.expected.get("caps", {})}
    most = {}
    for line in evidence.told("sample"):
        for name, value in line["values"].items():
            most[line["process"], name] = max(value, most.get((line["process"], name), 0))
    for (process, name), value in sorted(most.items()):
        if value > caps[name]:
            yield f"{process}: {name} rose to {value}, above {caps[name]}"


def only_by_the_driver(evidence):
    """Nothing that is left tells of it."""
    return ()


def judged_by_the_driver(invariant, evidence):
    """What can be seen only while it happens, of any invariant: the driver's own lines."""
    for line in evidence.told("judged"):
        if line["invariant"] == invariant and not line["right"]:
            yield line["saw"]


def database_is_whole(evidence):
    """I10: the file is sound, ours, and in one life."""
    yield from evidence.problems
    if evidence.conversations and evidence.application_id != APPLICATION_ID:
        yield f"application_id is {evidence.application_id:#x}"
    epochs = {line["epoch"] for visitor in evidence.visitors for line in visitor.of("welcome")}
    if len(epochs) > evidence.expected.get("epochs", 1):
        yield f"visitors heard of {len(epochs)} epochs"


def logs_tell_no_secrets(evidence):
    """I11: neither texts nor secrets nor the token are in any process's log."""
    secrets = [one.secret for one in evidence.visitors if one.secret]
    secrets += [line["token"] for line in evidence.told("begin") if line.get("token")]
    pattern = re.compile("|".join([MARKER.pattern, *map(re.escape, secrets)]))
    for path in sorted((evidence.folder / "log").glob("*.log*")):
        if found := pattern.search(path.read_text(errors="replace")):
            kind = "a text" if MARKER.match(found[0]) else "a secret"
            yield f"{path.name} holds {kind}"


def budgets_are_kept(evidence):
    """I13: sessions, the token, and the pace of requests."""
    allowed = evidence.expected.get("identifies", 5)
    if evidence.discord.identifies > allowed:
        yield f"{evidence.discord.identifies} IDENTIFYs, {allowed} expected"
    if evidence.state.get("token_resets"):
        yield "Discord took the token away"
    seconds = collections.Counter(
        (int(one["id"]) >> 22) // 1000 for one in evidence.discord.by_bot()
    )
    for second, count in seconds.items():
        if count > WRITES_PER_SECOND:
            yield f"{count} messages in one second"
            break


INVARIANTS = {
    "I1": ("nothing acknowledged is lost", acknowledged_is_kept),
    "I2": ("nothing is doubled", nothing_is_doubled),
    "I3": ("one order, without gaps", order_is_one),
    "I4": ("everything is resolved", everything_is_resolved),
    "I5": ("conversations are apart", conversations_are_apart),
    "I6": ("cursors only rise", cursors_only_rise),
    "I7": ("bounds are kept", bounds_are_kept),
    "I8": ("it recovers in time", only_by_the_driver),
    "I9": ("what it says of itself is true", only_by_the_driver),
    "I10": ("the database is whole", database_is_whole),
    "I11": ("logs tell no secrets", logs_tell_no_secrets),
    "I12": ("it ends and explains itself as promised", only_by_the_driver),
    "I13": ("budgets are kept", budgets_are_kept),
}


def _dashed(uid):
    return f"{uid[:8]}-{uid[8:12]}-{uid[12:16]}-{uid[16:20]}-{uid[20:]}"
