import { validEntry } from "./entry.js";
import { messageKey } from "./keys.js";
import { parsed } from "./storage.js";

/** What the names of unsent entries begin with. */
export const OUTBOX = "outbox.";

/** What the visitor has written and the server doesn’t have yet. */
export class Memory {
  #storage;

  /** @param {import("./storage.js").PageStorage} storage */
  constructor(storage) {
    this.#storage = storage;
  }

  get #keys() {
    return this.#storage.names(OUTBOX).map((name) => name.slice(OUTBOX.length)).sort();
  }

  /** @returns {Entry[]} */
  entries() {
    return this.#keys.flatMap((key) => this.entry(key) ?? []);
  }

  /** @param {string} key */
  entry(key) {
    return validEntry(this.#storage.getJSON(OUTBOX + key));
  }

  /** One as another tab has told of it; it may be gone by now.
   * @param {string} text */
  told(text) {
    return validEntry(parsed(text));
  }

  /** Something new to say, kept before anything else happens with it.
   * @param {Partial<Entry>} content @param {number} now @param {Uint8Array} random @returns {Entry} */
  newEntry(content, now, random) {
    const key = messageKey(now, random, this.#keys.at(-1) ?? null);
    /** @type {Entry} */
    const entry = { kind: "send", body: "", ...content, key, at: now, state: "queued" };
    this.keepEntry(entry);
    return entry;
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

  forget() {
    for (const name of this.#storage.names("")) this.#storage.remove(name);
  }
}
