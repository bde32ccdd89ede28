import { shownName } from "./foreign.js";
import { validEvents, validReceipt, validTime } from "./events.js";

export const VERSION = 1;

/** @type {Record<string, (value: any) => Frame | null>} null: it isn’t as it must be */
const READERS = {
  welcome,
  sent: ({ key, seq, id, at, revision, duplicate }) => {
    // Only the deletion of what was never stored has no place of its own.
    const place = seq ?? 0;
    if (typeof key !== "string" || !Number.isSafeInteger(place) || place < 0) return null;
    return {
      type: "sent", key, seq: place, id: String(id), at: validTime(at),
      revision: Number.isSafeInteger(revision) ? revision : 0, duplicate: duplicate === true,
    };
  },
  refused: ({ key, code, retry, retry_after_ms: after }) => ({
    type: "refused",
    key: typeof key === "string" ? key : null,
    code: typeof code === "string" ? code : "",
    retry: retry === true,
    retryAfter: Number.isFinite(after) ? after : 2000,
  }),
  events: ({ events }) => (Array.isArray(events) ? { type: "events", events: validEvents(events) } : null),
  history: ({ events }) => (Array.isArray(events) ? { type: "history", events: validEvents(events) } : null),
  receipt: (value) => ({ type: "receipt", receipt: validReceipt(value) }),
  team: (value) => ({ type: "team", team: team(value) }),
  typing: ({ name }) => (typeof name === "string" ? { type: "typing", name: shownName(name) } : null),
  state: ({ state }) => (isState(state) ? { type: "state", state } : null),
  pong: () => ({ type: "other" }),
};

/** What the server said. `other` still shows that it lives; `wrong` should never come.
 * @param {unknown} text @returns {Frame} */
export function readFrame(text) {
  const value = parsed(text);
  if (typeof value?.type !== "string") return { type: "wrong", told: "no type" };
  if (!Object.hasOwn(READERS, value.type)) return { type: "other" };
  return READERS[value.type](value) ?? { type: "wrong", told: value.type };
}

/** @param {unknown} text @returns {any} */
function parsed(text) {
  try {
    return typeof text === "string" ? JSON.parse(text) : null;
  } catch {
    return null;
  }
}

/** @param {any} value @returns {Frame | null} */
function welcome(value) {
  if (typeof value.epoch !== "string") return null;
  const { scalars, bytes } = value.limits ?? {};
  const head = Number.isSafeInteger(value.head?.seq) ? value.head.seq : 0;
  return {
    type: "welcome",
    epoch: value.epoch,
    head,
    recovered: value.recovered === true,
    receipt: validReceipt(value.receipt),
    // One that doesn’t say has nothing to count as unread.
    reported: validReceipt(value.reported ?? { delivered_upto: head, seen_upto: head }),
    team: team(value.team),
    state: isState(value.state) ? value.state : "open",
    page: typeof value.page === "string" ? value.page : null,
    limits: scalars > 0 && bytes > 0 ? { scalars, bytes } : null,
  };
}

/** @param {any} value @returns {Team} */
function team(value) {
  const since = validTime(value?.since);
  return { up: value?.up === true, since: since > 0 ? since : null };
}

/** @param {any} value @returns {value is ConversationState} */
function isState(value) {
  return value === "open" || value === "closed" || value === "blocked";
}
