/**
 * The conversation as far as it is known: an unbroken run of events, each once, its messages in
 * their present state. Whatever order edits, deletions and messages come in, the highest revision
 * stands, and a deletion is final.
 */
export class Transcript {
  /** @type {ChatEvent[]} */
  #run = [];
  /** @type {Map<number, ChatEvent>} beyond a gap */
  #beyond = new Map();
  /** @type {Map<string, number>} seqs of the visitor’s own events */
  #keys = new Map();
  /** @type {Map<number, ChatEvent[]>} what changes a message, by the message’s seq */
  #changes = new Map();
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

  /** Whether the newest of the conversation’s ends and beginnings is an end; null: none is known.
   * @returns {boolean | null} */
  get isClosed() {
    const last = this.#run.findLast(({ kind }) => ["message", "close", "reopen"].includes(kind));
    return last === undefined ? null : last.kind === "close";
  }

  /** @param {string} key */
  hasKey(key) {
    return this.#keys.has(key);
  }

  /** One of the visitor’s own events.
   * @param {string} key */
  byKey(key) {
    return this.at(this.#keys.get(key) ?? 0);
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
    this.#changes.clear();
    this.epoch = null;
    this.#head = 0;
  }

  /** @param {ChatEvent[]} events @returns {boolean} whether anything was new */
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

  /** The event of that number, as it is now.
   * @param {number} seq @returns {ChatEvent | undefined} */
  at(seq) {
    return this.#run[seq - this.low];
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
    if (event.key !== undefined) this.#keys.set(event.key, event.seq);
    const { target } = event;
    if (target === undefined || !["edit", "deletion", "requeue"].includes(event.kind)) {
      return this.#settle(event.seq);
    }
    const changes = this.#changes.get(target.seq) ?? [];
    changes.push(event);
    this.#changes.set(target.seq, changes);
    // What is queued again may be an edit: it is the message that it belongs to.
    this.#settle(this.at(target.seq)?.target?.seq ?? target.seq);
  }

  /** Brings a message into its present state, if it is here.
   * @param {number} seq */
  #settle(seq) {
    const message = this.at(seq);
    const changes = this.#changesOf(seq);
    const isDeleted = changes.some(({ kind }) => kind === "deletion") || message?.deleted === true;
    if (isDeleted) for (const change of changes) this.#replace(change.seq, { body: "" });
    if (message === undefined || changes.length === 0) return;
    const changed = Math.max(message.changed ?? 0, ...changes.map((change) => change.seq));
    if (isDeleted) return this.#replace(seq, { body: "", deleted: true, changed });
    const newest = changes
      .filter(({ kind }) => kind === "edit")
      .reduce((a, b) => (b.revision > a.revision ? b : a), message);
    const { body, format, revision } = newest;
    const requeued = message.requeued === true || changes.some(({ kind }) => kind === "requeue");
    this.#replace(seq, { body, format, revision, changed, requeued });
  }

  /** @param {number} seq @returns {ChatEvent[]} */
  #changesOf(seq) {
    const direct = this.#changes.get(seq) ?? [];
    return direct.flatMap((change) => [change, ...(this.#changes.get(change.seq) ?? [])]);
  }

  /** @param {number} seq @param {Partial<ChatEvent>} state */
  #replace(seq, state) {
    const event = this.at(seq);
    if (event !== undefined) this.#run[seq - this.low] = { ...event, ...state };
  }
}
