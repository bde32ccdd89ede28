import { Copy } from "./copy.js";
import { validReceipt } from "./events.js";
import { Reading } from "./reading.js";
import { LIMITS } from "./text.js";
import { Transcript } from "./transcript.js";
import { Typing } from "./typing.js";

const GAP_MS = 1_500;
const HISTORY_MS = 10_000;
const KEEP_MS = 400;

/** What one tab knows of the conversation: follows what the server says, asks for what is missing,
 * keeps a copy on the device, and reports how far it got. */
export class Conversation {
  transcript = new Transcript();
  typing = new Typing();
  reading = new Reading();
  receipt = validReceipt(null);
  /** @type {Limits} */
  limits = LIMITS;
  /** @type {Team} */
  team = { up: true, since: null };
  /** @type {ConversationState} */
  state = "open";

  #parts;
  #copy;
  /** @type {string | null} */
  #visitor = null;
  /** The head at the last welcome: up to it is what was missed. */
  #missedUpto = 0;
  /** @type {Asked | null} */
  #asked = null;
  /** @type {number | null} */
  #gapSince = null;
  /** @type {number | null} */
  #keepAt = null;

  /** @param {ConversationParts} parts */
  constructor(parts) {
    this.#parts = parts;
    this.#copy = new Copy(parts.storage);
  }

  get isLoadingOlder() {
    return this.#asked?.direction === "before";
  }

  /** Shows what this device knows of the visitor’s conversation.
   * @param {string} visitor */
  open(visitor) {
    this.#visitor = visitor;
    const kept = this.#copy.conversation(visitor);
    if (kept === null) return;
    this.transcript.epoch = kept.epoch;
    this.transcript.receive(kept.events);
    this.receipt = kept.receipt;
    this.readElsewhere();
    this.reading.mark(this.transcript.events);
    this.#parts.grown();
  }

  clear() {
    this.lost();
    this.#visitor = null;
    this.transcript.clear();
    this.reading = new Reading();
    this.receipt = validReceipt(null);
    this.team = { up: true, since: null };
    this.state = "open";
    this.#keepAt = null;
  }

  /** The copy on the device, too. */
  forget() {
    this.clear();
    this.#copy.forget();
  }

  lost() {
    this.#asked = null;
    this.#gapSince = null;
    this.typing.clear();
  }

  /** @param {Welcome} welcome */
  welcomed(welcome) {
    if (welcome.epoch !== this.transcript.epoch) this.reading = new Reading();
    this.transcript.welcomed(welcome);
    this.reading.known(welcome.reported);
    this.#missedUpto = welcome.head;
    this.receipt = welcome.receipt;
    this.team = welcome.team;
    this.state = welcome.state;
    if (welcome.limits !== null) this.limits = welcome.limits;
    // The copy is of what is gone.
    if (!welcome.recovered) this.#keepSoon();
  }

  /** @param {Frame} frame */
  heard(frame) {
    switch (frame.type) {
      case "history":
        this.#asked = null;
        this.take(frame.events);
        break;
      case "events":
        this.take(frame.events);
        break;
      case "receipt":
        this.receipt = frame.receipt;
        this.#keepSoon();
        break;
      case "team":
        this.team = frame.team;
        break;
      case "typing":
        this.typing.heard(frame.name, this.#parts.host.now());
        break;
      case "state":
        this.state = frame.state;
        break;
    }
  }

  /** @param {ChatEvent[]} events */
  take(events) {
    const before = this.transcript.high;
    if (!this.transcript.receive(events)) return;
    const fresh = this.transcript.events.filter((event) => event.seq > before);
    for (const { from, author } of fresh) if (from === "team") this.typing.wrote(author.name);
    const { isClosed } = this.transcript;
    if (this.state !== "blocked" && isClosed !== null && fresh.length > 0) {
      this.state = isClosed ? "closed" : "open";
    }
    const wasMissed = fresh.some((event) => event.seq <= this.#missedUpto);
    if (wasMissed || !this.#parts.isWatched()) this.reading.mark(this.transcript.events);
    this.#parts.grown();
    this.#keepSoon();
  }

  /** The visitor’s own message, as its answer tells. One from before the last welcome, of which
   * nothing is here yet, comes by itself: to begin with it would leave a gap up to the newest.
   * @param {ChatEvent} event */
  answered(event) {
    if (this.transcript.events.length > 0 || event.seq > this.#missedUpto) this.take([event]);
  }

  /** @returns {boolean} whether they were asked for now */
  loadOlder() {
    if (!this.#parts.isWelcomed() || this.#asked || !this.transcript.hasOlder) return false;
    this.#ask("before", { before: this.transcript.low });
    return true;
  }

  /** Another tab reported. */
  readElsewhere() {
    if (this.#visitor === null) return;
    const reached = this.#copy.reached(this.#visitor, this.transcript.epoch);
    if (reached !== null) this.reading.known(reached);
  }

  keepNow() {
    this.#keepAt = null;
    if (this.#visitor === null) return;
    this.#copy.keepConversation(this.#visitor, this.transcript, this.receipt);
    this.reading.held(this.transcript.high);
  }

  /** Does what is due.
   * @param {number} now */
  tick(now) {
    if (this.#keepAt !== null && now >= this.#keepAt) this.keepNow();
    if (this.#asked !== null && now >= this.#asked.until) this.#asked = null;
    this.#mindGap(now);
    this.#report(now);
  }

  /** When something will be due.
   * @param {number} now @returns {(number | null | undefined)[]} */
  deadlines(now) {
    return [
      this.#keepAt,
      this.#asked?.until,
      this.#gapSince === null || this.#asked ? null : this.#gapSince + GAP_MS,
      this.#parts.isWelcomed() ? this.reading.deadline : null,
      this.typing.deadline(now),
    ];
  }

  /** @param {"before" | "after"} direction @param {object} range */
  #ask(direction, range) {
    this.#asked = { direction, until: this.#parts.host.now() + HISTORY_MS };
    this.#parts.say({ type: "history", ...range });
  }

  /** @param {number} now */
  #mindGap(now) {
    const missing = this.transcript.missing;
    if (!this.#parts.isWelcomed() || missing === null) {
      this.#gapSince = null;
      return;
    }
    this.#gapSince ??= now;
    if (now - this.#gapSince < GAP_MS || this.#asked) return;
    this.#gapSince = now;
    this.#ask("after", missing);
  }

  #keepSoon() {
    this.#keepAt ??= this.#parts.host.now() + KEEP_MS;
  }

  /** @param {number} now */
  #report(now) {
    const reached = this.#parts.isWelcomed() ? this.reading.next(now) : null;
    if (reached === null || this.#visitor === null) return;
    this.#parts.say({ type: "report", ...reached });
    this.#copy.keepReached(this.#visitor, this.transcript.epoch, reached);
  }
}
