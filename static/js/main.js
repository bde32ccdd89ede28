import { Composer } from "./composer.js";
import { Draft } from "./draft.js";
import { Memory, OUTBOX } from "./memory.js";
import { reloadOnce } from "./reload.js";
import { PageStorage } from "./storage.js";
import { LIMITS } from "./text.js";
import { speak, translate, words } from "./words.js";

const RETRY_MAX_MS = 15_000;

/** @param {string} id @returns {any} */
const part = (id) => document.getElementById(id);

const storage = new PageStorage(() => localStorage);
const memory = new Memory(storage);
const tab = new PageStorage(() => sessionStorage);
const draft = new Draft(tab, storage);
const touch = matchMedia("(pointer: coarse)").matches;
const composer = new Composer({
  form: part("composer"),
  box: part("message"),
  counter: part("counter"),
  bar: part("purpose"),
  touch,
  limits: () => LIMITS,
});

const spoken = speak(navigator.languages).then(() => translate(document));

/** Everything that a conversation needs, once there is one: most visitors only look.
 * @type {import("./app.js").App | null} */
let app = null;
let isLoading = false;

async function load() {
  if (isLoading) return;
  isLoading = true;
  for (let tries = 0; app === null; tries += 1) {
    try {
      const [{ App }] = await Promise.all([import("./app.js"), spoken]);
      app = new App({ storage, tab, composer, part });
    } catch (error) {
      if (app === null) await failed(error, tries);
    }
  }
}

/** What is written is kept all the while.
 * @param {unknown} error @param {number} tries */
async function failed(error, tries) {
  console.warn("ChatBox: a part of the page is missing.", /** @type {any} */ (error)?.name);
  part("banner-text").textContent = words.connecting;
  part("banner").classList.add("shown");
  await new Promise((resolve) => setTimeout(resolve, Math.min(RETRY_MAX_MS, 1000 * 2 ** tries)));
  const answer = await fetch("livez", { cache: "no-store" }).catch(() => null);
  // The server is there, and what it has doesn’t fit what we are.
  if (answer?.ok && tries > 0 && storage.persistent) reloadOnce("load");
}

composer.send = (/** @type {string} */ body) => {
  memory.newEntry({ body }, Date.now(), crypto.getRandomValues(new Uint8Array(8)));
  load();
};
composer.drafted = (/** @type {string} */ text) => (draft.text = text);
composer.typed = (/** @type {string} */ text) => void (text !== "" && load());

storage.watch(window, (name, value) => {
  if (app !== null) app.storageChanged(name, value);
  else if (name === "identity" || name?.startsWith(OUTBOX)) load();
});

function loadIfKnown() {
  if (storage.get("identity") !== null || memory.entries().length > 0) load();
}

composer.text = draft.text;
loadIfKnown();
window.addEventListener("pagehide", () => draft.leave());
// Put away without a conversation, which another tab may have begun meanwhile.
window.addEventListener("pageshow", (event) => event.persisted && loadIfKnown());
if (!touch) composer.focus();
