import { shownName } from "./foreign.js";

// The last moment that a Date can name.
const TIME_MAX = 8.64e15;
const AVATAR = /^\/avatar\/[A-Za-z0-9._:-]{1,64}$/;

/** @param {any} value */
const isSeq = (value) => Number.isSafeInteger(value) && value > 0;

/** @param {any} value @returns {number} */
export function validTime(value) {
  return Number.isFinite(value) && Math.abs(value) <= TIME_MAX ? value : 0;
}

/** @param {any} value @returns {Receipt} */
export function validReceipt(value) {
  const upto = (/** @type {any} */ seq) => (isSeq(seq) ? seq : 0);
  const failed = Array.isArray(value?.failed) ? value.failed : [];
  return {
    delivered_upto: upto(value?.delivered_upto),
    seen_upto: upto(value?.seen_upto),
    failed: failed.flatMap((/** @type {any} */ one) =>
      isSeq(one?.seq) ? { seq: one.seq, reason: text(one.reason) } : []),
  };
}

/** @param {any} values @returns {ChatEvent[]} */
export function validEvents(values) {
  return Array.isArray(values) ? values.flatMap((value) => validEvent(value) ?? []) : [];
}

/** What isn’t as it must be is left out, so that the event still counts.
 * @param {any} value @returns {ChatEvent | null} */
function validEvent(value) {
  const { seq, id, at, kind, from, author, body, format, key, revision, target } = value ?? {};
  if (!isSeq(seq) || typeof id !== "string") return null;
  /** @type {ChatEvent} */
  const event = {
    seq,
    id,
    at: validTime(at),
    kind: text(kind),
    from: from === "visitor" ? "visitor" : "team",
    author: { id: text(author?.id), name: shownName(text(author?.name)) },
    body: text(body),
    format: format === "markdown" ? "markdown" : "plain",
    revision: Number.isSafeInteger(revision) && revision > 0 ? revision : 0,
  };
  // Pictures come from our own server only.
  if (AVATAR.test(author?.avatar)) event.author.avatar = author.avatar;
  if (typeof key === "string") event.key = key;
  if (typeof value.reply_to === "string") event.reply_to = value.reply_to;
  if (isSeq(target?.seq)) event.target = { seq: target.seq, id: text(target.id) };
  if (value.deleted === true) event.deleted = true;
  if (isSeq(value.changed)) event.changed = value.changed;
  if (value.requeued === true) event.requeued = true;
  return event;
}

/** @param {any} value @returns {string} */
function text(value) {
  return typeof value === "string" ? value : "";
}
