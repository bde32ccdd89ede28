// One visitor with several tabs and a server, driven by a seed: whatever is said may be lost, late,
// or answered and not heard.
import { Area, Locks, openTab, settled } from "./fakes.mjs";
import { timeline } from "../../static/js/timeline.js";

/** Numbers from 0 up to 1 that follow from a seed (mulberry32). */
export function chance(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The broker and chatbox-web as docs/protocol.md has them, with one conversation for each visitor. */
class Server {
  #conversations = new Map();
  #epochs = 1;
  /** Keys of what was taken back before it came. */
  #reserved = new Set();
  #erased = new Set();
  lines = new Set();
  /** Keys of what was stored and is no more: messages, and those of which a change is gone. */
  lost = new Set();
  /** How many of the next requests are to be tried later. */
  refusals = 0;

  get epoch() {
    return String(this.#epochs).padStart(32, "0");
  }

  get conversations() {
    return [...this.#conversations.values()];
  }

  heard(line, frame) {
    if (frame.type === "hello") return this.#greeted(line, frame);
    if (frame.type === "history") return this.#asked(line, frame);
    if (frame.key === undefined) return;
    if (this.refusals > 0) {
      this.refusals -= 1;
      return line.say({ type: "refused", key: frame.key, code: "storage_full", retry: true, retry_after_ms: 500 });
    }
    const events = this.#conversations.get(line.visitor);
    if (events === undefined) {
      return line.say({ type: "refused", key: frame.key, code: "conversation_gone", retry: false });
    }
    line.say(this.#stored(events, frame));
  }

  /** An older copy of the database takes its place. */
  restore(share) {
    for (const events of this.#conversations.values()) this.#lose(events, Math.floor(events.length * share));
    this.#epochs += 1;
    for (const line of this.lines) line.close(1012);
  }

  /** The conversation of some visitor is erased. */
  erase() {
    const [visitor, events] = [...this.#conversations].at(-1) ?? [];
    if (visitor === undefined) return;
    this.#lose(events, 0);
    this.#conversations.delete(visitor);
    this.#erased.add(visitor);
    for (const line of this.lines) if (line.visitor === visitor) line.close(4410);
  }

  #lose(events, kept) {
    for (const { key, target } of events) {
      const index = events.findIndex((event) => event.key === key);
      if (index < kept) continue;
      this.lost.add(target === undefined ? key : events[target.seq - 1].key);
    }
    events.length = kept;
  }

  #greeted(line, { visitor, create, from }) {
    if (!this.#conversations.has(visitor)) {
      if (!create || this.#erased.has(visitor)) return line.close(4410);
      this.#conversations.set(visitor, []);
    }
    line.visitor = visitor;
    const events = this.#conversations.get(visitor);
    const recovered = from !== undefined && from.epoch === this.epoch && events[from.seq - 1]?.id === from.id;
    line.say({
      type: "welcome", epoch: this.epoch, head: { seq: events.length, id: events.at(-1)?.id ?? null }, recovered,
      receipt: {}, team: { up: true }, state: "open",
    });
    const missed = recovered ? events.slice(from.seq) : this.#present(events).slice(-5);
    if (missed.length > 0) line.say({ type: "events", events: missed });
  }

  #asked(line, { after, before }) {
    if (!this.#conversations.has(line.visitor)) return;
    const all = this.#present(this.#conversations.get(line.visitor));
    const events = before === undefined ? all.slice(after, after + 5) : all.slice(Math.max(0, before - 6), before - 1);
    line.say({ type: "history", events });
  }

  /** Messages as they are now. */
  #present(events) {
    return events.map((event) => {
      if (event.kind !== "message") return event;
      const { newest, isDeleted } = standing(events, event);
      return isDeleted
        ? { ...event, body: "", deleted: true } : { ...event, body: newest.body, revision: newest.revision };
    });
  }

  #stored(events, { type, key, body, target, revision }) {
    const answer = ({ seq, id, at, revision: present }, duplicate) =>
      ({ type: "sent", key, seq, id, at, revision: present, duplicate });
    const refused = (code) => ({ type: "refused", key, code, retry: false });
    const message = events.find((event) => event.key === (target ?? key));
    if (this.#reserved.has(target ?? key)) return type === "delete" ? { type: "sent", key } : refused("deleted");
    if (type === "send") {
      if (message === undefined) return answer(this.#append(events, { kind: "message", key, body, revision: 0 }), false);
      const { newest, isDeleted } = standing(events, message);
      if (isDeleted) return refused("deleted");
      if (message.body !== body) return refused("idempotency_conflict");
      return answer({ ...message, revision: newest.revision }, true);
    }
    if (message === undefined && type === "delete") {
      this.#reserved.add(target);
      return { type: "sent", key, duplicate: false };
    }
    if (message === undefined) return refused("target_not_found");
    const { newest, deletion } = standing(events, message);
    const meant = { target: { seq: message.seq, id: message.id } };
    if (type === "delete") {
      if (deletion !== undefined) return answer(deletion, true);
      return answer(this.#append(events, { kind: "deletion", key, body: "", revision: 0, ...meant }), false);
    }
    if (deletion !== undefined) return refused("deleted");
    if (revision <= newest.revision) return answer(newest, true);
    return answer(this.#append(events, { kind: "edit", key, body, revision, ...meant }), false);
  }

  #append(events, content) {
    const seq = events.length + 1;
    const event = {
      seq, id: `${this.#epochs}.${seq}`.padStart(32, "0"), at: 1_000_000, from: "visitor", format: "plain",
      author: { id: "v", name: "Visitor" }, ...content,
    };
    events.push(event);
    for (const line of this.lines) {
      if (this.#conversations.get(line.visitor) === events) line.say({ type: "events", events: [event] });
    }
    return event;
  }

  /** The visitor's messages as they are now: [text, …], without what was deleted. */
  shown(visitor) {
    const events = this.#present(this.#conversations.get(visitor) ?? []);
    return events.filter(({ kind, deleted }) => kind === "message" && deleted !== true).map(({ body }) => body);
  }
}

function standing(events, message) {
  const changes = events.filter(({ target }) => target?.seq === message.seq);
  const newest = changes.filter(({ kind }) => kind === "edit")
    .reduce((a, b) => (b.revision > a.revision ? b : a), message);
  const deletion = changes.find(({ kind }) => kind === "deletion");
  return { newest, deletion, isDeleted: deletion !== undefined };
}

/** A socket's two directions, each in order, neither faster than it is moved. */
class Line {
  visitor = null;
  #out = [];
  #heard = 0;
  #server;

  constructor(server, socket) {
    this.#server = server;
    this.socket = socket;
  }

  say(frame) {
    this.#out.push(frame);
  }

  close(code) {
    this.#out.push(code);
  }

  get isOver() {
    return this.socket.readyState === 3;
  }

  get isQuiet() {
    return this.isOver || (this.socket.readyState === 1 && this.#out.length === 0 && this.#heard === this.socket.said.length);
  }

  /** Opens it, or hands the server the page's next frame. */
  up() {
    if (this.socket.readyState === 0) {
      this.#server.lines.add(this);
      return this.socket.open();
    }
    if (!this.isOver && this.#heard < this.socket.said.length) this.#server.heard(this, this.socket.said[this.#heard++]);
  }

  /** Hands the page the server's next frame. */
  down() {
    const frame = this.isOver ? undefined : this.#out.shift();
    if (typeof frame === "number") this.lose(frame);
    else if (frame !== undefined) this.socket.hear(frame);
  }

  lose(code = 1006) {
    if (!this.isOver) this.socket.lose(code);
    this.#server.lines.delete(this);
  }
}

/** Everything there is, and everything that can happen. */
export class World {
  server = new Server();
  tabs = [];
  /** What the visitor wrote: the texts of each message in their order, and whether it was taken back. */
  written = [];
  #area = new Area();
  #locks = new Locks();
  #clock = { now: 1_000_000 };
  #lines = new Map();
  #random;
  #texts = 0;

  #disasters;

  /** @param {number} seed @param {boolean} disasters whether the server may lose what it has stored */
  constructor(seed, disasters = false) {
    this.#disasters = disasters;
    this.#random = chance(seed);
    this.#area.hold();
  }

  get device() {
    return [...this.#area.values.keys()];
  }

  #pick(list) {
    return list[Math.floor(this.#random() * list.length)];
  }

  get #awake() {
    return this.tabs.filter(({ isAsleep }) => !isAsleep);
  }

  #sockets() {
    for (const tab of this.tabs) {
      for (const socket of tab.sockets) {
        if (!this.#lines.has(socket)) this.#lines.set(socket, new Line(this.server, socket));
      }
    }
    const lines = [...this.#lines.values()];
    for (const line of lines) if (line.isOver) this.server.lines.delete(line);
    return lines.filter((line) => !line.isOver);
  }

  open() {
    const randomBytes = (count) => Uint8Array.from({ length: count }, () => Math.floor(this.#random() * 256));
    const tab = openTab({ area: this.#area, locks: this.#locks, clock: this.#clock, randomBytes });
    tab.isAsleep = false;
    this.tabs.push(tab);
    tab.session.start();
  }

  /** The messages as a tab shows them. */
  lines(tab) {
    const { conversation, outbox } = tab.session;
    const { events } = conversation.transcript;
    const parts = { events, entries: outbox.entries, receipt: conversation.receipt, divider: 0, dayOf: () => "" };
    return timeline(parts).filter(({ type }) => type === "message");
  }

  shown(tab) {
    const isThere = ({ deleted, state, isChange }) => !deleted && (state !== "refused" || isChange);
    return this.lines(tab).filter(isThere).map(({ body }) => body);
  }

  #text() {
    this.#texts += 1;
    return `text ${this.#texts}`;
  }

  #write(tab) {
    const text = this.#text();
    tab.session.visitor.send(text);
    const { key } = tab.session.outbox.entries.find(({ body }) => body === text);
    this.written.push({ key, tab, texts: [text], isDeleted: false });
  }

  #change(tab) {
    const line = this.#pick(this.lines(tab).filter(({ deleted, state }) => !deleted && state !== "refused"));
    const message = this.written.find(({ key }) => key === line?.key);
    if (message === undefined) return;
    if (this.#random() < 0.3) {
      message.isDeleted = true;
      return tab.session.visitor.delete(message.key);
    }
    const text = this.#text();
    message.texts.push(text);
    tab.session.visitor.edit(message.key, text);
  }

  /** Something happens. */
  async step() {
    const happenings = [
      [6, () => this.#awake.length > 0 && this.#write(this.#pick(this.#awake))],
      [5, () => this.#awake.length > 0 && this.#change(this.#pick(this.#awake))],
      [30, () => this.#pick(this.#sockets())?.up()],
      [30, () => this.#pick(this.#sockets())?.down()],
      [20, () => this.#area.deliver(Math.ceil(this.#random() * 3))],
      [3, () => this.#pick(this.#sockets())?.lose(this.#pick([1006, 1012, 1013]))],
      [3, () => (this.server.refusals = Math.ceil(this.#random() * 2))],
      [10, () => this.#pick(this.#awake)?.pass(Math.floor(this.#random() * 1_000))],
      [2, () => this.tabs.length < 4 && this.open()],
      [2, () => this.#sleep(this.#pick(this.#awake))],
      [3, () => this.#wake(this.#pick(this.tabs))],
      [1, () => this.#end(this.#pick(this.tabs))],
      [this.#disasters ? 1 : 0, () => this.server.restore(this.#random())],
      [this.#disasters ? 1 : 0, () => this.server.erase()],
    ];
    let at = this.#random() * happenings.reduce((sum, [weight]) => sum + weight, 0);
    for (const [weight, happen] of happenings) {
      at -= weight;
      if (at >= 0) continue;
      happen();
      break;
    }
    await settled();
  }

  #sleep(tab) {
    if (tab === undefined) return;
    tab.isAsleep = true;
    tab.freeze();
  }

  #wake(tab) {
    if (!tab?.isAsleep) return;
    tab.isAsleep = false;
    tab.thaw();
  }

  /** Closed by the visitor, for good. */
  #end(tab) {
    if (tab === undefined) return;
    if (!tab.isAsleep) tab.freeze();
    this.tabs = this.tabs.filter((one) => one !== tab);
  }

  /** Nothing is lost or late any more, until nothing happens any more. */
  async heal() {
    this.server.refusals = 0;
    if (this.tabs.length === 0) this.open();
    for (const tab of this.tabs) this.#wake(tab);
    this.#area.deliver();
    for (let turn = 0; turn < 60; turn += 1) {
      for (let round = 0; round < 200; round += 1) {
        const busy = this.#sockets().filter((line) => !line.isQuiet);
        if (busy.length === 0) break;
        for (const line of busy) {
          line.up();
          line.down();
        }
        await settled();
      }
      for (const tab of this.tabs) tab.pass(700);
      await settled();
      for (const tab of this.tabs) tab.session.loadOlder();
    }
  }
}
