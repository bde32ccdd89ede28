"""lines.py DATABASE: prints deliveries; a typed line "PEER TEXT" waits there until it is sent."""
import contextlib, json, os, random, sched, select, signal, socket, sqlite3, sys, threading, time
db = sqlite3.connect(sys.argv[1], isolation_level=None, check_same_thread=False)  # autocommit
db.execute("create table if not exists q(key default (hex(randomblob(16))), peer, body)")
instance, seen, pause, ending = os.urandom(16).hex(), {}, 0.05, threading.Event()
def read_stdin():
    for line in open(0, encoding="utf-8", errors="replace"):
        line = line.strip().replace("\0", "")[:80_000]  # what no frame may hold; longer is refused
        db.execute("insert into q(peer, body) values(?, ?)", line.partition(" ")[::2])
def strict(pairs):
    if len(dict(pairs)) < len(pairs): raise ValueError("a name twice")
    return dict(pairs)
def read():
    size = int.from_bytes(sock.recv(4, socket.MSG_WAITALL), "big")
    if not 1 <= size <= (1 << 20 if beat else 4096): raise ValueError("length, or end")
    return json.loads(sock.recv(size, socket.MSG_WAITALL).decode(), object_pairs_hook=strict)
def say(**frame):
    sock.sendall(len(data := json.dumps(frame).encode()).to_bytes(4, "big") + data)
def ask(pause=0.5, **frame):  # pause: before it is repeated, if it is refused for now
    asked[number := max(asked, default=0) + 1] = pause, frame
    say(request=number, **frame)
def deliver(delivery, talk, event):
    if seen.get(talk) != event["id"]: print(json.dumps(delivery, ensure_ascii=False), flush=True)
    seen[talk] = event["id"]
    ask(type="acknowledge", conversation=talk, seq=event["seq"], external=[])
signal.signal(signal.SIGTERM, lambda *_: ending.set())
threading.Thread(target=read_stdin, daemon=True).start()
while not ending.is_set():
    asked, timers, end, heard = {}, sched.scheduler(), {}, time.monotonic()
    key = beat = pinged = 0  # the key of the line that is under way
    with socket.socket(socket.AF_UNIX) as sock, contextlib.suppress(Exception):
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, (5).to_bytes(8, "little") + bytes(8))
        sock.connect(os.getenv("CHATBOX_SOCKET", "var/run/broker.sock"))
        say(type="hello", versions={"min": 1, "max": 1}, box=os.getenv("CHATBOX_BOX", "main"),
            service="hook", instance=instance, mode="consumer", agent="lines.py/1")
        while not end and not ending.is_set() and time.monotonic() < heard + 3 * (beat or 5):
            timers.run(blocking=False)
            if beat and time.monotonic() >= pinged + beat:
                pinged = time.monotonic()
                say(type="ping")
            for key, to, body in db.execute("select * from q where ? limit 1", [beat and not key]):
                ask(type="open", peer=to, create=True)
            if not select.select([sock], [], [], 0.05)[0]: continue
            frame, heard = read(), time.monotonic()
            later, mine = asked.pop(frame.get("request"), (0, {}))
            if frame["type"] == "goodbye": end = frame if frame["reconnect"] else sys.exit(1)
            elif frame["type"] == "delivery": deliver(frame, frame["conversation"], frame["event"])
            elif frame["type"] == "welcome":
                beat = frame["heartbeat_ms"] / 1000
                say(type="credit", conversations=16)
            elif frame.get("retry"): timers.enter(later, 0, ask, (min(2 * later, 30),), mine)
            elif frame["type"] == "opened":
                ask(type="send", conversation=frame["conversation"], key=key, body=body,
                    format="plain", author={"id": "hook", "name": "Hook"})
            elif mine.get("type") in ("open", "send"):  # sent, or refused for good
                db.execute("delete from q where key = ?", (key,))
                key = None
        if ending.is_set(): say(type="goodbye", code="shutdown", message="bye", reconnect=True)
    pause = 0.1 if beat else min(2 * pause, 5)
    ending.wait(61 if end.get("code") == "fenced" else pause * random.uniform(0.75, 1))
