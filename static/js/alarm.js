/** One timer for everything that will be due. */
export class Alarm {
  #host;
  #work;
  /** @type {number | null} */
  #timer = null;

  /** @param {Host} host @param {() => void} work */
  constructor(host, work) {
    this.#host = host;
    this.#work = work;
  }

  /** Does the work at the earliest of these times, instead of when it was to be done before.
   * @param {(number | null | undefined)[]} times */
  set(times) {
    if (this.#timer !== null) this.#host.clearTimer(this.#timer);
    this.#timer = null;
    const due = /** @type {number[]} */ (times.filter((time) => typeof time === "number"));
    if (due.length === 0) return;
    const delay = Math.max(0, Math.min(...due) - this.#host.now());
    this.#timer = this.#host.setTimer(() => {
      this.#timer = null;
      this.#work();
    }, delay);
  }
}
