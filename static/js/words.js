export const words = {
  you: "You",
  team: "Team",
  states: {
    sending: "Sending…",
    stored: "Stored",
    delivered: "Delivered to the team",
    seen: "Seen",
    refused: "Not sent",
    undeliverable: "Couldn’t be delivered",
  },
  retry: "Try again",
  remove: "Delete",
  connecting: "Connecting… your messages are kept",
  reconnecting: "Reconnecting… your messages are kept",
  offline: "You are offline. Your messages are kept and go out when you are back.",
  teamDown: "Your messages are kept; the team can’t be reached just now.",
  notKept:
    "This browser doesn’t let the page keep anything: the conversation ends when you close it.",
  gone: "The earlier conversation can’t be opened any more. What you write now starts a new one.",
  fault: "Something went wrong on our side. We try again by ourselves.",
  /** @param {number} count */
  newMessages: (count) => (count === 1 ? "New message" : `${count} new messages`),
  /** @param {number} count */
  left: (count) => (count === 1 ? "1 character left" : `${count} characters left`),
  /** @param {number} count */
  over: (count) => (count === 1 ? "1 character too long" : `${count} characters too long`),
};

/** Days and times in the visitor's language and zone. */
export class Dates {
  #day;
  #time;
  #date;
  #relative;

  /** @param {string} [locale] @param {string} [timeZone] the browser's own by default */
  constructor(locale, timeZone) {
    this.#day = new Intl.DateTimeFormat("en-CA", { timeZone, dateStyle: "short" });
    this.#time = new Intl.DateTimeFormat(locale, { timeZone, timeStyle: "short" });
    this.#date = new Intl.DateTimeFormat(locale, { timeZone, dateStyle: "full" });
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

  /** @param {number} at @param {number} now */
  day(at, now) {
    const ago = Math.round((Date.parse(this.dayOf(now)) - Date.parse(this.dayOf(at))) / 864e5);
    if (ago !== 0 && ago !== 1) return this.#date.format(at);
    const word = this.#relative.format(-ago, "day");
    return word[0].toLocaleUpperCase() + word.slice(1);
  }
}
