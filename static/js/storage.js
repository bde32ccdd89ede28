/** @param {string | null} text @returns {any} */
export function parsed(text) {
  try {
    return text === null ? null : JSON.parse(text);
  } catch {
    return null;
  }
}

/** Our part of localStorage. What the browser refuses to keep lives as long as the page. */
export class PageStorage {
  /** @type {Map<string, string>} */
  #memory = new Map();
  /** @type {Storage | null} */
  #area;
  #prefix;

  #allowed = true;

  /** @param {() => Storage} area @param {string} prefix */
  constructor(area, prefix = "chatbox.") {
    this.#prefix = prefix;
    try {
      this.#area = area();
    } catch {
      this.#area = null;
    }
    // Some browsers offer the object and refuse each use of it.
    this.#allowed = this.set("probe", "1");
    this.remove("probe");
  }

  /** Whether all of it outlives the page. */
  get persistent() {
    return this.#allowed && this.#memory.size === 0;
  }

  /** Whether what isn’t found isn’t there. */
  get isOpen() {
    try {
      /** @type {Storage} */ (this.#area).getItem(this.#prefix);
      return true;
    } catch {
      return false;
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
      // Without an area this throws, as a full or forbidden one does.
      /** @type {Storage} */ (this.#area).setItem(this.#prefix + name, value);
      this.#memory.delete(name);
      return true;
    } catch {
      this.#memory.set(name, value);
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
    const all = new Set([...this.#memory.keys(), ...this.#keptNames()]);
    return [...all].filter((name) => name.startsWith(start));
  }

  #keptNames() {
    try {
      return Object.keys(this.#area ?? {}).flatMap((key) => this.#own(key) ?? []);
    } catch {
      return [];
    }
  }

  /** @param {string} name @returns {any} */
  getJSON(name) {
    return parsed(this.get(name));
  }

  /** @param {string} name @param {unknown} value */
  setJSON(name, value) {
    return this.set(name, JSON.stringify(value));
  }

  /** Keeps what may as well be lost: where there is no room for it, it is.
   * @param {string} name @param {unknown} value */
  offerJSON(name, value) {
    if (!this.setJSON(name, value)) this.remove(name);
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
