// @ts-check
import { validEntry } from "./outbox.js";
import { storable, validReceipt } from "./timeline.js";
import { validEvent } from "./transcript.js";

/** Our part of localStorage. What the browser refuses to keep lives as long as the page. */
export class PageStorage {
  /** @type {Map<string, string>} */
  #memory = new Map();
  /** @type {Storage | null} */
  #area;
  #prefix;

  persistent = true;

  /** @param {() => Storage} area @param {string} prefix */
  constructor(area, prefix = "chatbox.") {
    this.#prefix = prefix;
    try {
      this.#area = area();
      // Some browsers offer the object and refuse each use of it.
      this.#area.setItem(prefix + "probe", "1");
      this.#area.removeItem(prefix + "probe");
    } catch {
      this.#area = this.#readable(area);
      this.persistent = false;
    }
  }

  /** @param {string} name */
  get(name) {
    const kept = this.#memory.get(name);
    if (kept !== undefined) return kept;
    try {
      return this.#area?.getItem(this.#prefix + name) ?? null;
    } catch {
      return null;
    }
  }

  /** @param {string} name @param {string} value @returns {boolean} */
  set(name, value) {
    try {
      if (this.#area === null) throw new Error("no storage");
      this.#area.setItem(this.#prefix + name, value);
      this.#memory.delete(name);
      return true;
    } catch {
      this.#memory.set(name, value);
      this.persistent = false;
      return false;
    }
  }

  /** @param {string} name */
  remove(name) {
    this.#memory.delete(name);
    try {
      this.#area?.removeItem(this.#prefix + name);
    } catch {
      // Nothing can be kept there, so there is nothing to remove.
    }
  }

  /** @param {string} start @returns {string[]} */
  names(start) {
    const found = new Set([...this.#memory.keys()].filter((name) => name.startsWith(start)));
    try {
      for (let index = 0; index < (this.#area?.length ?? 0); index += 1) {
        const name = this.#own(this.#area?.key(index) ?? null);
        if (name !== null && name.startsWith(start)) found.add(name);
      }
    } catch {
      // As above: what is in memory is all there is.
    }
    return [...found];
  }

  /** @param {string} name @returns {any} */
  getJSON(name) {
    const text = this.get(name);
    try {
      return text === null ? null : JSON.parse(text);
    } catch {
      return null;
    }
  }

  /** @param {string} name @param {unknown} value */
  setJSON(name, value) {
    return this.set(name, JSON.stringify(value));
  }

  /** @param {Window} target @param {(name: string | null, value: string | null) => void} changed */
  watch(target, changed) {
    target.addEventListener("storage", (event) => {
      if (event.storageArea !== null && event.storageArea !== this.#area) return;
      if (event.key === null) return changed(null, null);
      const name = this.#own(event.key);
      if (name !== null) changed(name, event.newValue);
    });
  }

  /** @param {string | null} key */
  #own(key) {
    return key !== null && key.startsWith(this.#prefix) ? key.slice(this.#prefix.length) : null;
  }

  /** @param {() => Storage} area */
  #readable(area) {
    try {
      const full = area();
      full.getItem(this.#prefix + "probe");
      return full;
    } catch {
      return null;
    }
  }
}

const CACHE = Object.freeze({ events: 100, characters: 200_000 });

const OUTBOX = "outbox.";

/** Unsent messages, the newest events, the draft. */
export class Memory {
  #storage;

  /** @param {PageStorage} storage */
  constructor(storage) {
    this.#storage = storage;
  }

  /** @returns {import("./types").Entry[]} */
  entries() {
    const names = this.#storage.names(OUTBOX);
    return names.flatMap((name) => validEntry(this.#storage.getJSON(name)) ?? []);
  }

  /** A name for each, so that two tabs never overwrite each other’s.
   * @param {import("./types").Entry} entry */
  keepEntry(entry) {
    if (this.#storage.setJSON(OUTBOX + entry.key, entry)) return;
    // An unsent message matters more than what the server has anyway.
    this.#storage.remove("cache");
    this.#storage.setJSON(OUTBOX + entry.key, entry);
  }

  /** @param {string} key */
  dropEntry(key) {
    this.#storage.remove(OUTBOX + key);
  }

  /** @param {string} name */
  static entryKey(name) {
    return name.startsWith(OUTBOX) ? name.slice(OUTBOX.length) : null;
  }

  /** @param {string} visitor */
  conversation(visitor) {
    const kept = this.#storage.getJSON("cache");
    if (kept?.visitor !== visitor || typeof kept.epoch !== "string") return null;
    const events = Array.isArray(kept.events) ? kept.events.flatMap((/** @type {any} */ event) => validEvent(event) ?? []) : [];
    return { epoch: kept.epoch, events, receipt: validReceipt(kept.receipt) };
  }

  /** @param {string} visitor @param {import("./transcript.js").Transcript} transcript @param {import("./timeline.js").Receipt} receipt */
  keepConversation(visitor, transcript, receipt) {
    const { epoch, events } = transcript;
    if (epoch === null) return;
    let characters = 0;
    let first = events.length;
    while (first > 0 && events.length - first < CACHE.events) {
      characters += events[first - 1].body.length + 200;
      if (characters > CACHE.characters) break;
      first -= 1;
    }
    const newest = events.slice(first);
    this.#storage.setJSON("cache", { visitor, epoch, events: newest, receipt: storable(receipt) });
  }

  get draft() {
    return this.#storage.get("draft") ?? "";
  }

  set draft(text) {
    if (text === "") this.#storage.remove("draft");
    else this.#storage.set("draft", text);
  }

  forgetConversation() {
    this.#storage.remove("cache");
  }

  forget() {
    for (const name of this.#storage.names("")) this.#storage.remove(name);
  }
}

