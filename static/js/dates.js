/** Days and times in the visitor's language and zone. */
export class Dates {
  #day;
  #time;
  #date;
  #moment;
  #relative;

  /** @param {string} [locale] @param {string} [timeZone] the browser's own by default */
  constructor(locale, timeZone) {
    this.#day = new Intl.DateTimeFormat("en-CA", { timeZone, dateStyle: "short" });
    this.#time = new Intl.DateTimeFormat(locale, { timeZone, timeStyle: "short" });
    this.#date = new Intl.DateTimeFormat(locale, { timeZone, dateStyle: "full" });
    this.#moment = new Intl.DateTimeFormat(locale, { timeZone, dateStyle: "medium", timeStyle: "short" });
    this.#relative = new Intl.RelativeTimeFormat(locale, { numeric: "auto" });
  }

  /** A name for comparing only.
   * @param {number} at */
  dayOf(at) {
    return this.#day.format(at);
  }

  /** @param {number} at */
  time(at) {
    return this.#time.format(at);
  }

  /** The time, with its day unless that is today.
   * @param {number} at @param {number} now */
  since(at, now) {
    return this.dayOf(at) === this.dayOf(now) ? this.time(at) : this.moment(at);
  }

  /** @param {number} at */
  moment(at) {
    return this.#moment.format(at);
  }

  /** @param {number} at @param {number} now */
  day(at, now) {
    const ago = Math.round((Date.parse(this.dayOf(now)) - Date.parse(this.dayOf(at))) / 864e5);
    if (ago !== 0 && ago !== 1) return this.#date.format(at);
    const word = this.#relative.format(-ago, "day");
    return word[0].toLocaleUpperCase() + word.slice(1);
  }
}
