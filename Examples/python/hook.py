"""Lets any program answer: `hook.py PROGRAM …` runs it for each message, with the text on its standard input, and says
what it prints, up to 64 KiB. Written from docs/protocol.md alone. The broker needs CHATBOX_BOXES=main=web,hook."""
import concurrent.futures, contextlib, itertools, json, os, random, signal, socket, subprocess, sys, threading, time
HELLO = dict(type="hello", versions={"min": 1, "max": 1}, box=os.environ.get("CHATBOX_BOX", "main"), service="hook",
             instance=os.urandom(16).hex(), mode="consumer", agent="hook.py/1")
workers, lock, numbers = concurrent.futures.ThreadPoolExecutor(16), threading.RLock(), itertools.count(1)
link, asked, wait = {}, {}, 0.1  # The connection that was welcomed; which event each unanswered send answers.

def say(connection, **frame):
    body = json.dumps(frame).encode()
    with lock, contextlib.suppress(OSError):  # Whoever reads notices that the connection is lost.
        connection.sendall(len(body).to_bytes(4, "big") + body)

def settle(connection, event, is_done):  # The broker may forget the event, or brings it again in 10 s.
    how = dict(type="acknowledge") if is_done else dict(type="negative_acknowledge", delay_ms=10_000, reason="not now")
    say(connection, request=next(numbers), external=[], **event, **how)

def take(connection, conversation, event):
    this, text = dict(conversation=conversation, seq=event["seq"]), b""
    try:
        if event["kind"] == "message" and not event.get("deleted"):
            text = subprocess.check_output(sys.argv[1:], input=event["body"].encode(), timeout=60)
    except (OSError, subprocess.SubprocessError):
        return settle(connection, this, False)
    if not (body := text[:65_536].decode(errors="ignore").replace("\0", "").strip()):
        return settle(connection, this, True)
    asked[number := next(numbers)] = this  # The event's id makes the key: however often it comes, one answer stands.
    say(connection, type="send", request=number, conversation=conversation, key=f"answer-{event['id']}", body=body,
        format="plain", reply_to=event["id"], author={"id": "hook", "name": "Hook"})

def listen(connection, stream):  # Until the broker is gone. Answers how many seconds to stay away.
    while size := int.from_bytes(stream.read(4), "big"):
        frame = json.loads(stream.read(size if size <= 1_048_576 else 0))
        if frame["type"] == "welcome":
            link.update(connection=connection, heartbeat=frame["heartbeat_ms"] / 1000)
            connection.settimeout(3 * link["heartbeat"])
            say(connection, type="credit", conversations=16)
        elif frame["type"] == "delivery":
            workers.submit(take, connection, frame["conversation"], frame["event"])
        elif frame["type"] == "goodbye":
            return 60 if frame["code"] == "fenced" else 0 if frame["reconnect"] else os._exit(69)
        elif event := asked.pop(frame.get("request"), None):  # Refused for good: it was answered before, or may not be.
            settle(connection, event, frame["type"] == "sent" or not frame["retry"])
def beat():
    while not time.sleep(link.get("heartbeat", 0.1)):
        if here := link.get("connection"): say(here, type="ping")
def end(*_):
    if here := link.get("connection"): say(here, type="goodbye", code="shutdown", message="It ends.", reconnect=True)
    os._exit(0)
signal.signal(signal.SIGTERM, end)
threading.Thread(target=beat, daemon=True).start()
while not (away := 0):
    with socket.socket(socket.AF_UNIX) as connection, contextlib.suppress(Exception):  # Broken frames end it, too.
        connection.settimeout(5)
        connection.connect(os.environ.get("CHATBOX_SOCKET", "var/run/broker.sock"))
        say(connection, **HELLO)
        away = listen(connection, connection.makefile("rb")) or 0
    wait = 0.1 if link else min(2 * wait, 5)
    link.clear()
    time.sleep(max(away, wait * random.uniform(0.5, 1)))
