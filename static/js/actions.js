import { confirmed } from "./confirm.js";
import { button, make } from "./elements.js";
import { nameOf } from "./message.js";
import { filled, isolated, words } from "./words.js";

const EDGE = 8;

/** What the visitor can do with a message, and the small menu that offers it. */
export class Actions {
  #session;
  #composer;
  #view;
  #editing;
  #menu = make("div", "menu");

  /** @param {ActionsParts} parts */
  constructor({ session, composer, view, editing }) {
    this.#session = session;
    this.#composer = composer;
    this.#view = view;
    this.#editing = editing;
    this.#menu.popover = "auto";
    document.body.append(this.#menu);
  }

  /** Offers what can be done with a message.
   * @param {string} id @param {HTMLElement} anchor */
  open(id, anchor) {
    const line = this.#view.message(id);
    if (line === null) return;
    const isBlocked = this.#session.conversation.state === "blocked";
    const own = line.from === "visitor" && line.key !== "";
    /** @type {[boolean, string, () => void][]} */
    const offers = [
      [line.eventId !== "" && !isBlocked, words.reply, () => this.reply(line)],
      [own && !isBlocked, words.edit, () => this.edit(line)],
      [own, words.remove, () => void this.delete(line)],
    ];
    const buttons = offers.filter(([fits]) => fits).map(([, label, act]) =>
      button(label, () => {
        this.#menu.hidePopover();
        act();
      }, ""));
    if (buttons.length === 0) return;
    this.#menu.replaceChildren(...buttons);
    this.#menu.showPopover();
    this.#place(anchor);
    buttons[0].focus();
  }

  /** @param {MessageLine} line */
  reply(line) {
    this.#composer.begin({
      title: filled(words.replying, { name: isolated(nameOf(line)) }),
      label: words.send,
      send: (body) => this.#session.visitor.send(body, line.eventId),
    });
  }

  /** @param {MessageLine} line */
  edit({ key, body }) {
    const revision = this.#session.conversation.transcript.byKey(key)?.revision ?? 0;
    this.#write({ target: key, was: body, body, revision });
  }

  /** Goes on with the edit that was being written when the page was loaded anew. */
  resume() {
    const kept = this.#editing.kept(this.#session.visitorId);
    if (kept !== null) this.#write(kept);
  }

  /** Gives up the edit of a message that is gone, or whose conversation is. */
  mind() {
    const { current } = this.#editing;
    if (current === null) return;
    const { target, visitor = this.#session.visitorId } = current;
    const isDeleted = this.#view.message(target)?.deleted === true;
    if (isDeleted || visitor !== this.#session.visitorId) this.#composer.end();
  }

  /** @param {Edit} edit */
  #write(edit) {
    const { target, was, body: text, revision } = edit;
    this.#composer.begin({
      title: words.editing,
      label: words.save,
      text,
      typed: (body) => this.#editing.typed(body, this.#session.visitorId),
      ended: () => this.#editing.end(),
      send: (body) => {
        if (body !== was) this.#session.visitor.edit(target, body, revision);
      },
    });
    this.#editing.begin(edit);
  }

  editNewest() {
    if (this.#session.conversation.state === "blocked") return;
    const line = this.#view.newest(({ from, key, deleted, state }) =>
      from === "visitor" && key !== "" && !deleted && state !== "refused");
    if (line !== null) this.edit(line);
  }

  /** @param {MessageLine} line */
  async delete(line) {
    const question = { title: words.deleteTitle, text: words.deleteText, yes: words.remove };
    if (await confirmed(question)) {
      if (this.#editing.current?.target === line.key) this.#composer.end();
      this.#session.visitor.delete(line.key);
    }
    this.#composer.focus();
  }

  /** @param {HTMLElement} anchor */
  #place(anchor) {
    const { left, right, top, bottom } = anchor.getBoundingClientRect();
    const { offsetWidth: width, offsetHeight: height } = this.#menu;
    const isRight = left > window.innerWidth / 2;
    const wished = isRight ? right - width : left;
    const { style } = this.#menu;
    style.left = `${Math.max(EDGE, Math.min(wished, window.innerWidth - width - EDGE))}px`;
    const below = bottom + 4;
    const fits = below + height <= window.innerHeight - EDGE;
    style.top = `${fits ? below : Math.max(EDGE, top - height - 4)}px`;
  }
}
