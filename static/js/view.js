import { pieces } from "./text.js";
import { words } from "./words.js";

const NEAR = 60;

const WRONG = "M8 4.5v4m0 2.6v.1M14 8A6 6 0 1 1 2 8a6 6 0 0 1 12 0";
const PATHS = {
  sending: "M8 4.5V8l2.5 1.5M14 8A6 6 0 1 1 2 8a6 6 0 0 1 12 0",
  stored: "m3.5 8.5 3 3 6-7",
  delivered: "m1.5 8.5 3 3 6-7m-3 6 1 1 6-7",
  seen: "M1.5 8S4 3.8 8 3.8 14.5 8 14.5 8 12 12.2 8 12.2 1.5 8 1.5 8ZM8 6.2a1.8 1.8 0 1 0 0 3.6 1.8 1.8 0 0 0 0-3.6",
  refused: WRONG,
  undeliverable: WRONG,
};

/** The list of messages. Foreign text gets into it as text nodes only. */
export class View {
  #log;
  #list;
  #pill;
  #dates;
  /** @type {Map<string, {element: HTMLElement, shape: string}>} */
  #shown = new Map();
  #unread = 0;
  /** @type {string | null} */
  #lastId = null;
  /** @type {() => void} */
  wantsOlder = () => {};
  /** @type {(key: string) => void} */
  retry = () => {};
  /** @type {(key: string) => void} */
  remove = () => {};

  /** @param {ViewParts} parts */
  constructor({ log, list, pill, dates }) {
    this.#log = log;
    this.#list = list;
    this.#pill = pill;
    this.#dates = dates;
    pill.addEventListener("click", () => this.toEnd());
    log.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    // The keyboard of a phone, a growing text box: who was at the end stays there.
    let wasAtEnd = true;
    log.addEventListener("scroll", () => (wasAtEnd = this.#isAtEnd), { passive: true });
    new ResizeObserver(() => wasAtEnd && this.toEnd()).observe(log);
  }

  toEnd() {
    this.#log.scrollTop = this.#log.scrollHeight;
    this.#read();
  }

  /** @param {Line[]} lines */
  show(lines) {
    const atEnd = this.#isAtEnd;
    const first = /** @type {HTMLElement | null} */ (this.#list.firstElementChild);
    const anchor = this.#anchor();
    const top = anchor?.getBoundingClientRect().top ?? 0;
    const older = first !== null && lines.length > 0 && lines[0].id !== first.dataset.id;
    // Reading older messages aloud would bury what is new.
    if (older) this.#log.setAttribute("aria-live", "off");
    this.#place(lines);
    const own = this.#count(lines);
    if (atEnd || own) this.toEnd();
    else if (anchor?.isConnected) this.#log.scrollTop += anchor.getBoundingClientRect().top - top;
    if (older) requestAnimationFrame(() => this.#log.setAttribute("aria-live", "polite"));
    this.#showPill();
  }

  get #isAtEnd() {
    const { scrollHeight, scrollTop, clientHeight } = this.#log;
    return scrollHeight - scrollTop - clientHeight < NEAR;
  }

  #anchor() {
    const top = this.#log.getBoundingClientRect().top;
    for (const child of this.#list.children) {
      const isMessage = /** @type {HTMLElement} */ (child).dataset.id?.startsWith("day:") === false;
      if (isMessage && child.getBoundingClientRect().bottom > top) return child;
    }
    return null;
  }

  /** @param {Line[]} lines */
  #place(lines) {
    const kept = new Set(lines.map((line) => line.id));
    for (const [id, { element }] of this.#shown) {
      if (kept.has(id)) continue;
      element.remove();
      this.#shown.delete(id);
    }
    let next = this.#list.firstElementChild;
    for (const line of lines) {
      const element = this.#element(line);
      if (element === next) next = next.nextElementSibling;
      else this.#list.insertBefore(element, next);
    }
  }

  /** @param {Line[]} lines @returns {boolean} */
  #count(lines) {
    const from = this.#lastId === null ? lines.length : lines.findIndex((l) => l.id === this.#lastId);
    const fresh = from < 0 ? [] : lines.slice(from + 1);
    this.#lastId = lines.at(-1)?.id ?? null;
    const messages = /** @type {MessageLine[]} */ (fresh.filter((l) => l.type === "message"));
    this.#unread += messages.filter((message) => message.from === "team").length;
    return messages.some((message) => message.state === "sending");
  }

  /** @param {Line} line */
  #element(line) {
    const shape = line.type === "day" ? this.#dates.day(line.at, Date.now()) : JSON.stringify(line);
    const known = this.#shown.get(line.id);
    if (known?.shape === shape) return known.element;
    const element = known?.element ?? make(line.type === "day" ? "div" : "article");
    element.dataset.id = line.id;
    if (line.type === "day") fillDay(element, shape);
    else this.#fillMessage(element, line);
    this.#shown.set(line.id, { element, shape });
    return element;
  }

  /** @param {HTMLElement} element @param {MessageLine} line */
  #fillMessage(element, line) {
    const own = line.from === "visitor";
    const focused = element.contains(document.activeElement);
    element.className = `message ${own ? "own" : "team"}`;
    element.classList.toggle("first", line.first);
    element.classList.toggle("last", line.last);
    if (line.state !== null) element.dataset.state = line.state;
    const name = own ? words.you : line.author || words.team;
    const children = [this.#head(name, line), bubble(line.body)];
    if (!own && line.first) children.unshift(avatar(name, line.authorId));
    if (line.state !== null && line.stateShown) children.push(this.#foot(line, line.state));
    element.replaceChildren(...children);
    if (focused) document.getElementById("message")?.focus();
  }

  /** @param {string} name @param {MessageLine} line */
  #head(name, line) {
    const head = make("header", "head");
    const author = make("span", "author", name);
    author.dir = "auto";
    const time = /** @type {HTMLTimeElement} */ (make("time", "time", this.#dates.time(line.at)));
    time.dateTime = new Date(line.at).toISOString();
    head.append(author, " ", time);
    return head;
  }

  /** @param {MessageLine} line @param {keyof typeof words.states} state */
  #foot(line, state) {
    const foot = make("footer", "foot");
    const shown = make("span", "state", words.states[state]);
    if (line.reason !== "") shown.title = line.reason;
    foot.append(icon(PATHS[state]), shown);
    if (state === "refused") {
      foot.append(
        button(words.retry, () => this.retry(line.key)),
        button(words.remove, () => this.remove(line.key)),
      );
    }
    return foot;
  }

  #scrolled() {
    if (this.#isAtEnd) this.#read();
    if (this.#log.scrollTop < 200) this.wantsOlder();
  }

  #read() {
    this.#unread = 0;
    this.#showPill();
  }

  #showPill() {
    this.#pill.hidden = this.#isAtEnd || this.#unread === 0;
    this.#pill.textContent = words.newMessages(this.#unread);
  }
}

/** @param {string} name @param {string} [className] @param {string} [text] @returns {HTMLElement} */
function make(name, className = "", text = "") {
  const element = document.createElement(name);
  if (className !== "") element.className = className;
  if (text !== "") element.textContent = text;
  return element;
}

/** @param {HTMLElement} element @param {string} day */
function fillDay(element, day) {
  element.className = "day";
  element.textContent = day;
}

/** @param {string} body */
function bubble(body) {
  const text = make("p", "bubble");
  text.dir = "auto";
  for (const piece of pieces(body)) {
    if (piece.href === null) {
      text.append(piece.text);
      continue;
    }
    const link = document.createElement("a");
    link.href = piece.href;
    link.target = "_blank";
    link.rel = "noopener noreferrer nofollow ugc";
    link.textContent = piece.text;
    text.append(link);
  }
  return text;
}

/** @param {string} name @param {string} id */
function avatar(name, id) {
  const initials = name.split(/\s+/u).slice(0, 2).map((word) => [...word][0] ?? "").join("");
  const element = make("span", "avatar", initials.toLocaleUpperCase());
  let tint = 0;
  for (const character of id || name) tint = (tint * 31 + (character.codePointAt(0) ?? 0)) % 4;
  element.classList.add(`tint-${tint}`);
  element.setAttribute("aria-hidden", "true");
  return element;
}

/** @param {string} path */
function icon(path) {
  const namespace = "http://www.w3.org/2000/svg";
  const picture = document.createElementNS(namespace, "svg");
  picture.setAttribute("viewBox", "0 0 16 16");
  picture.setAttribute("class", "icon");
  picture.setAttribute("aria-hidden", "true");
  const stroke = document.createElementNS(namespace, "path");
  stroke.setAttribute("d", path);
  picture.append(stroke);
  return picture;
}

/** @param {string} label @param {() => void} pressed */
function button(label, pressed) {
  const element = /** @type {HTMLButtonElement} */ (make("button", "link", label));
  element.type = "button";
  element.addEventListener("click", pressed);
  return element;
}
