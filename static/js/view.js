import { make } from "./elements.js";
import { Message, fillBetween } from "./message.js";
import { counted, words } from "./words.js";

const NEAR = 60;

/** The list of messages. Foreign text gets into it as text nodes only. */
export class View {
  #log;
  #list;
  #pill;
  #dates;
  #wishes;
  /** @type {Map<string, {element: HTMLElement, shape: string, message: Message | null, line: Line}>} */
  #shown = new Map();
  #unread = 0;
  /** @type {string | null} */
  #lastId = null;
  /** @type {() => void} */
  wantsOlder = () => {};
  /** @type {() => void} what is in sight changed */
  scrolled = () => {};

  /** @param {ViewParts} parts */
  constructor({ log, list, pill, dates, wishes }) {
    this.#log = log;
    this.#list = list;
    this.#pill = pill;
    this.#dates = dates;
    this.#wishes = { ...wishes, goTo: (/** @type {string} */ id) => this.goTo(id) };
    pill.addEventListener("click", () => this.toEnd());
    log.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    // The keyboard of a phone, a growing text box, a banner: who was at the end stays there.
    let wasAtEnd = true;
    let height = log.clientHeight;
    log.addEventListener("scroll", () => {
      // Of a log that has just shrunk it says nothing.
      if (log.clientHeight === height) wasAtEnd = this.isAtEnd;
    }, { passive: true });
    new ResizeObserver(() => {
      height = log.clientHeight;
      if (wasAtEnd) this.toEnd();
    }).observe(log);
  }

  get isAtEnd() {
    const { scrollHeight, scrollTop, clientHeight } = this.#log;
    return scrollHeight - scrollTop - clientHeight < NEAR;
  }

  /** Whether there is nothing to scroll: nobody could ask for older messages. */
  get isShort() {
    return this.#log.scrollHeight <= this.#log.clientHeight;
  }

  /** The newest event that is in sight; 0 if none is.
   * @returns {number} */
  get seenUpto() {
    const { top, bottom } = this.#log.getBoundingClientRect();
    for (let child = this.#list.lastElementChild; child !== null; child = child.previousElementSibling) {
      const place = child.getBoundingClientRect();
      const line = this.#shown.get(/** @type {HTMLElement} */ (child).dataset.id ?? "")?.line;
      if (line?.type !== "message" || line.seq === 0) continue;
      // Of a long one the beginning is enough.
      if (place.top < bottom - 16 && place.bottom > top) return line.seq;
    }
    return 0;
  }

  toEnd() {
    this.#log.scrollTop = this.#log.scrollHeight;
    this.#read();
  }

  /** Brings a message into sight and shows which one it is.
   * @param {string} id */
  goTo(id) {
    const element = this.#shown.get(id)?.element;
    if (element === undefined) return this.wantsOlder();
    element.scrollIntoView({ block: "center" });
    element.classList.remove("found");
    void element.offsetWidth; // So that it begins again if it was found just before.
    element.classList.add("found");
  }

  /** @param {string} id @returns {MessageLine | null} */
  message(id) {
    const line = this.#shown.get(id)?.line;
    return line?.type === "message" ? line : null;
  }

  /** @param {(line: MessageLine) => boolean} fits @returns {MessageLine | null} */
  newest(fits) {
    let found = null;
    for (const child of this.#list.children) {
      const line = this.message(/** @type {HTMLElement} */ (child).dataset.id ?? "");
      if (line !== null && fits(line)) found = line;
    }
    return found;
  }

  /** @param {Line[]} lines */
  show(lines) {
    const atEnd = this.isAtEnd;
    const first = /** @type {HTMLElement | null} */ (this.#list.firstElementChild);
    const anchor = this.#anchor();
    const top = anchor?.getBoundingClientRect().top ?? 0;
    const older = first !== null && lines.length > 0 && lines[0].id !== first.dataset.id;
    // Reading older messages aloud would bury what is new.
    if (older) this.#log.setAttribute("aria-live", "off");
    const hadFocus = this.#list.contains(document.activeElement);
    const isChanged = this.#place(lines);
    // What was pressed may be gone now.
    if (hadFocus && !this.#list.contains(document.activeElement)) document.getElementById("message")?.focus();
    const own = this.#count(lines);
    if (isChanged && (atEnd || own)) this.toEnd();
    else if (anchor?.isConnected) this.#log.scrollTop += anchor.getBoundingClientRect().top - top;
    if (older) requestAnimationFrame(() => this.#log.setAttribute("aria-live", "polite"));
    this.#showPill();
  }

  #anchor() {
    const top = this.#log.getBoundingClientRect().top;
    for (const child of this.#list.children) {
      if (child.matches("article") && child.getBoundingClientRect().bottom > top) return child;
    }
    return null;
  }

  /** @param {Line[]} lines @returns {boolean} whether anything is another than before */
  #place(lines) {
    let isChanged = false;
    const kept = new Set(lines.map((line) => line.id));
    for (const [id, { element }] of this.#shown) {
      if (kept.has(id)) continue;
      element.remove();
      this.#shown.delete(id);
      isChanged = true;
    }
    let at = this.#list.firstElementChild;
    for (const line of lines) {
      const before = this.#shown.get(line.id)?.shape;
      const element = this.#element(line);
      isChanged ||= this.#shown.get(line.id)?.shape !== before;
      if (element === at) at = at.nextElementSibling;
      else this.#list.insertBefore(element, at);
    }
    return isChanged;
  }

  /** @param {Line[]} lines @returns {boolean} whether the visitor just wrote */
  #count(lines) {
    const from = this.#lastId === null ? lines.length : lines.findIndex((l) => l.id === this.#lastId);
    const fresh = from < 0 ? [] : lines.slice(from + 1);
    this.#lastId = lines.at(-1)?.id ?? null;
    const messages = /** @type {MessageLine[]} */ (fresh.filter(({ type }) => type === "message"));
    this.#unread += messages.filter((message) => message.from === "team").length;
    return messages.some((message) => message.state === "sending");
  }

  /** @param {Line} line */
  #element(line) {
    const known = this.#shown.get(line.id);
    const now = Date.now();
    // A day’s name changes at midnight.
    const shape = line.type === "day" ? this.#dates.day(line.at, now) : JSON.stringify(line);
    if (known?.shape === shape) return known.element;
    const message = line.type === "message" ? known?.message ?? new Message(this.#dates, this.#wishes) : null;
    const element = message?.element ?? known?.element ?? make("div");
    element.dataset.id = line.id;
    if (line.type === "message") message?.show(line);
    else fillBetween(element, line, this.#dates, now);
    this.#shown.set(line.id, { element, shape, message, line });
    return element;
  }

  #scrolled() {
    if (this.isAtEnd) this.#read();
    if (this.#log.scrollTop < 200) this.wantsOlder();
    this.scrolled();
  }

  #read() {
    this.#unread = 0;
    this.#showPill();
  }

  #showPill() {
    this.#pill.hidden = this.isAtEnd || this.#unread === 0;
    const text = counted(words.newMessages, this.#unread);
    if (this.#pill.textContent !== text) this.#pill.textContent = text;
  }
}
