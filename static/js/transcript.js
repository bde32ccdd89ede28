/** The conversation as far as it is known: an unbroken run of events, each once. */
export class Transcript {
  /** @type {ChatEvent[]} */
  #run = [];
  /** @type {Map<number, ChatEvent>} beyond a gap */
  #beyond = new Map();
  /** @type {Set<string>} */
  #keys = new Set();
  /** @type {string | null} */
  epoch = null;

  #head = 0;

  /** @returns {readonly ChatEvent[]} */
  get events() {
    return this.#run;
  }

  get low() {
    return this.#run[0]?.seq ?? 0;
  }

  get high() {
    return this.#run.at(-1)?.seq ?? 0;
  }

  get hasOlder() {
    return this.low > 1;
  }

  get token() {
    const last = this.#run.at(-1);
    if (last === undefined || this.epoch === null) return null;
    return { epoch: this.epoch, seq: last.seq, id: last.id };
  }

  /** What to ask for, unless it comes by itself.
   * @returns {{after: number} | {before: number} | null} */
  get missing() {
    const known = Math.max(this.#head, ...this.#beyond.keys());
    if (known <= this.high) return null;
    return this.#run.length > 0 ? { after: this.high } : { before: known + 1 };
  }

  /** @param {string} key */
  hasKey(key) {
    return this.#keys.has(key);
  }

  /** @param {{epoch: string, head: number, recovered: boolean}} welcome */
  welcomed({ epoch, head, recovered }) {
    if (!recovered || epoch !== this.epoch) this.clear();
    this.epoch = epoch;
    this.#head = head;
    for (const seq of this.#beyond.keys()) if (seq > head) this.#beyond.delete(seq);
  }

  clear() {
    this.#run = [];
    this.#beyond.clear();
    this.#keys.clear();
    this.epoch = null;
    this.#head = 0;
  }

  /** @param {ChatEvent[]} events @returns {boolean} */
  receive(events) {
    const before = this.#run.length;
    /** @type {Map<number, ChatEvent>} */
    const older = new Map();
    for (const event of [...events].sort((a, b) => a.seq - b.seq)) {
      if (this.#run.length > 0 && event.seq < this.low) older.set(event.seq, event);
      else if (this.#run.length === 0 || event.seq === this.high + 1) this.#append(event);
      else if (event.seq > this.high) this.#beyond.set(event.seq, event);
    }
    this.#close(older);
    return this.#run.length !== before;
  }

  /** @param {ChatEvent} event */
  #append(event) {
    this.#run.push(event);
    this.#noted(event);
  }

  /** @param {Map<number, ChatEvent>} older */
  #close(older) {
    while (this.#beyond.has(this.high + 1)) {
      const event = /** @type {ChatEvent} */ (this.#beyond.get(this.high + 1));
      this.#beyond.delete(event.seq);
      this.#append(event);
    }
    /** @type {ChatEvent[]} */
    const earlier = [];
    for (let seq = this.low - 1, event; (event = older.get(seq)); seq -= 1) earlier.push(event);
    this.#run.unshift(...earlier.reverse());
    for (const event of earlier) this.#noted(event);
  }

  /** @param {ChatEvent} event */
  #noted(event) {
    if (event.key !== undefined) this.#keys.add(event.key);
  }
}

/** @param {any} values @returns {ChatEvent[]} */
export function validEvents(values) {
  return Array.isArray(values) ? values.flatMap((value) => validEvent(value) ?? []) : [];
}

/** @param {any} value @returns {ChatEvent | null} */
function validEvent(value) {
  if (value === null || typeof value !== "object") return null;
  const { seq, id, at, kind, from, author, body, key } = value;
  if (!Number.isSafeInteger(seq) || seq < 1 || typeof id !== "string") return null;
  const name = typeof author?.name === "string" ? author.name : "";
  /** @type {ChatEvent} */
  const event = {
    seq,
    id,
    at: Number.isFinite(at) ? at : 0,
    kind: typeof kind === "string" ? kind : "",
    from: from === "visitor" ? "visitor" : "team",
    author: { id: typeof author?.id === "string" ? author.id : "", name },
    body: typeof body === "string" ? body : "",
  };
  if (typeof key === "string") event.key = key;
  return event;
}
