/** An answer that takes longer shows a broken connection. */
export const ANSWER_MS = 30_000;

const HOLD_MAX_MS = 60_000;

/**
 * Which unsent entry goes next: one at a time, none overtakes one that is tried again. What was
 * edited or deleted before it was ever tried goes out as edited, or not at all; what may have
 * arrived already is followed by its edits and its deletion.
 */
export class Outbox {
  /** @type {Map<string, Entry>} */
  #entries = new Map();
  /** @type {{key: string, since: number} | null} */
  #underway = null;
  #heldUntil = 0;
  /** Why the last try was put off; empty once something was answered for good. */
  heldFor = "";

  /** @returns {Entry[]} */
  get entries() {
    return [...this.#entries.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
  }

  get hasQueued() {
    return this.entries.some((entry) => entry.state === "queued");
  }

  /** @param {string} key */
  get(key) {
    return this.#entries.get(key);
  }

  /** The edits and deletions of a message that wait for their answer.
   * @param {string} target @returns {Entry[]} */
  changesOf(target) {
    return this.entries.filter((entry) => entry.target === target && entry.state !== "refused");
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

  /** What to say now: to be kept as it is returned, before it is said. `dropped` are the keys of
   * those that need not be said any more.
   * @param {number} now @returns {{entry: Entry | null, dropped: string[]}} */
  next(now) {
    /** @type {string[]} */
    const dropped = [];
    if (this.#underway || now < this.#heldUntil) return { entry: null, dropped };
    this.#heldUntil = 0;
    for (const candidate of this.entries) {
      if (candidate.state !== "queued" || dropped.includes(candidate.key)) continue;
      if (candidate.target !== undefined && this.get(candidate.target)?.state === "refused") continue;
      const whole = this.#merged(candidate, dropped);
      if (whole === null) continue;
      /** @type {Entry} */
      const entry = { ...whole, tried: true };
      this.put(entry);
      this.#underway = { key: entry.key, since: now };
      return { entry, dropped };
    }
    return { entry: null, dropped };
  }

  /** @param {number} now */
  stalled(now) {
    return this.#underway !== null && now >= this.#underway.since + ANSWER_MS;
  }

  /** @param {string} key @param {number} seq @param {Pick<Entry, "visitor" | "epoch">} home @returns {Entry | null} */
  sent(key, seq, home) {
    this.#answered(key);
    return this.#become(key, { state: "stored", place: seq, ...home });
  }

  /** @param {string} key @param {Pick<Refused, "code" | "retry" | "retryAfter">} refusal @param {number} now @returns {Entry | null} */
  refused(key, { code, retry, retryAfter }, now) {
    const isAwaited = this.#underway?.key === key;
    this.#answered(key);
    if (!retry) return this.#become(key, { state: "refused", code });
    this.heldFor = code;
    if (isAwaited) this.#heldUntil = now + Math.min(Math.max(retryAfter, 250), HOLD_MAX_MS);
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
    this.unhold();
  }

  /** Nothing is to wait here any more. */
  unhold() {
    this.#heldUntil = 0;
    this.heldFor = "";
  }

  /** A message that nobody has been told of yet, with what became of it since; null if nothing.
   * @param {Entry} entry @param {string[]} dropped @returns {Entry | null} */
  #merged(entry, dropped) {
    if (entry.kind !== "send" || entry.tried === true) return entry;
    const changes = this.changesOf(entry.key);
    for (const { key } of changes) this.#drop(key, dropped);
    if (changes.some(({ kind }) => kind === "delete")) {
      this.#drop(entry.key, dropped);
      return null;
    }
    const last = changes.at(-1);
    return last === undefined ? entry : { ...entry, body: last.body };
  }

  /** @param {string} key @param {string[]} dropped */
  #drop(key, dropped) {
    this.remove(key);
    dropped.push(key);
  }

  /** @param {string} key @param {Partial<Entry>} changes */
  #become(key, changes) {
    const entry = this.get(key);
    if (entry === undefined) return null;
    const { code: _, ...rest } = entry;
    /** @type {Entry} */
    const next = { ...rest, ...changes };
    this.put(next);
    return next;
  }

  /** @param {string | null} key */
  #answered(key) {
    this.heldFor = "";
    if (this.#underway?.key === key) this.#underway = null;
  }
}
