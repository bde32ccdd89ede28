"""Writes what a target of the fuzzer begins with: seeds.py TARGET FOLDER. Made of the golden frames, and of a few texts."""

import json
import pathlib
import struct
import sys

VECTORS = pathlib.Path(__file__).resolve().parents[1] / "Vectors"
TEXTS = [
    "plain text", "*bold* _it_ ~~no~~ ||x|| `c` [x](y) \\", "> quote\n# head\n- list\n1. one", "@everyone <@1> <#2> <:a:3>",
    "e\u0301 \U0001f468\u200d\U0001f469\u200d\U0001f467", "line\r\nnext\u2028x", "discord.gg/abc https://a.example/x_y",
    "<@!1574300000000000001> <@&2> <t:1700000000:R> </cmd:5> <id:guide>", "https://discord.com/channels/1/2/3", "w " * 1200,
]
PAGE = [
    {"type": "hello", "version": 1, "visitor": "0b6f2c8e-3f0a-4c1d-9f57-1b2c3d4e5f60", "secret": "A" * 43, "create": True,
     "name": "Ann", "visible": False, "from": {"epoch": "a" * 32, "seq": 3, "id": "b" * 32}},
    {"type": "send", "key": "k", "body": "Hello", "reply_to": "c" * 32},
    {"type": "edit", "key": "k", "target": "o", "revision": 1, "body": "x"}, {"type": "delete", "key": "k", "target": "o"},
    {"type": "requeue", "key": "k", "seq": 3}, {"type": "report", "delivered_upto": 1, "seen_upto": 1}, {"type": "typing"},
    {"type": "visible", "visible": True}, {"type": "history", "before": 21}, {"type": "ping"},
]
MESSAGE = {
    "id": "1574300000000000001", "channel_id": "1574200000000000000", "type": 0, "content": "Hi <@1574300000000000009>",
    "author": {"id": "1574300000000000009", "username": "ann", "global_name": "Ann"}, "member": {"nick": "A", "roles": []},
    "edited_timestamp": "2026-11-23T10:00:00.000000+00:00", "mentions": [], "attachments": [{"id": "1", "filename": "a.png"}],
    "embeds": [{"title": "t"}], "sticker_items": [{"id": "2", "name": "s"}], "poll": {"question": {"text": "?"}},
    "message_snapshots": [{"message": {"content": "x"}}], "message_reference": {"message_id": "1574300000000000002"},
}
EVENTS = [{"op": 0, "s": 1, "t": "MESSAGE_CREATE", "d": MESSAGE}, {"op": 10, "d": {"heartbeat_interval": 41250}}, {"op": 9, "d": True}]


def vectors():
    for file in sorted(VECTORS.glob("*/*.json")):
        vector = json.loads(file.read_text())
        yield vector["body"].encode() if "body" in vector else json.dumps(vector["frame"], ensure_ascii=False).encode()


def seeds(target):
    texts = [text.encode() for text in TEXTS]
    match target:
        case "frames":
            bodies = [body for body in vectors() if 0 < len(body) <= 300]
            return [bytes([n % 7]) + b"".join(struct.pack(">I", len(b)) + b for b in bodies[n:n + 3]) for n in range(0, len(bodies), 3)]
        case "websocket":
            return [bytes([3]) + text for text in texts] + [b"\x01\x81\x85\x01\x02\x03\x04hello", b"\x02\x82\x7e\x00\x7ex"]
        case "page":
            return [json.dumps(frame).encode() for frame in PAGE]
        case "visitor-text":
            return texts
        case "operator-text":
            return texts + [json.dumps(event).encode() for event in EVENTS] + [json.dumps(MESSAGE).encode()]
        case _:
            return list(vectors())


folder = pathlib.Path(sys.argv[2])
for number, seed in enumerate(seeds(sys.argv[1])):
    (folder / f"{number:03}").write_bytes(seed)
