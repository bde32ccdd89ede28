import { cleaned, room } from "./text.js";
import { words } from "./words.js";

const COUNT_FROM = 400;

export class Composer {
  #form;
  #box;
  #counter;
  #touch;
  /** @type {() => Limits} */
  #limits;
  /** @type {(body: string) => void} */
  send = () => {};
  /** @type {(text: string) => void} */
  drafted = () => {};

  /** @param {ComposerParts} parts */
  constructor({ form, box, counter, touch, limits }) {
    this.#form = form;
    this.#box = box;
    this.#counter = counter;
    this.#touch = touch;
    this.#limits = limits;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit();
    });
    box.addEventListener("keydown", (event) => this.#pressed(event));
    box.addEventListener("input", () => this.#changed());
    // A press on the button would take the focus, and a phone's keyboard with it.
    form.querySelector("button")?.addEventListener("pointerdown", (event) => event.preventDefault());
  }

  get text() {
    return this.#box.value;
  }

  set text(text) {
    this.#box.value = text;
    this.#fit();
  }

  focus() {
    this.#box.focus();
  }

  /** @param {KeyboardEvent} event */
  #pressed(event) {
    if (event.key !== "Enter" || event.shiftKey || event.altKey || this.#touch) return;
    // Enter takes over what an input method offers; some browsers only say 229.
    if (event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    this.#submit();
  }

  #submit() {
    const body = cleaned(this.#box.value);
    if (body === "" || room(body, this.#limits()) < 0) return this.focus();
    this.text = "";
    this.drafted("");
    this.send(body);
    this.focus();
  }

  #changed() {
    this.#fit();
    this.drafted(this.#box.value);
  }

  #fit() {
    this.#box.style.height = "auto";
    this.#box.style.height = `${this.#box.scrollHeight}px`;
    const left = room(cleaned(this.#box.value), this.#limits());
    const text = left < 0 ? words.over(-left) : left < COUNT_FROM ? words.left(left) : "";
    if (this.#counter.textContent !== text) this.#counter.textContent = text;
    this.#counter.hidden = text === "";
    this.#form.classList.toggle("over", left < 0);
    this.#box.setAttribute("aria-invalid", String(left < 0));
  }
}
