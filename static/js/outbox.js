/** An answer that takes longer shows a broken connection. */
export const ANSWER_MS = 30_000;

const HOLD_MAX_MS = 60_000;

/** Which unsent message goes next: one at a time, none overtakes one that is tried again. */
export class Outbox {
  /** @type {Map<string, Entry>} */
  #entries = new Map();
  /** @type {{key: string, since: number} | null} */
  #underway = null;
  #heldUntil = 0;

  /** @returns {Entry[]} */
  get entries() {
    return [...this.#entries.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
  }

  /** @returns {string | null} */
  get lastKey() {
    return this.entries.at(-1)?.key ?? null;
  }

  get hasQueued() {
    return this.entries.some((entry) => entry.state === "queued");
  }

  /** @param {string} key */
  get(key) {
    return this.#entries.get(key);
  }

  /** @returns {number | null} */
  get deadline() {
    if (this.#underway) return this.#underway.since + ANSWER_MS;
    return this.hasQueued && this.#heldUntil > 0 ? this.#heldUntil : null;
  }

  /** @param {Entry} entry */
  put(entry) {
    this.#entries.set(entry.key, entry);
  }

  /** @param {string} key */
  remove(key) {
    this.#entries.delete(key);
    if (this.#underway?.key === key) this.#underway = null;
  }

  clear() {
    this.#entries.clear();
    this.disconnected();
  }

  /** @param {number} now @returns {Entry | null} */
  next(now) {
    if (this.#underway || now < this.#heldUntil) return null;
    this.#heldUntil = 0;
    const entry = this.entries.find((candidate) => candidate.state === "queued");
    if (entry === undefined) return null;
    this.#underway = { key: entry.key, since: now };
    return entry;
  }

  /** @param {number} now */
  stalled(now) {
    return this.#underway !== null && now >= this.#underway.since + ANSWER_MS;
  }

  /** @param {string} key @returns {Entry | null} */
  sent(key) {
    this.#answered(key);
    return this.#become(key, { state: "stored" });
  }

  /** @param {string} key @param {Refused} refusal @param {number} now @returns {Entry | null} */
  refused(key, { code, retry, retryAfter }, now) {
    this.#answered(key);
    if (!retry) return this.#become(key, { state: "refused", code });
    this.#heldUntil = now + Math.min(Math.max(retryAfter, 250), HOLD_MAX_MS);
    return null;
  }

  /** @param {string} key @returns {Entry | null} */
  retry(key) {
    if (this.get(key)?.state !== "refused") return null;
    return this.#become(key, { state: "queued" });
  }

  /** What was on its way is in doubt: it goes again, first, with its key. */
  disconnected() {
    this.#underway = null;
    this.#heldUntil = 0;
  }

  /** @param {string} key @param {Pick<Entry, "state" | "code">} state */
  #become(key, state) {
    const entry = this.get(key);
    if (entry === undefined) return null;
    const { body, at } = entry;
    const next = { key, body, at, ...state };
    this.put(next);
    return next;
  }

  /** @param {string | null} key */
  #answered(key) {
    if (this.#underway?.key === key) this.#underway = null;
  }
}

/** @param {any} value @returns {Entry | null} */
export function validEntry(value) {
  if (value === null || typeof value !== "object") return null;
  const { key, body, at, state } = value;
  if (typeof key !== "string" || !/^[A-Za-z0-9._:-]{1,64}$/.test(key)) return null;
  if (typeof body !== "string" || body === "" || !Number.isFinite(at)) return null;
  if (state !== "queued" && state !== "refused" && state !== "stored") return null;
  /** @type {Entry} */
  const entry = { key, body, at, state };
  if (typeof value.code === "string") entry.code = value.code;
  return entry;
}
