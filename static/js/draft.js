const NAME = "draft";

/** What stands in the box and isn’t sent, kept as it is typed. Each tab has its own; the next one
 * that is opened takes up what was written last. */
export class Draft {
  #tab;
  #shared;
  /** What this tab last gave the next one. */
  #given;

  /** @param {import("./storage.js").PageStorage} tab @param {import("./storage.js").PageStorage} shared */
  constructor(tab, shared) {
    this.#tab = tab;
    this.#shared = shared;
    this.#given = this.text;
  }

  get text() {
    return this.#tab.get(NAME) ?? this.#shared.get(NAME) ?? "";
  }

  set text(text) {
    // An empty one is kept, too: what stands in other tabs’ boxes isn’t this one’s.
    this.#tab.set(NAME, text);
    if (text !== "") this.#shared.set(NAME, text);
    else if (this.#shared.get(NAME) === this.#given) this.#shared.remove(NAME);
    this.#given = text;
  }

  /** The tab may be closed: what stands in it isn’t lost because another one’s was sent. */
  leave() {
    const { text } = this;
    if (text !== "" && this.#shared.get(NAME) === null) this.#shared.set(NAME, text);
  }
}
