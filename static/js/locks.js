/** Locks over all tabs. Without the API (it needs https) each tab gets every lock at once, and
 * the messages’ keys keep repeated sends harmless. */
export class TabLocks {
  #locks;

  /** @param {LockManager | undefined} locks */
  constructor(locks) {
    this.#locks = locks;
  }

  /** @template T @param {string} name @param {() => Promise<T>} work @returns {Promise<T>} */
  async during(name, work) {
    const locks = this.#locks;
    if (locks === undefined) return work();
    return await locks.request(name, work);
  }

  /** Holds a lock until the returned function is called.
   * @param {string} name @param {() => void} granted @returns {() => void} */
  hold(name, granted) {
    let over = false;
    /** @type {() => void} */
    let release = () => {};
    const released = new Promise((resolve) => {
      release = () => {
        over = true;
        resolve(undefined);
      };
    });
    if (this.#locks === undefined) {
      queueMicrotask(() => over || granted());
      return release;
    }
    const waiting = new AbortController();
    this.#locks
      .request(name, { signal: waiting.signal }, () => {
        if (!over) granted();
        return released;
      })
      .catch(() => {}); // Given up before it was our turn.
    return () => {
      release();
      waiting.abort();
    };
  }
}
