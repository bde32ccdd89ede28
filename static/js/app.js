import { Actions } from "./actions.js";
import { SteadyClock } from "./clock.js";
import { confirmed } from "./confirm.js";
import { Dates } from "./dates.js";
import { Editing } from "./editing.js";
import { IdentityKeeper } from "./identity.js";
import { TabLocks } from "./locks.js";
import { reloadOnce } from "./reload.js";
import { Session } from "./session.js";
import { timeline } from "./timeline.js";
import { View } from "./view.js";
import { filled, isolated, locale, words } from "./words.js";

const clock = new SteadyClock(() => Date.now());

/** @type {Host} */
const host = {
  now: () => clock.now(),
  date: () => Date.now(),
  random: () => Math.random(),
  randomBytes: (count) => crypto.getRandomValues(new Uint8Array(count)),
  openSocket: () => {
    const url = new URL("/ws", location.href);
    url.protocol = location.protocol === "https:" ? "wss:" : "ws:";
    return new WebSocket(url);
  },
  setTimer: (work, delay) => window.setTimeout(work, delay),
  clearTimer: (timer) => window.clearTimeout(timer),
  isVisible: () => document.visibilityState === "visible",
  reload: (reason) => reloadOnce(reason),
  warn: (text) => console.warn(`ChatBox: ${text}`),
};

/** The page with a conversation: joins the session to what can be seen. */
export class App {
  #session;
  #composer;
  #part;
  #dates = new Dates(locale);
  /** @type {View} */
  #view;
  /** @type {Actions} */
  #actions;
  #isDrawn = false;

  /** @param {AppParts} parts */
  constructor({ storage, tab, composer, part }) {
    const locks = new TabLocks(storage.persistent ? navigator.locks : undefined);
    const settle = () => new Promise((resolve) => window.setTimeout(resolve, 80, undefined));
    const keeper = new IdentityKeeper({ storage, locks, randomBytes: host.randomBytes, settle });
    const session = new Session({ host, storage, locks, keeper });
    this.#session = session;
    this.#composer = composer;
    this.#part = part;
    this.#view = new View({
      log: part("log"),
      list: part("messages"),
      pill: part("pill"),
      dates: this.#dates,
      wishes: {
        retry: (key) => session.visitor.retry(key),
        remove: (key) => session.visitor.remove(key),
        requeue: (seq) => session.visitor.requeue(seq),
        options: (id, anchor) => this.#actions.open(id, anchor),
      },
    });
    const editing = new Editing(tab);
    this.#actions = new Actions({ session, composer, view: this.#view, editing });
    this.#join();
    this.#listen();
    session.start();
    this.#draw();
    this.#view.toEnd();
    this.#actions.resume();
  }

  /** @param {string | null} name @param {string | null} value */
  storageChanged(name, value) {
    this.#session.storageChanged(name, value);
  }

  #join() {
    const session = this.#session;
    const composer = this.#composer;
    session.isWatched = () => this.#isLookedAt && this.#view.isAtEnd;
    session.isIdle = () => composer.isIdle;
    session.changed = () => {
      if (this.#isDrawn) return;
      this.#isDrawn = true;
      // Soon, and also where nothing is painted: a hidden tab keeps its list up to date.
      queueMicrotask(() => this.#draw());
    };
    this.#view.wantsOlder = () => session.loadOlder();
    this.#view.scrolled = () => this.#look();
    composer.limits = () => session.conversation.limits;
    composer.send = (body) => session.visitor.send(body);
    composer.typed = (text) => session.visitor.typed(text);
    composer.recalled = () => this.#actions.editNewest();
  }

  #listen() {
    const session = this.#session;
    const part = this.#part;
    part("try-now").addEventListener("click", () => {
      session.nudge();
      this.#composer.focus();
    });
    part("dismiss").addEventListener("click", () => {
      session.dismiss();
      this.#composer.focus();
    });
    part("forget").addEventListener("click", () => void this.#forget());
    for (const sign of ["online", "offline"]) window.addEventListener(sign, () => session.nudge());
    window.addEventListener("focus", () => {
      session.nudge();
      this.#look();
    });
    document.addEventListener("visibilitychange", () => {
      session.turned(host.isVisible());
      this.#look();
    });
    window.addEventListener("pagehide", () => session.sleep());
    window.addEventListener("pageshow", (event) => {
      if (event.persisted) session.wake();
    });
    document.addEventListener("freeze", () => session.sleep());
    document.addEventListener("resume", () => session.wake());
  }

  get #isLookedAt() {
    return host.isVisible() && document.hasFocus();
  }

  #look() {
    if (this.#isLookedAt) this.#session.saw(this.#view.seenUpto);
  }

  async #forget() {
    this.#part("menu").hidePopover();
    const question = { title: words.forgetTitle, text: words.forgetText, yes: words.forgetDo };
    if (await confirmed(question)) {
      this.#composer.end();
      this.#composer.text = "";
      this.#composer.drafted("");
      this.#session.forget();
    }
    this.#composer.focus();
  }

  #draw() {
    this.#isDrawn = false;
    const { conversation, outbox, notice } = this.#session;
    const { transcript, receipt, reading } = conversation;
    const { events } = transcript;
    const lines = timeline({
      events,
      entries: outbox.entries,
      receipt,
      divider: reading.divider,
      dayOf: (at) => this.#dates.dayOf(at),
    });
    const chat = this.#part("chat");
    chat.classList.toggle("empty", lines.length === 0 && !transcript.hasOlder);
    chat.classList.toggle("loading", conversation.isLoadingOlder);
    this.#view.show(lines);
    this.#actions.mind();
    // The newest events may all be changes of older messages.
    if (this.#view.isShort) this.#session.loadOlder();
    this.#say("banner", this.#troubleWords());
    this.#part("try-now").hidden = !["reconnecting", "connecting"].includes(this.#session.trouble ?? "");
    const isKept = this.#session.isKept || lines.length === 0;
    this.#say("notice", notice !== null ? words[notice] : isKept ? "" : words.notKept);
    this.#part("dismiss").hidden = notice === null;
    this.#part("forget").disabled = !this.#session.hasIdentity && lines.length === 0;
    this.#put("typing", this.#typingWords());
    this.#hint();
    const unread = reading.unread(events).length;
    document.title = unread > 0 ? `(${unread > 99 ? "99+" : unread}) ${words.title}` : words.title;
    this.#look();
  }

  #hint() {
    const { state } = this.#session.conversation;
    const text = state === "blocked" ? words.isBlocked : state === "closed" ? words.isClosed : "";
    this.#put("hint", text);
    this.#part("hint").hidden = text === "";
    this.#composer.isBlocked = state === "blocked";
    this.#part("send").setAttribute("aria-disabled", String(state === "blocked"));
  }

  #typingWords() {
    const names = this.#session.conversation.typing.names(host.now());
    if (names.length > 1) return words.severalTyping;
    return names.length === 0 ? "" : filled(words.typing, { name: isolated(names[0] || words.team) });
  }

  #troubleWords() {
    const { trouble } = this.#session;
    if (trouble === null) return "";
    if (trouble !== "team") return navigator.onLine ? words[trouble] : words.offline;
    const { since } = this.#session.conversation.team;
    if (since === null) return words.away;
    return filled(words.awaySince, { time: this.#dates.since(since, host.date()) });
  }

  /** @param {string} id @param {string} text */
  #put(id, text) {
    const element = this.#part(id);
    if (element.textContent !== text) element.textContent = text;
  }

  /** @param {string} id @param {string} text */
  #say(id, text) {
    this.#put(`${id}-text`, text);
    this.#part(id).classList.toggle("shown", text !== "");
  }
}
