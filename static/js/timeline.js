/** @param {any} value @returns {Receipt} */
export function validReceipt(value) {
  const upto = (/** @type {any} */ seq) => (Number.isSafeInteger(seq) ? seq : 0);
  const failed = Array.isArray(value?.failed) ? value.failed : [];
  return {
    delivered_upto: upto(value?.delivered_upto),
    seen_upto: upto(value?.seen_upto),
    failed: failed.flatMap((/** @type {any} */ one) => {
      return upto(one?.seq) > 0 ? { seq: one.seq, reason: String(one.reason ?? "") } : [];
    }),
  };
}

/** @param {number} seq @param {Receipt} receipt @returns {MessageLine["state"]} */
export function stateOf(seq, receipt) {
  if (receipt.failed.some((failure) => failure.seq === seq)) return "undeliverable";
  if (receipt.seen_upto >= seq) return "seen";
  return receipt.delivered_upto >= seq ? "delivered" : "stored";
}

export const GROUP_MS = 5 * 60_000;

/** @param {TimelineParts} parts @returns {Line[]} */
export function timeline({ events, entries, receipt, dayOf }) {
  const messages = [
    ...events.filter((event) => event.kind === "message").map((event) => said(event, receipt)),
    ...entries.map(waiting),
  ];
  const own = messages.filter((one) => one.from === "visitor" && one.state !== "refused");
  for (const message of messages) message.stateShown = isShown(message, own.at(-1));
  return grouped(messages, dayOf);
}

/** @param {ChatEvent} event @param {Receipt} receipt @returns {MessageLine} */
function said(event, receipt) {
  const own = event.from === "visitor";
  return {
    ...line(own && event.key !== undefined ? event.key : `seq:${event.seq}`, event.at, event.body),
    from: event.from,
    author: event.author.name,
    authorId: event.author.id,
    state: own ? stateOf(event.seq, receipt) : null,
    reason: receipt.failed.find((failure) => failure.seq === event.seq)?.reason ?? "",
  };
}

/** @param {Entry} entry @returns {MessageLine} */
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
  // A visitor is one author, under any name.
  return (same || (a.from === "visitor" && b.from === "visitor")) && b.at - a.at < GROUP_MS;
}
