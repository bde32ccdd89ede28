export const GROUP_MS = 5 * 60_000;

/** What the list shows, from top to bottom.
 * @param {TimelineParts} parts @returns {Line[]} */
export function timeline({ events, entries, receipt, divider, dayOf }) {
  const changes = changesOf(entries);
  const requeued = new Set(entries.map(({ kind, seq }) => (kind === "requeue" ? seq : undefined)));
  const byId = new Map(events.map((event) => [event.id, event]));
  /** @type {(MessageLine | NoteLine)[]} */
  const lines = [
    ...events.flatMap((event) => shown(event, receipt, changes)),
    ...entries.flatMap((entry) => waiting(entry, changes)),
    ...orphans(entries, events),
  ];
  const messages = /** @type {MessageLine[]} */ (lines.filter(({ type }) => type === "message"));
  const own = messages.filter((one) => one.from === "visitor" && one.state !== "refused" && !one.deleted);
  for (const message of messages) {
    if (message.failedSeq > 0 && requeued.has(message.failedSeq)) message.state = "sending";
    message.stateShown = isShown(message, own.at(-1));
    message.quote = message.replyTo === "" ? null : quoted(byId.get(message.replyTo));
  }
  return grouped(lines, divider, dayOf);
}

/** How far a message got, with its newest change.
 * @param {ChatEvent} event @param {Receipt} receipt
 * @returns {{state: MessageLine["state"], failed: {seq: number, reason: string} | null}} */
export function stateOf({ seq, changed = seq, requeued }, receipt) {
  const failureOf = (/** @type {number} */ of) => receipt.failed.find((one) => one.seq === of);
  // An edit of a message that never got there is taken, and changes nothing there.
  const failed = failureOf(changed) ?? (requeued ? null : failureOf(seq)) ?? null;
  if (failed !== null) return { state: "undeliverable", failed };
  if (receipt.seen_upto >= changed) return { state: "seen", failed };
  return { state: receipt.delivered_upto >= changed ? "delivered" : "stored", failed };
}

/** @param {readonly Entry[]} entries @returns {Map<string, Entry[]>} by the message’s key */
function changesOf(entries) {
  /** @type {Map<string, Entry[]>} */
  const changes = new Map();
  for (const entry of entries) {
    if (entry.target === undefined) continue;
    changes.set(entry.target, [...(changes.get(entry.target) ?? []), entry]);
  }
  return changes;
}

/** @param {ChatEvent} event @param {Receipt} receipt @param {Map<string, Entry[]>} changes
 * @returns {(MessageLine | NoteLine)[]} */
function shown(event, receipt, changes) {
  const { kind, seq, at, author, from } = event;
  if (kind === "close" || kind === "reopen") {
    return [{ type: "note", id: `seq:${seq}`, at, kind, author: from === "team" ? author.name : "" }];
  }
  if (kind !== "message") return [];
  const isOwn = from === "visitor";
  const line = message(isOwn && event.key !== undefined ? event.key : `seq:${seq}`, at, event.body);
  Object.assign(line, {
    from,
    seq,
    eventId: event.id,
    author: author.name,
    authorId: author.id,
    avatar: author.avatar ?? "",
    format: event.format,
    replyTo: event.reply_to ?? "",
    edited: event.revision > 0,
    deleted: event.deleted === true,
  });
  if (!isOwn) return [line];
  const { state, failed } = stateOf(event, receipt);
  line.key = event.key ?? "";
  line.state = line.deleted ? null : state;
  line.reason = failed?.reason ?? "";
  line.failedSeq = failed?.seq ?? 0;
  return [changed(line, changes.get(line.key) ?? [])];
}

/** @param {Entry} entry @param {Map<string, Entry[]>} changes @returns {MessageLine[]} */
function waiting(entry, changes) {
  if (entry.kind !== "send") return [];
  const line = message(entry.key, entry.at, entry.body);
  line.key = entry.key;
  line.replyTo = entry.reply_to ?? "";
  if (entry.state === "refused") {
    Object.assign(line, { state: "refused", waiting: entry.key, reason: entry.code ?? "" });
    return [line];
  }
  line.state = entry.state === "queued" ? "sending" : "stored";
  const own = changes.get(entry.key) ?? [];
  // Nobody has heard of it yet, and nobody will.
  if (entry.tried !== true && own.some(({ kind }) => kind === "delete")) return [];
  const after = changed(line, own);
  if (entry.tried !== true) after.edited = false;
  return [after];
}

/** A change that was refused and whose message isn’t here: its text must not vanish.
 * @param {readonly Entry[]} entries @param {readonly ChatEvent[]} events @returns {MessageLine[]} */
function orphans(entries, events) {
  const keys = new Set([...events, ...entries].map(({ key }) => key));
  return entries
    .filter(({ kind, state, target }) => kind === "edit" && state === "refused" && !keys.has(target))
    .map((entry) => ({
      ...message(entry.key, entry.at, entry.body),
      state: "refused", waiting: entry.key, reason: entry.code ?? "",
    }));
}

/** A message with what the visitor did to it and the server hasn’t answered yet.
 * @param {MessageLine} line @param {Entry[]} changes @returns {MessageLine} */
function changed(line, changes) {
  const requested = changes.filter(({ state }) => state !== "refused");
  const last = requested.filter(({ kind }) => kind === "edit").at(-1);
  if (line.deleted) return line;
  if (requested.some(({ kind }) => kind === "delete")) {
    return { ...line, body: "", deleted: true, state: "sending" };
  }
  if (last !== undefined) return { ...line, body: last.body, edited: true, state: "sending" };
  const refused = changes.find(({ state }) => state === "refused");
  if (refused === undefined) return line;
  return { ...line, state: "refused", waiting: refused.key, reason: refused.code ?? "", isChange: true };
}

/** @param {ChatEvent | undefined} event @returns {Quote} */
function quoted(event) {
  if (event === undefined) return { id: "", author: "", own: false, body: "", known: false };
  const own = event.from === "visitor";
  const id = own && event.key !== undefined ? event.key : `seq:${event.seq}`;
  return { id, author: event.author.name, own, body: event.body, known: event.deleted !== true };
}

/** @param {string} id @param {number} at @param {string} body @returns {MessageLine} */
function message(id, at, body) {
  return {
    type: "message", id, at, body, from: "visitor", author: "", authorId: "", avatar: "",
    format: "plain", first: true, last: true, state: null, stateShown: false, key: "", waiting: "",
    isChange: false, reason: "", failedSeq: 0, seq: 0, eventId: "", replyTo: "", quote: null,
    edited: false, deleted: false,
  };
}

/** @param {MessageLine} line @param {MessageLine | undefined} lastOwn */
function isShown(line, lastOwn) {
  const isWrong = line.state === "refused" || line.state === "undeliverable";
  // A change on its way is told wherever it is.
  return isWrong || line === lastOwn || (line.state === "sending" && line.seq > 0);
}

/** @param {(MessageLine | NoteLine)[]} found @param {number} divider @param {(at: number) => string} dayOf */
function grouped(found, divider, dayOf) {
  /** @type {Line[]} */
  const lines = [];
  let day = "";
  /** @type {MessageLine | null} */
  let previous = null;
  for (const line of found) {
    const isNewDay = dayOf(line.at) !== day;
    if (isNewDay) {
      day = dayOf(line.at);
      lines.push({ type: "day", id: `day:${line.id}`, at: line.at });
    }
    const isFirstNew = line.type === "message" && divider > 0 && line.seq === divider;
    if (isFirstNew) lines.push({ type: "divider", id: "divider", at: line.at });
    if (line.type === "message") {
      line.first = isNewDay || isFirstNew || previous === null || !together(previous, line);
    }
    if (previous !== null) previous.last = line.type !== "message" || line.first;
    lines.push(line);
    previous = line.type === "message" ? line : null;
  }
  return lines;
}

/** @param {MessageLine} a @param {MessageLine} b */
function together(a, b) {
  const same = a.from === b.from && a.author === b.author && a.authorId === b.authorId;
  // A visitor is one author, under any name.
  return (same || (a.from === "visitor" && b.from === "visitor")) && b.at - a.at < GROUP_MS;
}
