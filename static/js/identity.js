import { dashed, hexadecimal } from "./keys.js";

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

  /** Something is kept as the identity that can’t be one. */
  get isSpoilt() {
    return this.#storage.get(NAME) !== null && this.read() === null;
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
