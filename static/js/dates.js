// @ts-check

export class Dates {
  #day;
  #time;
  #thisYear;
  #otherYear;
  #relative;

  /** @param {string | undefined} locale @param {string} [timeZone] */
  constructor(locale, timeZone) {
    const zone = { timeZone };
    this.#day = new Intl.DateTimeFormat("en-CA", { ...zone, dateStyle: "short" });
    this.#time = new Intl.DateTimeFormat(locale, { ...zone, hour: "numeric", minute: "2-digit" });
    const long = /** @type {const} */ ({ weekday: "long", month: "long", day: "numeric" });
    this.#thisYear = new Intl.DateTimeFormat(locale, { ...zone, ...long });
    this.#otherYear = new Intl.DateTimeFormat(locale, { ...zone, dateStyle: "long" });
    this.#relative = new Intl.RelativeTimeFormat(locale, { numeric: "auto" });
  }

  /** @param {number} at */
  dayOf(at) {
    return this.#day.format(at);
  }

  /** @param {number} at */
  time(at) {
    return this.#time.format(at);
  }

  /** @param {number} at @param {number} now */
  day(at, now) {
    const ago = Math.round((Date.parse(this.dayOf(now)) - Date.parse(this.dayOf(at))) / 86_400_000);
    if (ago === 0 || ago === 1) {
      const word = this.#relative.format(-ago, "day");
      return word.slice(0, 1).toLocaleUpperCase() + word.slice(1);
    }
    const sameYear = this.dayOf(now).slice(0, 4) === this.dayOf(at).slice(0, 4);
    return (sameYear ? this.#thisYear : this.#otherYear).format(at);
  }
}
