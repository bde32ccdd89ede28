const NAME = "editing";

/** The edit that stands in the box and isn’t saved, kept as it is typed: for the next load of this tab. */
export class Editing {
  #tab;
  /** @type {Edit | null} */
  current = null;

  /** @param {import("./storage.js").PageStorage} tab */
  constructor(tab) {
    this.#tab = tab;
  }

  /** What this tab was loaded anew with; told to nobody but whose conversation it is.
   * @param {string | undefined} visitor @returns {Edit | null} */
  kept(visitor) {
    const kept = valid(this.#tab.getJSON(NAME));
    if (kept !== null && kept.visitor === visitor) return kept;
    this.#tab.remove(NAME);
    return null;
  }

  /** @param {Edit} edit */
  begin(edit) {
    this.current = edit;
  }

  /** @param {string} body as far as it is written @param {string | undefined} visitor */
  typed(body, visitor) {
    if (this.current === null) return;
    this.current = { ...this.current, body, visitor };
    this.#tab.setJSON(NAME, this.current);
  }

  /** Saved, or given up. */
  end() {
    this.current = null;
    this.#tab.remove(NAME);
  }
}

/** @param {any} value @returns {Edit | null} */
function valid(value) {
  if (value === null || typeof value !== "object") return null;
  const { target, was, body, revision, visitor } = value;
  if ([target, was, body].some((text) => typeof text !== "string")) return null;
  return Number.isSafeInteger(revision) ? { target, was, body, revision, visitor } : null;
}
