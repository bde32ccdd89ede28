import { Connection } from "./connection.js";
import { messageKey } from "./identity.js";
import { Outbox } from "./outbox.js";
import { Memory, OUTBOX } from "./storage.js";
import { LIMITS } from "./text.js";
import { validReceipt } from "./timeline.js";
import { Transcript } from "./transcript.js";
import { VERSION, readFrame } from "./wire.js";

const GAP_MS = 1_500;
const HISTORY_MS = 10_000;
const KEEP_MS = 400;
const TROUBLE_MS = 2_000;

export class Session {
  transcript = new Transcript();
  outbox = new Outbox();
  receipt = validReceipt(null);
  /** @type {Limits} */
  limits = LIMITS;
  teamUp = true;
  /** @type {"gone" | "fault" | null} */
  notice = null;
  /** @type {() => void} */
  changed = () => {};

  /** @type {Record<Action, () => void>} */
  #doings = {
    open: () => this.#open(),
    hello: () => this.#hello(),
    ping: () => this.#say({ type: "ping" }),
    close: () => {
      this.#dropSocket();
      this.#lost();
    },
    renew: () => this.#renew(),
    reload: () => {
      this.#keepNow();
      this.#host.reload();
    },
  };
  #host;
  #storage;
  memory;
  #keeper;
  #locks;
  #connection;
  /** @type {Identity | null} */
  #identity = null;
  /** @type {WebSocket | null} */
  #socket = null;
  /** @type {(() => void) | null} */
  #release = null;
  #drains = false;
  #asleep = false;
  /** @type {Asked | null} */
  #asked = null;
  /** @type {number | null} */
  #gapSince = null;
  /** @type {number | null} */
  #keepAt = null;
  /** @type {number | null} */
  #timer = null;
  #wasWelcomed = false;

  /** @param {SessionParts} parts */
  constructor({ host, storage, locks, keeper }) {
    this.#host = host;
    this.#storage = storage;
    this.memory = new Memory(storage);
    this.#locks = locks;
    this.#keeper = keeper;
    this.#connection = new Connection(host.random);
  }

  get isKept() {
    return this.#storage.persistent;
  }

  get hasIdentity() {
    return this.#identity !== null;
  }

  get isLoadingOlder() {
    return this.#asked?.direction === "before";
  }

  /** @returns {"connecting" | "reconnecting" | "team" | null} */
  get trouble() {
    const since = this.#connection.lostSince;
    if (since !== null) {
      if (this.#host.now() - since < TROUBLE_MS) return null;
      return this.#wasWelcomed ? "reconnecting" : "connecting";
    }
    return this.#connection.phase === "welcomed" && !this.teamUp ? "team" : null;
  }

  start() {
    for (const entry of this.memory.entries()) {
      // Stored ones were answered: the conversation itself brings them.
      if (entry.state === "stored") this.memory.dropEntry(entry.key);
      else this.outbox.put(entry);
    }
    this.#adopt(this.#keeper.read());
    this.#shown();
  }

  /** @param {string} body */
  send(body) {
    const now = this.#host.now();
    const key = messageKey(now, this.#host.randomBytes(8), this.outbox.lastKey);
    /** @type {Entry} */
    const entry = { key, body, at: now, state: "queued" };
    this.memory.keepEntry(entry);
    this.outbox.put(entry);
    this.#shown();
    this.#outboxGrew();
  }

  /** @param {string} key */
  retry(key) {
    const entry = this.outbox.retry(key);
    if (entry === null) return;
    this.memory.keepEntry(entry);
    this.#shown();
    this.#outboxGrew();
  }

  /** @param {string} key */
  remove(key) {
    if (this.outbox.get(key)?.state !== "refused") return;
    this.memory.dropEntry(key);
    this.outbox.remove(key);
    this.#shown();
  }

  dismiss() {
    this.notice = null;
    this.#shown();
  }

  loadOlder() {
    if (this.#connection.phase !== "welcomed" || this.#asked || !this.transcript.hasOlder) return;
    this.#ask("before", { before: this.transcript.low });
  }

  nudge() {
    if (this.#asleep) return;
    this.#perform(this.#connection.nudged(this.#host.now()));
    this.#shown();
  }

  sleep() {
    this.#asleep = true;
    this.#keepNow();
    this.#perform(this.#connection.unwanted());
    this.#lost();
  }

  wake() {
    this.#asleep = false;
    this.#connect();
    this.nudge();
  }

  forget() {
    this.memory.forget();
    this.#reset();
    this.#shown();
  }

  /** @param {string | null} name @param {string | null} value */
  storageChanged(name, value) {
    if (name === null || name === "identity") this.#identityChanged();
    if (name?.startsWith(OUTBOX)) this.#entryChanged(name.slice(OUTBOX.length), value);
    this.#shown();
  }

  #identityChanged() {
    const identity = this.#keeper.read();
    if (identity?.visitor === this.#identity?.visitor) {
      this.#identity = identity;
      return;
    }
    if (identity === null) return this.#reset();
    if (this.#identity !== null) this.#letGo();
    this.#adopt(identity);
  }

  /** @param {string} key @param {string | null} value */
  #entryChanged(key, value) {
    if (value === null) {
      // A stored one stays until the conversation brings it; any other was deleted.
      if (this.outbox.get(key)?.state !== "stored") this.outbox.remove(key);
      return;
    }
    const entry = this.memory.entry(key);
    if (entry === null || this.transcript.hasKey(key)) return;
    this.outbox.put(entry);
    this.#outboxGrew();
  }

  #outboxGrew() {
    if (!this.outbox.hasQueued) return;
    if (this.#identity === null) {
      this.#keeper.ensure().then((identity) => {
        if (this.#identity === null) this.#adopt(identity);
        this.#shown();
      });
      return;
    }
    this.#connect();
    this.#drain();
  }

  /** @param {Identity | null} identity */
  #adopt(identity) {
    this.#identity = identity;
    if (identity === null) return this.#outboxGrew();
    const kept = this.memory.conversation(identity.visitor);
    if (kept !== null) {
      this.transcript.epoch = kept.epoch;
      this.transcript.receive(kept.events);
      this.receipt = kept.receipt;
      this.#dropShown();
    }
    this.#connect();
  }

  #connect() {
    if (this.#asleep || this.#identity === null) return;
    if (!this.#identity.welcomed && !this.outbox.hasQueued) return;
    this.#perform(this.#connection.wanted(this.#host.now()));
  }

  #letGo() {
    this.#perform(this.#connection.unwanted());
    this.#lost();
    this.#clear();
  }

  #clear() {
    this.#identity = null;
    this.transcript.clear();
    this.receipt = validReceipt(null);
    this.teamUp = true;
    this.#wasWelcomed = false;
    this.#keepAt = null;
    for (const entry of this.outbox.entries) {
      if (entry.state === "stored") this.outbox.remove(entry.key);
    }
  }

  #reset() {
    this.#letGo();
    this.outbox.clear();
    this.notice = null;
  }

  /** @param {Action[]} actions */
  #perform(actions) {
    for (const action of actions) this.#doings[action]();
  }

  #open() {
    this.#dropSocket();
    let socket;
    try {
      socket = this.#host.openSocket();
    } catch {
      return this.#closed(1006);
    }
    this.#socket = socket;
    socket.onopen = () => this.#perform(this.#connection.opened());
    socket.onmessage = (message) => this.#received(message.data);
    socket.onclose = (event) => this.#closed(event.code);
  }

  #dropSocket() {
    const socket = this.#socket;
    if (socket === null) return;
    this.#socket = null;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close(1000);
  }

  #hello() {
    const identity = this.#identity;
    if (identity === null) return;
    const { visitor, secret, welcomed } = identity;
    const from = this.transcript.token ?? undefined;
    this.#say({ type: "hello", version: VERSION, visitor, secret, create: !welcomed, from });
  }

  /** @param {object} frame */
  #say(frame) {
    if (this.#socket?.readyState === 1) this.#socket.send(JSON.stringify(frame));
  }

  /** @param {number} code */
  #closed(code) {
    this.#socket = null;
    this.#lost();
    if (code === 4400) this.notice = "fault";
    this.#perform(this.#connection.closed(code, this.#host.now()));
    this.#shown();
  }

  #lost() {
    this.#release?.();
    this.#release = null;
    this.#drains = false;
    this.#asked = null;
    this.#gapSince = null;
    this.outbox.disconnected();
  }

  #renew() {
    const refused = this.#identity;
    if (refused === null) return;
    this.#clear();
    this.memory.forgetConversation();
    this.notice = "gone";
    this.#keeper.renew(refused).then((identity) => {
      if (this.#identity === null) this.#adopt(identity);
      // With nothing to say the new identity waits for its first message, as any new one does.
      if (!this.outbox.hasQueued) this.#perform(this.#connection.unwanted());
      this.#shown();
    });
  }

  /** @param {unknown} data */
  #received(data) {
    const now = this.#host.now();
    const frame = readFrame(data);
    if (frame.type === "welcome") this.#welcomed(frame, now);
    this.#connection.received(now);
    if (this.#connection.phase === "welcomed") this.#handle(frame, now);
    this.#shown();
  }

  /** @param {Welcome} welcome @param {number} now */
  #welcomed(welcome, now) {
    this.#connection.welcomed(now);
    if (this.#connection.phase !== "welcomed" || this.#identity === null) return;
    this.#wasWelcomed = true;
    if (this.notice === "fault") this.notice = null;
    this.#keeper.welcomed(this.#identity);
    this.#identity = { ...this.#identity, welcomed: true };
    this.transcript.welcomed(welcome);
    this.receipt = welcome.receipt;
    this.teamUp = welcome.teamUp;
    if (welcome.limits !== null) this.limits = welcome.limits;
    this.#release?.();
    this.#release = this.#locks.hold("chatbox-outbox", () => {
      this.#drains = true;
      this.#takeStock();
      this.#drain();
      this.#shown();
    });
  }

  /** @param {Frame} frame @param {number} now */
  #handle(frame, now) {
    switch (frame.type) {
      case "sent":
        this.#sent(frame);
        break;
      case "refused":
        this.#refused(frame, now);
        break;
      case "history":
        this.#asked = null;
        this.#take(frame.events);
        break;
      case "events":
        this.#take(frame.events);
        break;
      case "receipt":
        this.receipt = frame.receipt;
        this.#keepSoon();
        break;
      case "team":
        this.teamUp = frame.up;
        break;
    }
  }

  /** @param {Sent} sent */
  #sent({ key, seq, id, at }) {
    const entry = this.outbox.sent(key);
    if (entry !== null) {
      const author = { id: "", name: "" };
      this.#take([{ seq, id, at, key, kind: "message", from: "visitor", author, body: entry.body }]);
      // Beyond a gap it is shown as stored until the gap closes.
      if (this.outbox.get(key)) this.#settle(entry);
      if (seq < this.transcript.low) this.outbox.remove(key);
    }
    this.#drain();
  }

  /** @param {Refused} refusal @param {number} now */
  #refused(refusal, now) {
    if (refusal.key === null) return;
    const entry = this.outbox.refused(refusal.key, refusal, now);
    if (entry !== null) this.memory.keepEntry(entry);
    this.#drain();
  }

  /** @param {ChatEvent[]} events */
  #take(events) {
    if (!this.transcript.receive(events)) return;
    this.#dropShown();
    this.#keepSoon();
  }

  #dropShown() {
    for (const entry of this.outbox.entries) {
      if (!this.transcript.hasKey(entry.key)) continue;
      this.outbox.remove(entry.key);
      if (this.#drains) this.#settle(entry);
    }
  }

  /** @param {Entry} entry */
  #settle(entry) {
    this.memory.keepEntry({ ...entry, state: "stored" });
    this.#keepNow();
    this.memory.dropEntry(entry.key);
  }

  #takeStock() {
    for (const entry of this.memory.entries()) {
      if (entry.state === "stored" || this.transcript.hasKey(entry.key)) {
        this.memory.dropEntry(entry.key);
      } else if (this.outbox.get(entry.key) === undefined) {
        this.outbox.put(entry);
      }
    }
  }

  #drain() {
    // What only this tab remembers, no other tab can send.
    if ((!this.#drains && this.isKept) || this.#connection.phase !== "welcomed") return;
    const entry = this.outbox.next(this.#host.now());
    if (entry !== null) this.#say({ type: "send", key: entry.key, body: entry.body });
  }

  /** @param {"before" | "after"} direction @param {object} range */
  #ask(direction, range) {
    this.#asked = { direction, until: this.#host.now() + HISTORY_MS };
    this.#say({ type: "history", ...range });
    this.#shown();
  }

  /** @param {number} now */
  #mindGap(now) {
    const missing = this.transcript.missing;
    if (this.#connection.phase !== "welcomed" || missing === null) {
      this.#gapSince = null;
      return;
    }
    this.#gapSince ??= now;
    if (now - this.#gapSince < GAP_MS || this.#asked) return;
    this.#gapSince = now;
    this.#ask("after", missing);
  }

  #keepSoon() {
    this.#keepAt ??= this.#host.now() + KEEP_MS;
  }

  #keepNow() {
    this.#keepAt = null;
    if (this.#identity === null) return;
    this.memory.keepConversation(this.#identity.visitor, this.transcript, this.receipt);
  }

  #shown() {
    this.changed();
    this.#schedule();
  }

  #schedule() {
    const now = this.#host.now();
    this.#mindGap(now);
    const since = this.#connection.lostSince;
    const times = [
      this.#connection.deadline,
      this.outbox.deadline,
      this.#asked?.until,
      this.#gapSince === null || this.#asked ? null : this.#gapSince + GAP_MS,
      this.#keepAt,
      since === null || now - since >= TROUBLE_MS ? null : since + TROUBLE_MS,
    ].filter((time) => typeof time === "number");
    if (this.#timer !== null) this.#host.clearTimer(this.#timer);
    this.#timer = null;
    if (times.length === 0) return;
    const delay = Math.max(0, Math.min(.../** @type {number[]} */ (times)) - now);
    this.#timer = this.#host.setTimer(() => this.#ticked(), delay);
  }

  #ticked() {
    const now = this.#host.now();
    this.#timer = null;
    if (this.#keepAt !== null && now >= this.#keepAt) this.#keepNow();
    if (this.#asked !== null && now >= this.#asked.until) this.#asked = null;
    this.#perform(this.#connection.ticked(now));
    if (this.outbox.stalled(now)) this.#perform(this.#connection.broken(now));
    this.#drain();
    this.#shown();
  }
}
