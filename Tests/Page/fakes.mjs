// What the browser gives the page, made of plain values: a clock that a test moves, sockets that
// a test answers, storage and locks that several tabs share.
import { SteadyClock } from "../../static/js/clock.js";
import { IdentityKeeper } from "../../static/js/identity.js";
import { TabLocks } from "../../static/js/locks.js";
import { Session } from "../../static/js/session.js";
import { PageStorage } from "../../static/js/storage.js";

/** One browser's localStorage: tells every other tab what one tab changes. */
export class Area {
  #tabs = [];
  /** What is to be told once `deliver` is called: a browser tells a while after the change. */
  #held = null;
  refuses = false;
  /** Even looking is refused. */
  isClosed = false;
  /** The longest value that still fits. */
  room = Infinity;
  values = new Map();

  hold() {
    this.#held = [];
  }

  /** Tells the first so many; without a number all, and from then on at once. */
  deliver(count = Infinity) {
    const held = this.#held;
    this.#held = count === Infinity ? null : held.slice(count);
    for (const tell of held.slice(0, count)) tell();
  }

  /** Something else on this origin empties it. */
  clear() {
    this.values.clear();
    for (const tab of this.#tabs) {
      for (const listener of tab.listeners) listener({ key: null, newValue: null, storageArea: null });
    }
  }

  /** The storage as one tab sees it. */
  tab() {
    const area = this;
    const tab = { listeners: [], isFrozen: false };
    const told = (key, newValue) => {
      for (const other of area.#tabs) {
        if (other === tab || other.isFrozen) continue;
        const tell = () => {
          for (const listener of other.listeners) listener({ key, newValue, storageArea: null });
        };
        if (area.#held === null) tell();
        else area.#held.push(tell);
      }
    };
    const methods = {
      getItem: (key) => {
        if (area.isClosed) throw new Error("SecurityError");
        return area.values.get(key) ?? null;
      },
      setItem: (key, value) => {
        if (area.refuses || String(value).length > area.room) throw new Error("QuotaExceededError");
        area.values.set(key, String(value));
        told(key, String(value));
      },
      removeItem: (key) => {
        if (area.values.delete(key)) told(key, null);
      },
    };
    this.#tabs.push(tab);
    const storage = new Proxy(methods, {
      ownKeys: () => (area.isClosed ? [] : [...area.values.keys()]),
      getOwnPropertyDescriptor: () => ({ enumerable: true, configurable: true }),
    });
    return { tab, storage, target: { addEventListener: (_, listener) => tab.listeners.push(listener) } };
  }
}

/** The Web Locks of one browser: first come, first served. */
export class Locks {
  #queues = new Map();

  request(name, options, work = options) {
    const before = this.#queues.get(name) ?? Promise.resolve();
    const signal = options.signal;
    const turn = before.then(() => {
      if (signal?.aborted) throw new Error("AbortError");
      return work();
    });
    this.#queues.set(name, turn.then(() => {}, () => {}));
    return turn;
  }
}

export class FakeSocket {
  readyState = 0;
  said = [];
  closedWith = null;

  send(text) {
    this.said.push(JSON.parse(text));
  }

  close(code) {
    this.readyState = 3;
    this.closedWith = code;
  }

  open() {
    this.readyState = 1;
    this.onopen?.();
  }

  hear(frame) {
    this.onmessage?.({ data: JSON.stringify(frame) });
  }

  lose(code = 1006) {
    this.readyState = 3;
    this.onclose?.({ code });
  }
}

const anyBytes = (count) => crypto.getRandomValues(new Uint8Array(count));

/** A tab of the page, without the parts that can be seen. */
export function openTab({
  area = new Area(), locks = new Locks(), clock = { now: 1_000_000 }, randomBytes = anyBytes,
} = {}) {
  const sockets = [];
  const timers = new Map();
  const reloads = [];
  const warnings = [];
  let lastTimer = 0;
  const { tab: place, storage: raw, target } = area.tab();
  const storage = new PageStorage(() => raw);
  const lockKeeper = new TabLocks(locks);
  // The timers go by `now`, as a browser’s do; `skew` is by how much the device’s clock is wrong.
  const date = () => clock.now + (clock.skew ?? 0);
  const steady = new SteadyClock(date);
  const host = {
    now: () => steady.now(),
    date,
    random: () => 0,
    randomBytes,
    openSocket: () => {
      const socket = new FakeSocket();
      sockets.push(socket);
      return socket;
    },
    setTimer: (work, delay) => {
      lastTimer += 1;
      timers.set(lastTimer, { work, at: clock.now + delay });
      return lastTimer;
    },
    clearTimer: (timer) => timers.delete(timer),
    isVisible: () => true,
    reload: (reason) => reloads.push(reason),
    warn: (text) => warnings.push(text),
  };
  const keeper = new IdentityKeeper({
    storage, locks: lockKeeper, randomBytes: host.randomBytes, settle: () => Promise.resolve(),
  });
  const session = new Session({ host, storage, locks: lockKeeper, keeper });
  storage.watch(target, (name, value) => session.storageChanged(name, value));
  return {
    session, sockets, area, locks, clock, storage, keeper, reloads, warnings,
    get socket() {
      return sockets.at(-1);
    },
    /** The visitor goes elsewhere with it, and the browser keeps it: it hears of nothing. */
    freeze() {
      session.sleep();
      place.isFrozen = true;
    },
    /** The visitor goes back to it. */
    thaw() {
      place.isFrozen = false;
      session.wake();
    },
    /** Moves the clock, and lets every timer that falls due do its work. */
    pass(milliseconds) {
      const end = clock.now + milliseconds;
      for (let turns = 0; ; turns += 1) {
        if (turns > 10_000) throw new Error("Its timer runs without pause.");
        const due = [...timers].filter(([, timer]) => timer.at <= end);
        if (due.length === 0) break;
        due.sort((a, b) => a[1].at - b[1].at);
        const [id, timer] = due[0];
        timers.delete(id);
        clock.now = Math.max(clock.now, timer.at);
        timer.work();
      }
      clock.now = end;
    },
  };
}

/** Lets everything happen that is only waiting for its turn. */
export async function settled() {
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
}

export const EPOCH = "e".repeat(32);

export function welcome(changes = {}) {
  return {
    type: "welcome", version: 1, epoch: EPOCH, head: { seq: 0, id: null }, recovered: false,
    receipt: { delivered_upto: 0, seen_upto: 0, failed: [] },
    reported: { delivered_upto: 0, seen_upto: 0 }, team: { up: true, since: 5 }, state: "open",
    page: "1".repeat(16), limits: { scalars: 4000, bytes: 16384 }, ...changes,
  };
}

export function event(seq, changes = {}) {
  return {
    seq, id: String(seq).padStart(32, "0"), at: 1_000_000 + seq, kind: "message", from: "team",
    author: { id: "a", name: "Anna" }, body: `message ${seq}`, format: "plain", revision: 0, ...changes,
  };
}

/** Opens the socket and is welcomed. */
export async function join(tab, changes) {
  tab.socket.open();
  tab.socket.hear(welcome(changes));
  await settled();
}

/** A tab that has written its first message and is connected. */
export async function writing(body = "Hello", options) {
  const tab = openTab(options);
  tab.session.start();
  tab.session.visitor.send(body);
  await settled();
  await join(tab);
  return tab;
}

/** What was said with a key of its own. */
export const sends = (tab) => tab.sockets.flatMap((s) => s.said).filter((frame) => frame.key !== undefined);
export const answer = (send, seq) => ({ type: "sent", key: send.key, seq, id: event(seq).id, at: 5, duplicate: false });
export const states = (tab) => tab.session.outbox.entries.map((entry) => entry.state);
export const bodies = (tab) => tab.session.conversation.transcript.events.map((one) => one.body);

/** What a tab said of one type. */
export const said = (tab, type) =>
  tab.sockets.flatMap((socket) => socket.said).filter((frame) => frame.type === type);

/** A tab whose first message is stored as the first event. */
export async function stored(body, options) {
  const tab = await writing(body, options);
  tab.socket.hear(answer(sends(tab)[0], 1));
  return tab;
}
