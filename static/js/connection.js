/** In milliseconds. */
export const TIMES = {
  welcome: 10_000,
  ping: 20_000, // Silent for this long: it is asked whether it lives …
  pong: 10_000, // … and given up if nothing at all comes.
  steady: 5_000, // This old it was a good one: the next back-off starts anew.
  backoffMin: 500,
  backoffMax: 30_000,
  limitedMax: 3_600_000, // A limit that lasts longer than its hour is asked about again.
};

/** The states of the connection: when to connect, to ask, to give up, to wait. */
export class Connection {
  /** @type {"idle" | "connecting" | "welcomed" | "waiting"} */
  phase = "idle";
  /** @type {number | null} when to call `ticked` */
  deadline = null;
  /** @type {number | null} */
  lostSince = null;
  /** The server has had too much: nobody's impatience shortens the wait. */
  isLimited = false;
  #attempt = 0;
  #welcomedAt = 0;
  #heardAt = 0;
  #asked = false;
  #renewals = 0;
  #random;

  /** @param {() => number} random */
  constructor(random) {
    this.#random = random;
  }

  /** @param {number} now @returns {Action[]} */
  wanted(now) {
    return this.phase === "idle" ? this.#open(now) : [];
  }

  /** @returns {Action[]} */
  unwanted() {
    const open = this.phase === "connecting" || this.phase === "welcomed";
    this.phase = "idle";
    this.deadline = null;
    this.lostSince = null;
    this.isLimited = false;
    this.#attempt = 0;
    return open ? ["close"] : [];
  }

  /** @returns {Action[]} */
  opened() {
    return this.phase === "connecting" ? ["hello"] : [];
  }

  /** @param {number} now */
  welcomed(now) {
    if (this.phase !== "connecting") return;
    this.phase = "welcomed";
    this.lostSince = null;
    this.#welcomedAt = now;
    this.#renewals = 0;
    // The server is there.
    this.#attempt = Math.min(this.#attempt, 2);
    this.received(now);
  }

  /** @param {number} now */
  received(now) {
    if (this.phase !== "welcomed") return;
    this.#heardAt = now;
    this.#asked = false;
    this.deadline = now + TIMES.ping;
    if (now - this.#welcomedAt >= TIMES.steady) this.#attempt = 0;
  }

  /** @param {number} code @param {number} now @param {number} [retryAfter] @returns {Action[]} */
  closed(code, now, retryAfter = 0) {
    if (this.phase !== "connecting" && this.phase !== "welcomed") return [];
    switch (code) {
      case 4401:
      case 4410:
        return this.#refused(now);
      case 4426:
        this.#wait(now, TIMES.backoffMax);
        return ["reload"];
      case 4400:
        this.#wait(now, TIMES.backoffMax / 3);
        return [];
      case 4429:
        this.#wait(now, Math.min(Math.max(retryAfter, TIMES.backoffMax / 3), TIMES.limitedMax));
        this.isLimited = true;
        return [];
      case 1008:
        this.#wait(now, TIMES.backoffMax);
        this.isLimited = true;
        return [];
      default:
        this.#wait(now, TIMES.backoffMin);
        return [];
    }
  }

  /** @param {number} now @returns {Action[]} */
  nudged(now) {
    if (this.phase === "waiting") return this.isLimited ? [] : this.#open(now);
    // A phone that slept may hold a dead connection: it has to prove itself.
    if (this.phase === "welcomed" && !this.#asked && now - this.#heardAt >= TIMES.steady) {
      return this.#ask(now);
    }
    return [];
  }

  /** @param {number} now @returns {Action[]} */
  ticked(now) {
    if (this.deadline === null || now < this.deadline) return [];
    if (this.phase === "waiting") return this.#open(now);
    if (this.phase === "welcomed" && !this.#asked) return this.#ask(now);
    return this.broken(now);
  }

  /** The connection is of no use, whatever the socket thinks.
   * @param {number} now @returns {Action[]} */
  broken(now) {
    if (this.phase !== "connecting" && this.phase !== "welcomed") return [];
    this.#wait(now, TIMES.backoffMin);
    return ["close"];
  }

  /** @param {number} now @returns {Action[]} */
  #open(now) {
    this.phase = "connecting";
    this.isLimited = false;
    this.deadline = now + TIMES.welcome;
    this.lostSince ??= now;
    return ["open"];
  }

  /** @param {number} now @returns {Action[]} */
  #ask(now) {
    this.#asked = true;
    this.deadline = now + TIMES.pong;
    return ["ping"];
  }

  /** @param {number} now @returns {Action[]} */
  #refused(now) {
    this.#renewals += 1;
    // A server that refuses every identity is not to be flooded with new ones.
    this.#wait(now, this.#renewals > 1 ? TIMES.backoffMax / 3 : TIMES.backoffMin);
    return ["renew"];
  }

  /** @param {number} now @param {number} least */
  #wait(now, least) {
    const ceiling = Math.min(TIMES.backoffMax, 2 * TIMES.backoffMin * 2 ** this.#attempt);
    this.#attempt = Math.min(this.#attempt + 1, 6);
    this.phase = "waiting";
    this.lostSince ??= now;
    this.deadline = now + least + this.#random() * Math.max(0, ceiling - least);
  }
}
