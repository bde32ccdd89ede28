import { validReceipt } from "./timeline.js";
import { validEvents } from "./transcript.js";

export const VERSION = 1;

/** What isn’t understood is `other`: it still shows that the server lives.
 * @param {unknown} text @returns {Frame} */
export function readFrame(text) {
  const value = parsed(text);
  switch (value?.type) {
    case "welcome":
      return welcome(value);
    case "sent":
      if (typeof value.key !== "string" || !Number.isSafeInteger(value.seq)) break;
      return {
        type: "sent", key: value.key, seq: value.seq, id: String(value.id), at: Number(value.at),
      };
    case "refused":
      return {
        type: "refused",
        key: typeof value.key === "string" ? value.key : null,
        code: String(value.code ?? ""),
        retry: value.retry === true,
        retryAfter: Number.isFinite(value.retry_after_ms) ? value.retry_after_ms : 2000,
      };
    case "events":
    case "history":
      return { type: value.type, events: validEvents(value.events) };
    case "receipt":
      return { type: "receipt", receipt: validReceipt(value) };
    case "team":
      return { type: "team", up: value.up === true };
  }
  return { type: "other" };
}

/** @param {unknown} text @returns {any} */
function parsed(text) {
  try {
    return typeof text === "string" ? JSON.parse(text) : null;
  } catch {
    return null;
  }
}

/** @param {any} value @returns {Frame} */
function welcome(value) {
  if (typeof value.epoch !== "string") return { type: "other" };
  const { scalars, bytes } = value.limits ?? {};
  return {
    type: "welcome",
    epoch: value.epoch,
    head: Number.isSafeInteger(value.head?.seq) ? value.head.seq : 0,
    recovered: value.recovered === true,
    receipt: validReceipt(value.receipt),
    teamUp: value.team?.up === true,
    limits: scalars > 0 && bytes > 0 ? { scalars, bytes } : null,
  };
}
