import { Composer } from "./composer.js";
import { IdentityKeeper, TabLocks } from "./identity.js";
import { Session } from "./session.js";
import { PageStorage } from "./storage.js";
import { timeline } from "./timeline.js";
import { View } from "./view.js";
import { Dates, words } from "./words.js";

/** @param {string} id @returns {any} */
const part = (id) => document.getElementById(id);

/** @type {Host} */
const host = {
  now: () => Date.now(),
  random: () => Math.random(),
  randomBytes: (count) => crypto.getRandomValues(new Uint8Array(count)),
  openSocket: () => {
    const url = new URL("/ws", location.href);
    url.protocol = location.protocol === "https:" ? "wss:" : "ws:";
    return new WebSocket(url);
  },
  setTimer: (work, delay) => window.setTimeout(work, delay),
  clearTimer: (timer) => window.clearTimeout(timer),
  reload: () => {
    try {
      // Once: a server that asks again has no newer page to give.
      if (sessionStorage.getItem("chatbox.reloaded") !== null) return;
      sessionStorage.setItem("chatbox.reloaded", "1");
      location.reload();
    } catch {
      // Without a note that it happened it could happen for ever.
    }
  },
};

const storage = new PageStorage(() => localStorage);
const locks = new TabLocks(storage.persistent ? navigator.locks : undefined);
const settle = () => new Promise((resolve) => window.setTimeout(resolve, 80, undefined));
const keeper = new IdentityKeeper({ storage, locks, randomBytes: host.randomBytes, settle });
const session = new Session({ host, storage, locks, keeper });

const touch = matchMedia("(pointer: coarse)").matches;
const composer = new Composer({
  form: part("composer"),
  box: part("message"),
  counter: part("counter"),
  touch,
  limits: () => session.limits,
});
const dates = new Dates();
const view = new View({
  log: part("log"),
  list: part("messages"),
  pill: part("pill"),
  dates,
});

const chat = part("chat");
const banner = part("banner");
const bannerText = part("banner-text");
const tryNow = part("try-now");
const notice = part("notice");
const noticeText = part("notice-text");
const forgetting = part("forgetting");

function bannerWords() {
  if (session.trouble === null) return "";
  if (session.trouble === "team") return words.teamDown;
  return navigator.onLine ? words[session.trouble] : words.offline;
}

/** @param {HTMLElement} element @param {HTMLElement} inside @param {string} text */
function say(element, inside, text) {
  if (inside.textContent !== text) inside.textContent = text;
  element.classList.toggle("shown", text !== "");
}

let drawn = false;

function draw() {
  drawn = false;
  const { transcript, outbox, receipt } = session;
  const lines = timeline({
    events: transcript.events,
    entries: outbox.entries,
    receipt,
    dayOf: (at) => dates.dayOf(at),
  });
  chat.classList.toggle("empty", lines.length === 0);
  chat.classList.toggle("loading", session.isLoadingOlder);
  view.show(lines);
  say(banner, bannerText, bannerWords());
  tryNow.hidden = session.trouble !== "reconnecting" && session.trouble !== "connecting";
  const kept = session.isKept || lines.length === 0;
  say(notice, noticeText, session.notice !== null ? words[session.notice] : kept ? "" : words.notKept);
  part("dismiss").hidden = session.notice === null;
  part("forget").disabled = !session.hasIdentity && lines.length === 0;
}

session.changed = () => {
  if (drawn) return;
  drawn = true;
  // Soon, and also where nothing is painted: a hidden tab keeps its list up to date.
  queueMicrotask(draw);
};

view.wantsOlder = () => session.loadOlder();
view.retry = (/** @type {string} */ key) => session.retry(key);
view.remove = (/** @type {string} */ key) => session.remove(key);
composer.send = (/** @type {string} */ body) => session.send(body);
composer.drafted = (/** @type {string} */ text) => {
  session.memory.draft = text;
};

tryNow.addEventListener("click", () => {
  session.nudge();
  composer.focus();
});
part("dismiss").addEventListener("click", () => {
  session.dismiss();
  composer.focus();
});

part("forget").addEventListener("click", () => {
  forgetting.returnValue = "";
  forgetting.showModal();
});
forgetting.addEventListener("close", () => {
  if (forgetting.returnValue === "forget") {
    session.forget();
    composer.text = "";
  }
  composer.focus();
});

storage.watch(window, (name, value) => session.storageChanged(name, value));
for (const sign of ["online", "offline", "focus"]) window.addEventListener(sign, () => session.nudge());
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "visible") session.nudge();
});
window.addEventListener("pagehide", () => session.sleep());
window.addEventListener("pageshow", (event) => {
  if (event.persisted) session.wake();
});
document.addEventListener("freeze", () => session.sleep());
document.addEventListener("resume", () => session.wake());

composer.text = session.memory.draft;
session.start();
draw();
view.toEnd();
if (!touch) composer.focus();
