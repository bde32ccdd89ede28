import { avatar, button, icon, make } from "./elements.js";
import { fillText } from "./rich.js";
import { filled, isolated, words } from "./words.js";

const WRONG = "M8 4.5v4m0 2.6v.1M14 8A6 6 0 1 1 2 8a6 6 0 0 1 12 0";
const PATHS = {
  sending: "M8 4.5V8l2.5 1.5M14 8A6 6 0 1 1 2 8a6 6 0 0 1 12 0",
  stored: "m3.5 8.5 3 3 6-7",
  delivered: "m1.5 8.5 3 3 6-7m-3 6 1 1 6-7",
  seen: "M1.5 8S4 3.8 8 3.8 14.5 8 14.5 8 12 12.2 8 12.2 1.5 8 1.5 8ZM8 6.2a1.8 1.8 0 1 0 0 3.6 1.8 1.8 0 0 0 0-3.6",
  refused: WRONG,
  undeliverable: WRONG,
};
const DOTS = "M4 8h.01M8 8h.01M12 8h.01";
const QUOTE_MAX = 160;

/** @param {{from: string, author: string}} line */
export function nameOf({ from, author }) {
  return from === "visitor" ? words.you : author || words.team;
}

/** One message in the list. Its parts are made anew only where they changed, so that whoever reads,
 * selects or has the focus in it is left alone. */
export class Message {
  element = make("article");
  #dates;
  #wishes;
  /** @type {Map<string, {shape: string, part: HTMLElement | null}>} */
  #parts = new Map();

  /** @param {import("./dates.js").Dates} dates @param {Wishes} wishes */
  constructor(dates, wishes) {
    this.#dates = dates;
    this.#wishes = wishes;
  }

  /** @param {MessageLine} line */
  show(line) {
    const { element } = this;
    const own = line.from === "visitor";
    element.className = `message ${own ? "own" : "team"}`;
    for (const name of /** @type {const} */ (["first", "last", "deleted"])) {
      element.classList.toggle(name, line[name]);
    }
    if (line.state !== null) element.dataset.state = line.state;
    else delete element.dataset.state;
    const { author, authorId, at, body, format, deleted, edited, state, quote } = line;
    const picture = own || !line.first ? null : [author, authorId, line.avatar];
    this.#part("avatar", picture, () => avatar(nameOf(line), authorId, line.avatar));
    this.#part("head", [author, at], () => this.#head(line));
    this.#part("quote", deleted ? null : quote, () => this.#quote(/** @type {Quote} */ (quote)));
    this.#part("said", [body, format, deleted, state === "refused", line.seq > 0], () => this.#said(line));
    const told = line.stateShown ? [state, line.reason, line.waiting, line.failedSeq] : [];
    const isFootShown = told.length > 0 || (edited && !deleted);
    this.#part("foot", isFootShown ? [edited && !deleted, ...told] : null, () => this.#foot(line));
  }

  /** @param {string} name @param {unknown} content null: it isn’t there @param {() => HTMLElement} build */
  #part(name, content, build) {
    const shape = JSON.stringify(content);
    const known = this.#parts.get(name);
    if (known?.shape === shape) return;
    const part = content === null ? null : build();
    known?.part?.remove();
    this.#parts.set(name, { shape, part });
    if (part === null) return;
    const order = ["avatar", "head", "quote", "said", "foot"];
    const later = order.slice(order.indexOf(name) + 1);
    const next = later.map((one) => this.#parts.get(one)?.part).find((one) => one);
    this.element.insertBefore(part, next ?? null);
  }

  /** @param {MessageLine} line */
  #head(line) {
    const head = make("header", "head");
    const author = make("span", "author", nameOf(line));
    author.dir = "auto";
    const time = /** @type {HTMLTimeElement} */ (make("time", "time", this.#dates.time(line.at)));
    time.dateTime = new Date(line.at).toISOString();
    head.append(author, " ", time);
    return head;
  }

  /** @param {Quote} quote */
  #quote(quote) {
    const name = quote.own ? words.you : quote.author || words.team;
    const text = quote.known ? quote.body.slice(0, QUOTE_MAX) : words.earlier;
    const element = button("", () => this.#wishes.goTo(quote.id), "quote");
    const body = make("span", "quoted", text);
    body.dir = "auto";
    if (quote.known) element.append(make("strong", "", isolated(name)), " ");
    element.append(body);
    return element;
  }

  /** @param {MessageLine} line */
  #said(line) {
    const said = make("div", "said");
    const bubble = make("div", "bubble");
    bubble.dir = "auto";
    if (line.deleted) bubble.textContent = words.deleted;
    else fillText(bubble, line.body, line.format, this.#dates);
    said.append(bubble);
    if (!line.deleted && line.state !== "refused") {
      const options = button("", () => this.#wishes.options(line.id, options), "options");
      options.setAttribute("aria-label", words.options);
      options.setAttribute("aria-haspopup", "true");
      options.append(icon(DOTS));
      said.append(options);
    }
    return said;
  }

  /** @param {MessageLine} line */
  #foot(line) {
    const foot = make("footer", "foot");
    // Each step of a message on its way would bury what is new.
    foot.setAttribute("aria-live", "off");
    if (line.edited && !line.deleted) foot.append(make("span", "edited", words.edited));
    const { state } = line;
    if (state === null || !line.stateShown) return foot;
    const text = state === "refused" && line.isChange ? words.notChanged : words.states[state];
    const reason = /** @type {Record<string, string>} */ (words.reasons)[line.reason] ?? line.reason;
    foot.append(icon(PATHS[state]), make("span", "state", text));
    if (reason !== "" && (state === "undeliverable" || Object.hasOwn(words.reasons, line.reason))) {
      const told = make("span", "reason", reason);
      told.dir = "auto";
      foot.append(" – ", told);
    }
    if (state === "refused") {
      foot.append(
        button(words.retry, () => this.#wishes.retry(line.waiting)),
        button(words.remove, () => this.#wishes.remove(line.waiting)),
      );
    }
    if (state === "undeliverable") {
      foot.append(button(words.retry, () => this.#wishes.requeue(line.failedSeq)));
    }
    return foot;
  }
}

/** A line between messages: a day, what is new, what became of the conversation.
 * @param {HTMLElement} element
 * @param {DayLine | DividerLine | NoteLine} line @param {import("./dates.js").Dates} dates @param {number} now */
export function fillBetween(element, line, dates, now) {
  element.className = line.type;
  if (line.type === "day") element.textContent = dates.day(line.at, now);
  else if (line.type === "divider") element.textContent = words.fresh;
  else {
    const text = line.kind === "close" ? words.closed : words.reopened;
    element.textContent = filled(text, { name: isolated(line.author || words.team) });
  }
}
