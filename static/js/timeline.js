// @ts-check
/** @typedef {import("./types").Line} Line */
/** @typedef {import("./types").MessageLine} MessageLine */
/** @typedef {import("./types").Receipt} Receipt */

/** @returns {Receipt} */
export function noReceipt() {
  return { delivered: 0, seen: 0, failed: new Map() };
}

/** @param {any} value @returns {Receipt} */
export function validReceipt(value) {
  const receipt = noReceipt();
  if (Number.isSafeInteger(value?.delivered_upto)) receipt.delivered = value.delivered_upto;
  if (Number.isSafeInteger(value?.seen_upto)) receipt.seen = value.seen_upto;
  for (const failure of Array.isArray(value?.failed) ? value.failed : []) {
    if (!Number.isSafeInteger(failure?.seq)) continue;
    receipt.failed.set(failure.seq, typeof failure.reason === "string" ? failure.reason : "");
  }
  return receipt;
}

/** @param {Receipt} receipt */
export function storable(receipt) {
  return {
    delivered_upto: receipt.delivered,
    seen_upto: receipt.seen,
    failed: [...receipt.failed].map(([seq, reason]) => ({ seq, reason })),
  };
}

/** @param {number} seq @param {Receipt} receipt @returns {"stored" | "delivered" | "seen" | "undeliverable"} */
export function stateOf(seq, receipt) {
  if (receipt.failed.has(seq)) return "undeliverable";
  if (receipt.seen >= seq) return "seen";
  return receipt.delivered >= seq ? "delivered" : "stored";
}

export const GROUP_MS = 5 * 60_000;

/** @param {import("./types").TimelineParts} parts @returns {Line[]} */
export function timeline({ events, entries, receipt, dayOf }) {
  const messages = [
    ...events.filter((event) => event.kind === "message").map((event) => said(event, receipt)),
    ...entries.map(waiting),
  ];
  const lastOwn = messages.filter((message) => message.from === "visitor").at(-1);
  for (const message of messages) message.stateShown = isShown(message, lastOwn);
  return grouped(messages, dayOf);
}

/** @param {import("./types").ChatEvent} event @param {Receipt} receipt @returns {MessageLine} */
function said(event, receipt) {
  const own = event.from === "visitor";
  return {
    ...line(own && event.key !== undefined ? event.key : `seq:${event.seq}`, event.at, event.body),
    from: event.from,
    author: event.author.name,
    authorId: event.author.id,
    state: own ? stateOf(event.seq, receipt) : null,
    reason: receipt.failed.get(event.seq) ?? "",
  };
}

/** @param {import("./types").Entry} entry @returns {MessageLine} */
function waiting(entry) {
  return {
    ...line(entry.key, entry.at, entry.body),
    state: entry.state === "queued" ? "sending" : entry.state,
    key: entry.key,
    reason: entry.code ?? "",
  };
}

/** @param {string} id @param {number} at @param {string} body @returns {MessageLine} */
function line(id, at, body) {
  return {
    type: "message", id, at, body, from: "visitor", author: "", authorId: "",
    first: true, last: true, state: null, stateShown: false, key: "", reason: "",
  };
}

/** @param {MessageLine} message @param {MessageLine | undefined} lastOwn */
function isShown(message, lastOwn) {
  return message === lastOwn || message.state === "refused" || message.state === "undeliverable";
}

/** @param {MessageLine[]} messages @param {(at: number) => string} dayOf */
function grouped(messages, dayOf) {
  /** @type {Line[]} */
  const lines = [];
  let day = "";
  /** @type {MessageLine | null} */
  let previous = null;
  for (const message of messages) {
    const newDay = dayOf(message.at) !== day;
    if (newDay) {
      day = dayOf(message.at);
      lines.push({ type: "day", id: `day:${message.id}`, at: message.at });
    }
    message.first = newDay || previous === null || !together(previous, message);
    if (previous !== null) previous.last = message.first;
    lines.push(message);
    previous = message;
  }
  return lines;
}

/** @param {MessageLine} a @param {MessageLine} b */
function together(a, b) {
  const same = a.from === b.from && a.author === b.author && a.authorId === b.authorId;
  // The visitor is one author, whatever name a message was sent under.
  return (same || (a.from === "visitor" && b.from === "visitor")) && b.at - a.at < GROUP_MS;
}
