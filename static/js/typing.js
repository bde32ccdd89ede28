/** In milliseconds. The far side shows it for as long as `shown`. */
export const TYPING = { every: 3_000, shown: 10_000 };

const NAMES_MAX = 8;

/** Who types: when to say that the visitor does, and how long somebody of the team is shown to. */
export class Typing {
  #saidAt = -Infinity;
  /** @type {Map<string, number>} until when each is shown */
  #who = new Map();

  /** Whether to say that the visitor types.
   * @param {number} now @param {string} text what stands there @returns {boolean} */
  typed(now, text) {
    if (text === "" || now - this.#saidAt < TYPING.every) return false;
    this.#saidAt = now;
    return true;
  }

  /** @param {string} name @param {number} now */
  heard(name, now) {
    if (this.#who.size < NAMES_MAX || this.#who.has(name)) this.#who.set(name, now + TYPING.shown);
  }

  /** Their message is there: they no longer type it.
   * @param {string} name */
  wrote(name) {
    this.#who.delete(name);
  }

  clear() {
    this.#who.clear();
  }

  /** @param {number} now @returns {string[]} */
  names(now) {
    return [...this.#who].filter(([, until]) => until > now).map(([name]) => name);
  }

  /** When a name is to be taken away.
   * @param {number} now @returns {number | null} */
  deadline(now) {
    const times = [...this.#who.values()].filter((until) => until > now);
    return times.length > 0 ? Math.min(...times) : null;
  }
}
