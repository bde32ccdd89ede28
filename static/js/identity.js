/** @param {Uint8Array} bytes */
function hexadecimal(bytes) {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** @param {string} digits */
function dashed(digits) {
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

/** @param {Uint8Array} random */
export function visitorId(random) {
  const bytes = Uint8Array.from(random);
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  return dashed(hexadecimal(bytes));
}

/** @param {Uint8Array} random */
export function visitorSecret(random) {
  const base64 = btoa(String.fromCharCode(...random));
  return base64.replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

/** A UUIDv7 that sorts after `after`, even if the clock stands still or goes back.
 * @param {number} now @param {Uint8Array} random @param {string | null} after */
export function messageKey(now, random, after = null) {
  let time = Math.max(0, Math.floor(now));
  let counter = 0;
  const last = after === null ? null : /^([0-9a-f]{8})-([0-9a-f]{4})-7([0-9a-f]{3})-/.exec(after);
  if (last) {
    const lastTime = parseInt(last[1] + last[2], 16);
    if (lastTime >= time) {
      time = lastTime;
      counter = parseInt(last[3], 16) + 1;
      if (counter > 0xfff) {
        time += 1;
        counter = 0;
      }
    }
  }
  const variant = Uint8Array.from(random.slice(0, 8));
  variant[0] = (variant[0] & 0x3f) | 0x80;
  const head = time.toString(16).padStart(12, "0") + "7" + counter.toString(16).padStart(3, "0");
  return dashed(head + hexadecimal(variant));
}

const NAME = "identity";
const LOCK = "chatbox-identity";

/** The identity in the storage that all tabs share: made once, whoever asks. */
export class IdentityKeeper {
  #storage;
  #locks;
  #randomBytes;
  #settle;

  /** @param {IdentityParts} parts */
  constructor({ storage, locks, randomBytes, settle }) {
    this.#storage = storage;
    this.#locks = locks;
    this.#randomBytes = randomBytes;
    this.#settle = settle;
  }

  /** @returns {Identity | null} */
  read() {
    return valid(this.#storage.getJSON(NAME));
  }

  /** @returns {Promise<Identity>} */
  ensure() {
    return this.#replace(null);
  }

  /** @param {Identity} refused @returns {Promise<Identity>} */
  renew(refused) {
    return this.#replace(refused.visitor);
  }

  /** @param {Identity} identity */
  welcomed(identity) {
    const current = this.read();
    if (current === null || current.visitor !== identity.visitor || current.welcomed) return;
    this.#storage.setJSON(NAME, { ...current, welcomed: true });
  }

  /** @param {string | null} refused @returns {Promise<Identity>} */
  #replace(refused) {
    const standing = () => {
      const current = this.read();
      return current?.visitor === refused ? null : current;
    };
    return this.#locks.during(LOCK, async () => {
      // What one tab writes another sees a little later, lock or no lock.
      await this.#settle();
      const current = standing();
      if (current !== null) return current;
      const made = {
        visitor: visitorId(this.#randomBytes(16)),
        secret: visitorSecret(this.#randomBytes(32)),
        welcomed: false,
      };
      this.#storage.setJSON(NAME, made);
      await this.#settle();
      return standing() ?? made;
    });
  }
}

/** @param {any} value @returns {Identity | null} */
function valid(value) {
  if (value === null || typeof value !== "object") return null;
  const { visitor, secret, welcomed } = value;
  if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(visitor)) return null;
  if (!/^[A-Za-z0-9_-]{43}$/.test(secret)) return null;
  return { visitor, secret, welcomed: welcomed === true };
}

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
