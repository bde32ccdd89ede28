import { validEvents, validReceipt } from "./events.js";

const KEPT = { events: 100, characters: 200_000 };

/** The newest events, kept so that a reload shows them at once. The server has them anyway. */
export class Copy {
  #storage;

  /** @param {import("./storage.js").PageStorage} storage */
  constructor(storage) {
    this.#storage = storage;
  }

  /** @param {string} visitor */
  conversation(visitor) {
    const kept = this.#storage.getJSON("cache");
    if (kept?.visitor !== visitor || typeof kept.epoch !== "string") return null;
    const { epoch, events, receipt } = kept;
    return { epoch, events: validEvents(events), receipt: validReceipt(receipt) };
  }

  /** @param {string} visitor @param {import("./transcript.js").Transcript} transcript @param {Receipt} receipt */
  keepConversation(visitor, transcript, receipt) {
    const { epoch, events } = transcript;
    if (epoch === null) return;
    let characters = 0;
    let first = events.length;
    while (first > 0 && events.length - first < KEPT.events) {
      characters += events[first - 1].body.length + 200;
      if (characters > KEPT.characters) break;
      first -= 1;
    }
    this.#storage.offerJSON("cache", { visitor, epoch, events: events.slice(first), receipt });
  }

  /** How far this visitor’s tabs have read, for the other tabs.
   * @param {string} visitor @param {string | null} epoch @returns {Reached | null} */
  reached(visitor, epoch) {
    const kept = this.#storage.getJSON("reached");
    if (kept?.visitor !== visitor || kept.epoch !== epoch) return null;
    const { delivered_upto, seen_upto } = validReceipt(kept);
    return { delivered_upto, seen_upto };
  }

  /** @param {string} visitor @param {string | null} epoch @param {Reached} reached */
  keepReached(visitor, epoch, reached) {
    this.#storage.offerJSON("reached", { visitor, epoch, ...reached });
  }

  forget() {
    this.#storage.remove("cache");
    this.#storage.remove("reached");
  }
}
