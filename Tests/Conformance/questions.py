"""Every question that a bot can ask the sandbox: what is answered well, and what is refused."""

import json

from recorder import PREFIX, exchange

GUILD = "1000000000000000001"
FORUM = "1000000000000000002"
BOT = "1000000000000000003"
TEXT = "1000000000000000007"
THUMB = "%F0%9F%91%8D"


class Asker:
    """Asks the sandbox as a bot and keeps every exchange."""

    def __init__(self, sandbox):
        self._sandbox = sandbox
        self.exchanges = []

    def __call__(self, method, target, body=None, authorization="Bot any"):
        headers = {"Authorization": authorization} if authorization else {}
        if body is not None:
            headers["Content-Type"] = "application/json"
        said, _ = exchange(
            f"127.0.0.1:{self._sandbox.port}", method, PREFIX + target, headers,
            b"" if body is None else json.dumps(body).encode(),
        )
        self.exchanges.append(said)
        return json.loads(said.answer or b"null")


def ask_everything(ask):
    """Every route with what it answers when all is well."""
    post = ask(
        "POST", f"/channels/{FORUM}/threads",
        {"name": "Visitor", "message": {"embeds": [
            {"title": "Card", "description": "text", "footer": {"text": "uid"}}
        ]}},
    )["id"]
    first = ask(
        "POST", f"/channels/{post}/messages",
        {"content": "<@1000000000000000004> hello", "nonce": "n1", "enforce_nonce": True},
    )["id"]
    ask(
        "POST", f"/channels/{post}/messages",
        {"content": "a reply", "message_reference": {"message_id": first}},
        authorization="Operator Anna",
    )
    reactions = f"/channels/{post}/messages/{first}/reactions"
    ask("PUT", f"{reactions}/{THUMB}/@me")
    ask("PUT", f"{reactions}/{THUMB}/@me", authorization="Operator Anna")
    for target in (
        "/gateway", "/gateway/bot", "/users/@me", "/users/@me/guilds", f"/users/{BOT}",
        "/applications/@me", "/oauth2/applications/@me", f"/guilds/{GUILD}",
        f"/guilds/{GUILD}?with_counts=true", f"/guilds/{GUILD}/channels", f"/guilds/{GUILD}/roles",
        f"/guilds/{GUILD}/members/{BOT}", f"/guilds/{GUILD}/threads/active",
        f"/channels/{FORUM}", f"/channels/{post}", f"/channels/{post}/messages?limit=100&after=0",
        f"/channels/{post}/messages/{first}", f"{reactions}/{THUMB}?limit=10", f"/channels/{TEXT}",
    ):
        ask("GET", target)
    ask("PATCH", f"/channels/{post}/messages/{first}", {"content": "edited"})
    ask("DELETE", f"{reactions}/{THUMB}/@me")
    ask_as_moderator(ask, post, reactions)
    ask_in_text_channel(ask)
    ask("POST", f"/channels/{post}/typing")
    ask("PUT", f"/channels/{post}/thread-members/@me")
    ask("PATCH", f"/channels/{post}", {"name": "Renamed", "archived": True, "locked": True})
    ask("GET", f"/channels/{FORUM}/threads/archived/public?limit=10")
    return post


def ask_as_moderator(ask, post, reactions):
    """What the bot may not, and people of the team may."""
    said = [ask("POST", f"/channels/{post}/messages", {"content": text})["id"] for text in "abc"]
    for method, target, body in (
        ("DELETE", f"{reactions}/{THUMB}/{BOT}", None), ("DELETE", f"{reactions}/{THUMB}", None),
        ("DELETE", reactions, None), ("DELETE", f"/channels/{post}/messages/{said[0]}", None),
        ("POST", f"/channels/{post}/messages/bulk-delete", {"messages": said[1:]}),
    ):
        ask(method, target, body, authorization="Operator Anna")
    # What only people send, in Discord's form; not a forward, whose `message_reference.type` of 1
    # the document doesn't know.
    ask("POST", f"/channels/{post}/messages", {
        "attachments": [{"id": 0, "filename": "a.png", "size": 5, "content_type": "image/png"}],
        "sticker_items": [{"id": "77", "name": "Wave", "format_type": 1}],
        "poll": {"question": {"text": "?"}, "answers": [{"poll_media": {"text": "yes"}}]},
    }, authorization="Operator Anna")


def ask_in_text_channel(ask):
    """Threads where there is no forum, with a message and without."""
    card = ask("POST", f"/channels/{TEXT}/messages", {"embeds": [{"title": "Card"}]})["id"]
    ask("POST", f"/channels/{TEXT}/messages/{card}/threads", {"name": "Visitor"})
    other = ask("POST", f"/channels/{TEXT}/threads", {"name": "Other", "type": 11})["id"]
    for target in (card, other, TEXT):
        ask("GET", f"/channels/{target}/messages?limit=100")
    ask("DELETE", f"/channels/{other}")


def refuse_more(ask):
    """Refusals for edits, reactions, threads and permissions; only they are kept."""
    kept = list(ask.exchanges)
    post = ask("POST", f"/channels/{FORUM}/threads", {"name": "V", "message": {"content": "Hi"}})
    place = f"/channels/{post['id']}"
    theirs = ask("POST", f"{place}/messages", {"content": "Mine"}, authorization="Operator Anna")
    card = ask("POST", f"/channels/{TEXT}/messages", {"content": "Card"})["id"]
    ask("POST", f"/channels/{TEXT}/messages/{card}/threads", {"name": "Visitor"})
    ask.exchanges[:] = kept
    one = f"{place}/messages/{theirs['id']}"
    ask("PATCH", one, {"content": "Yours"})
    ask("DELETE", one)
    ask("DELETE", f"{place}/messages/7")
    ask("PUT", f"{one}/reactions/nothing/@me")
    ask("POST", f"/channels/{TEXT}/messages/{card}/threads", {"name": "Visitor"})
    ask("PATCH", place, {"applied_tags": ["7"]})
    host = f"127.0.0.1:{ask._sandbox.port}"
    for names in (["VIEW_CHANNEL"], ["SEND_MESSAGES_IN_THREADS"]):
        taken = json.dumps({"who": "bot", "deny": names}).encode()
        exchange(host, "PUT", "/sandbox/permissions", {}, taken)
        ask("POST", f"{place}/messages", {"content": "Hello"})
    codes = [json.loads(said.answer)["code"] for said in ask.exchanges[len(kept):]]
    assert codes == [50005, 50013, 10008, 10014, 160004, 10087, 50001, 50013]
