import { cleaned, room } from "./text.js";
import { counted, words } from "./words.js";

const COUNT_FROM = 400;

/** The box to write in: for a new message, or for another purpose until that is served. */
export class Composer {
  /** The team takes nothing more. */
  isBlocked = false;
  #form;
  #box;
  #button;
  #counter;
  #bar;
  #touch;
  /** @type {Purpose | null} */
  #purpose = null;
  /** The draft, while something else stands in the box. */
  #aside = "";
  /** @type {() => Limits} */
  limits;
  /** @type {(body: string) => void} */
  send = () => {};
  /** @type {(text: string) => void} */
  drafted = () => {};
  /** @type {(text: string) => void} a new message, as far as it is written */
  typed = () => {};
  /** @type {() => void} the visitor wants the newest own message in the box */
  recalled = () => {};

  /** @param {ComposerParts} parts */
  constructor({ form, box, counter, bar, touch, limits }) {
    this.#form = form;
    this.#box = box;
    this.#button = /** @type {HTMLButtonElement} */ (form.querySelector("[type=submit]"));
    this.#counter = counter;
    this.#bar = bar;
    this.#touch = touch;
    this.limits = limits;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit();
    });
    box.addEventListener("keydown", (event) => this.#pressed(event));
    box.addEventListener("input", () => this.#changed());
    bar.querySelector("button")?.addEventListener("click", () => {
      this.end();
      this.focus();
    });
    // A press on the button would take the focus, and a phone's keyboard with it.
    this.#button.addEventListener("pointerdown", (event) => event.preventDefault());
  }

  get text() {
    return this.#box.value;
  }

  set text(text) {
    this.#box.value = text;
    this.#fit();
  }

  /** Whether anything would be lost with the page. */
  get isIdle() {
    return this.#purpose === null && this.text === "";
  }

  focus() {
    this.#box.focus();
  }

  /** @param {Purpose} purpose */
  begin(purpose) {
    this.end();
    this.#purpose = purpose;
    if (purpose.text !== undefined) {
      this.#aside = this.text;
      this.text = purpose.text;
    }
    /** @type {HTMLElement} */ (this.#bar.firstElementChild).textContent = purpose.title;
    this.#button.setAttribute("aria-label", purpose.label);
    this.#bar.hidden = false;
    this.focus();
  }

  /** Back to the new message. */
  end() {
    if (this.#purpose === null) return;
    if (this.#purpose.text !== undefined) this.text = this.#aside;
    this.#purpose.ended?.();
    this.#purpose = null;
    this.#button.setAttribute("aria-label", words.send);
    this.#bar.hidden = true;
  }

  /** @param {KeyboardEvent} event */
  #pressed(event) {
    // An input method uses these keys itself; some browsers only say 229.
    if (event.isComposing || event.keyCode === 229) return;
    const { key, shiftKey, altKey, ctrlKey, metaKey } = event;
    if (key === "Escape" && this.#purpose !== null) this.end();
    else if (key === "ArrowUp" && !shiftKey && !altKey && !ctrlKey && !metaKey && this.isIdle) {
      this.recalled();
    } else if (key === "Enter" && !shiftKey && !altKey && !this.#touch) this.#submit();
    else return;
    event.preventDefault();
  }

  #submit() {
    const body = cleaned(this.text);
    if (this.isBlocked || body === "" || room(body, this.limits()) < 0) return this.focus();
    const purpose = this.#purpose;
    if (purpose?.text === undefined) {
      this.text = "";
      this.drafted("");
    }
    this.end();
    if (purpose === null) this.send(body);
    else purpose.send(body);
    this.focus();
  }

  #changed() {
    this.#fit();
    if (this.#purpose?.text !== undefined) return this.#purpose.typed?.(this.text);
    this.drafted(this.text);
    this.typed(cleaned(this.text));
  }

  #fit() {
    this.#box.style.height = "auto";
    this.#box.style.height = `${this.#box.scrollHeight}px`;
    const left = room(cleaned(this.text), this.limits());
    const forms = left < 0 ? words.over : words.left;
    const text = left < COUNT_FROM ? counted(forms, Math.abs(left)) : "";
    if (this.#counter.textContent !== text) this.#counter.textContent = text;
    this.#counter.hidden = text === "";
    this.#form.classList.toggle("over", left < 0);
    this.#box.setAttribute("aria-invalid", String(left < 0));
  }
}
