"""I1: what was acknowledged is kept, and arrives on the other side as it was said last."""

import re


def acknowledged_is_kept(evidence):
    """I1: what was acknowledged is in the database as it was said, and reached the other side."""
    for (number, key), entry in evidence.invoked().items():
        conversation = evidence.by_number.get(number)
        for answer in entry["ok"]:
            # In another life of the database, what was acknowledged in this one needn't be there.
            if answer["epoch"] == evidence.epoch:
                yield from _stored(conversation, number, key, entry["invoke"], answer)
    if evidence.is_settled:
        yield from _reached_discord(evidence)
        yield from _reached_visitors(evidence)


def _stored(conversation, number, key, invoke, answer):
    if answer["seq"] is None:
        return  # A deletion of what was never stored.
    event = conversation.events.get(answer["seq"]) if conversation else None
    what = f"conversation {number}, {key} (seq {answer['seq']})"
    if event is None:
        yield f"{what} was acknowledged and isn't in the database"
    elif event.key != key and not answer["duplicate"]:
        yield f"{what} was acknowledged, and {event.key} stands there"
    elif answer["id"] and event.id != answer["id"]:
        yield f"{what} was acknowledged as {answer['id']}, and is {event.id}"
    elif invoke and invoke["kind"] == "send" and event.deleted_by is None:
        if event.body != invoke["body"]:
            yield f"{what} was acknowledged, and stands there with another text"
    elif invoke and invoke["kind"] == "delete":
        target = conversation.events.get(event.target)
        if target is not None and (target.deleted_by is None or target.body):
            yield f"{what}, a deletion, was acknowledged, and the text is still there"


def _reached_discord(evidence):
    """Every message and its present text stands in Discord, if nothing says that it failed."""
    if evidence.expected.get("discord_differs"):
        return
    for number, conversation in evidence.by_number.items():
        for message in conversation.messages("web"):
            if message.seq in conversation.failures:
                continue
            ids = conversation.external.get(message.seq, [])
            now = evidence.discord.standing
            standing = [now[one] for one in ids if one in now]
            text = conversation.text(message)
            what = f"conversation {number}, seq {message.seq}"
            if text is None:
                if any(one["content"] for one in standing):
                    yield f"{what} was deleted, and still stands in Discord"
            elif _plain("".join(one["content"] for one in standing)) != _plain(text):
                yield f"{what} doesn't stand in Discord as it was said last ({len(standing)} parts)"


def _reached_visitors(evidence):
    """What the team wrote is stored, with its present text, and the visitor was shown it."""
    for message in evidence.discord.by_team():
        conversation = _conversation_of(evidence, message)
        if conversation is None or message["content"].startswith("//"):
            continue
        stored = next(
            (one for one in conversation.messages("discord") if one.key == message["id"]), None
        )
        what = f"{message['content'][:12]} ({message['id']}) of the team"
        now = evidence.discord.standing.get(message["id"])
        if stored is None:
            if now is not None:
                yield f"{what} isn't in the database"
        elif (now["content"] if now else None) != conversation.text(stored):
            yield f"{what} has another text in the database than in Discord"
    for visitor in evidence.visitors:
        conversation = evidence.by_number.get(visitor.number)
        if conversation is None or evidence.expected.get("partial_view"):
            continue
        seen = {line["event"]["seq"]: line["event"]["id"] for line in _last_view(visitor)}
        missing = [seq for seq, event in conversation.events.items() if seen.get(seq) != event.id]
        if missing and not visitor.of("gone"):
            yield f"{visitor.name} was never shown seq {missing[:5]} of {conversation.head}"



def _conversation_of(evidence, message):
    for conversation in evidence.conversations.values():
        side = conversation.sides.get("discord")
        if side and side.peer == message["channel"]:
            return conversation
    return None


def _last_view(visitor):
    """What the visitor saw since it last had to forget everything."""
    view = []
    for line in visitor.lines:
        if line["what"] == "reset":
            view = []
        elif line["what"] == "saw":
            view.append(line)
    return view


def _plain(text):
    """A text without what escaping and splitting change."""
    return re.sub(r"[\s\\\u200b\u2060]", "", text)
