import { validEntry } from "./outbox.js";
import { validReceipt } from "./timeline.js";
import { validEvents } from "./transcript.js";

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
    } catch {
      this.#area = null;
    }
    // Some browsers offer the object and refuse each use of it.
    this.set("probe", "1");
    this.remove("probe");
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
      // Without an area this throws, as a full or forbidden one does.
      /** @type {Storage} */ (this.#area).setItem(this.#prefix + name, value);
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
      // Forbidden: nothing is there.
    }
  }

  /** @param {string} start @returns {string[]} */
  names(start) {
    const kept = Object.keys(this.#area ?? {}).flatMap((key) => this.#own(key) ?? []);
    const all = new Set([...this.#memory.keys(), ...kept]);
    return [...all].filter((name) => name.startsWith(start));
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
}

const CACHE = { events: 100, characters: 200_000 };

/** What the names of unsent messages begin with. */
export const OUTBOX = "outbox.";

/** Unsent messages, the newest events, the draft. */
export class Memory {
  #storage;

  /** @param {PageStorage} storage */
  constructor(storage) {
    this.#storage = storage;
  }

  /** @returns {Entry[]} */
  entries() {
    const keys = this.#storage.names(OUTBOX).map((name) => name.slice(OUTBOX.length));
    return keys.flatMap((key) => this.entry(key) ?? []);
  }

  /** @param {string} key */
  entry(key) {
    return validEntry(this.#storage.getJSON(OUTBOX + key));
  }

  /** A name for each, so that two tabs never overwrite each other’s.
   * @param {Entry} entry */
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

  /** @param {string} visitor */
  conversation(visitor) {
    const kept = this.#storage.getJSON("cache");
    if (kept?.visitor !== visitor || typeof kept.epoch !== "string") return null;
    const { epoch, events, receipt } = kept;
    return { epoch, events: validEvents(events), receipt: validReceipt(receipt) };
  }

  /** @param {string} visitor @param {import("./transcript.js").Transcript} transcript @param {Receipt} receipt */
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
    this.#storage.setJSON("cache", { visitor, epoch, events: newest, receipt });
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

