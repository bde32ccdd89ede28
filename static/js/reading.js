/** At most one report in this time. */
export const REPORT_MS = 1_000;

/** How far this visitor has the conversation and has read it; what the server is to hear of that. */
export class Reading {
  #held = 0;
  #seen = 0;
  /** @type {Reached} what is known there, from this tab or another */
  #told = { delivered_upto: 0, seen_upto: 0 };
  #toldAt = -Infinity;
  /** The first message that was new when the visitor came back; 0 if there is none. */
  divider = 0;

  /** The server, or another tab, is that far.
   * @param {Reached} reached */
  known({ delivered_upto, seen_upto }) {
    this.#told.delivered_upto = Math.max(this.#told.delivered_upto, delivered_upto);
    this.#told.seen_upto = Math.max(this.#told.seen_upto, seen_upto);
    this.#seen = Math.max(this.#seen, seen_upto);
  }

  /** Everything up to `seq` is kept here.
   * @param {number} seq */
  held(seq) {
    this.#held = Math.max(this.#held, seq);
  }

  /** Everything up to `seq` was on a visible page.
   * @param {number} seq @returns {boolean} whether that is news */
  saw(seq) {
    if (seq <= this.#seen) return false;
    this.#seen = seq;
    this.held(seq);
    return true;
  }

  get #isDue() {
    return this.#held > this.#told.delivered_upto || this.#seen > this.#told.seen_upto;
  }

  /** @returns {number | null} */
  get deadline() {
    return this.#isDue ? this.#toldAt + REPORT_MS : null;
  }

  /** What to report now.
   * @param {number} now @returns {Reached | null} */
  next(now) {
    if (!this.#isDue || now < this.#toldAt + REPORT_MS) return null;
    this.#toldAt = now;
    this.known({ delivered_upto: this.#held, seen_upto: this.#seen });
    return { ...this.#told };
  }

  /** What the team wrote and the visitor hasn’t seen.
   * @param {readonly ChatEvent[]} events @returns {ChatEvent[]} */
  unread(events) {
    return events.filter(({ kind, from, seq, deleted }) =>
      kind === "message" && from === "team" && seq > this.#seen && deleted !== true);
  }

  /** Something came while nobody looked: a line goes above the first of it, and stays.
   * @param {readonly ChatEvent[]} events */
  mark(events) {
    if (this.divider === 0) this.divider = this.unread(events)[0]?.seq ?? 0;
  }

  /** The visitor turns away: what has been read needs no line any more.
   * @param {readonly ChatEvent[]} events */
  left(events) {
    if (this.unread(events).length === 0) this.divider = 0;
  }
}
