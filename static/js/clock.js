/** Milliseconds for everything that waits. Where the device’s clock is put back they stand still
 * once instead of going back: nothing would be due for as long. (`performance.now()` would stand
 * still while a device sleeps.) */
export class SteadyClock {
  #wall;
  #behind = 0;
  #last = -Infinity;

  /** @param {() => number} wall the device’s clock */
  constructor(wall) {
    this.#wall = wall;
  }

  /** @returns {number} */
  now() {
    const wall = this.#wall();
    if (wall + this.#behind < this.#last) this.#behind = this.#last - wall;
    this.#last = wall + this.#behind;
    return this.#last;
  }
}
