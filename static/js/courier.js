import { Outbox } from "./outbox.js";

const LOCK = "chatbox-outbox";

/** What the server takes of an entry.
 * @type {Record<Entry["kind"], (entry: Entry) => object>} */
const FRAMES = {
  send: ({ key, body, reply_to }) => ({ type: "send", key, body, reply_to }),
  edit: ({ key, target, revision, body }) => ({ type: "edit", key, target, revision, body }),
  delete: ({ key, target }) => ({ type: "delete", key, target }),
  requeue: ({ key, seq }) => ({ type: "requeue", key, seq }),
};

/** As it was before it was answered: it goes again.
 * @param {Entry} entry @returns {Entry} */
const unanswered = ({ place: _, outrun: __, visitor: ___, epoch: ____, ...entry }) =>
  ({ ...entry, state: "queued" });

/** Brings what the visitor wrote to the server: carries out what `Outbox` decides, in the one tab
 * that holds the lock. */
export class Courier {
  outbox = new Outbox();
  #parts;
  /** @type {(() => void) | null} */
  #release = null;
  #drains = false;

  /** @param {CourierParts} parts */
  constructor(parts) {
    this.#parts = parts;
  }

  /** What has what is answered now. */
  get #home() {
    const { visitor, transcript } = this.#parts;
    return { visitor: visitor(), epoch: transcript.epoch ?? undefined };
  }

  /** Takes up what was kept. */
  start() {
    for (const entry of this.#parts.memory.entries()) {
      // Stored ones were answered: the conversation itself brings them.
      if (entry.state === "stored") this.#parts.memory.dropEntry(entry.key);
      else this.outbox.put(entry);
    }
  }

  /** Takes up what other tabs did and nobody told here: asleep, or not yet. */
  refresh() {
    const { storage, memory, transcript } = this.#parts;
    if (!storage.isOpen) return;
    const entries = memory.entries();
    const kept = new Set(entries.map(({ key }) => key));
    for (const { key, state } of this.outbox.entries) {
      // Sent or taken back by another tab: what was sent the conversation brings.
      if (!kept.has(key) && state !== "stored") this.outbox.remove(key);
    }
    for (const entry of entries) {
      // One that may be outrun is answered, which the device isn’t told yet.
      const isAnswered = this.outbox.get(entry.key)?.outrun !== undefined;
      if (!isAnswered && !transcript.hasKey(entry.key)) this.outbox.put(entry);
    }
  }

  /** Something new to say. It is on the device before anything else happens with it.
   * @param {Partial<Entry>} content @returns {Entry} */
  add(content) {
    const { host, memory } = this.#parts;
    const entry = memory.newEntry(content, host.date(), host.randomBytes(8));
    this.outbox.put(entry);
    return entry;
  }

  /** @param {string} key @returns {boolean} */
  retry(key) {
    const entry = this.outbox.retry(key);
    if (entry !== null) this.#parts.memory.keepEntry(entry);
    return entry !== null;
  }

  /** Gives up what was refused, and what was to follow it.
   * @param {string} key */
  remove(key) {
    if (this.outbox.get(key)?.state !== "refused") return;
    for (const change of this.outbox.changesOf(key)) this.#drop(change.key);
    this.#drop(key);
  }

  /** Waits for this tab’s turn to send. */
  welcomed() {
    this.#doubt();
    // Other tabs may have told of this database already.
    this.dropShown();
    this.#release?.();
    this.#release = this.#parts.locks.hold(LOCK, () => {
      this.#drains = true;
      this.#takeStock();
      this.drain();
      this.#parts.changed();
    });
  }

  lost() {
    this.#release?.();
    this.#release = null;
    this.#drains = false;
    this.outbox.disconnected();
  }

  drain() {
    const { host, storage, memory, link } = this.#parts;
    // What only this tab remembers, no other tab can send.
    if (!this.#drains && storage.persistent) return this.outbox.unhold();
    if (!link.isWelcomed) return;
    this.refresh();
    const { entry, dropped } = this.outbox.next(host.now());
    if (entry !== null) memory.keepEntry(entry);
    for (const key of dropped) memory.dropEntry(key);
    if (entry !== null) link.say(FRAMES[entry.kind](entry));
  }

  /** @param {Sent} sent @returns {ChatEvent | null} the message, if it is one, as the conversation has it */
  sent({ key, seq, id, at }) {
    const entry = this.outbox.sent(key, seq, this.#home);
    if (entry?.kind !== "send") return null;
    const { body, reply_to } = entry;
    const author = { id: "", name: "" };
    return {
      seq, id, at, key, kind: "message", from: "visitor", author, body, reply_to,
      format: "plain", revision: 0,
    };
  }

  /** The conversation has what it could take of an answer. What lies beyond a gap is shown as
   * stored until the gap closes.
   * @param {Sent} sent */
  settled({ key, revision, duplicate }) {
    const entry = this.outbox.get(key);
    if (entry === undefined) return;
    // Another tab may have edited the message, of which the one that made this edit didn't know.
    // Whose text stands the conversation tells; until then the device keeps this one.
    if (entry.kind === "edit" && duplicate) this.outbox.put({ ...entry, outrun: revision });
    else this.#settle(entry);
    this.dropShown();
  }

  /** @param {Refused & {key: string}} refusal */
  refused(refusal) {
    const entry = this.outbox.refused(refusal.key, refusal, this.#parts.host.now());
    if (entry === null) return;
    // What was deleted needs no more edits, and is not to be sent. What isn’t queued again is
    // undeliverable as before, and can be asked for again.
    if (refusal.code === "deleted" || entry.kind === "requeue") this.#drop(entry.key);
    else this.#parts.memory.keepEntry(entry);
  }

  /** Lets go of what the conversation has. */
  dropShown() {
    for (const entry of this.outbox.entries) {
      if (!this.#isShown(entry)) continue;
      if (entry.outrun !== undefined && this.#isOutrun(entry)) {
        this.#repeat(entry);
        continue;
      }
      this.outbox.remove(entry.key);
      if (this.#drains || entry.outrun !== undefined) this.#settle(entry);
    }
  }

  /** Whether another text stands in the place of this edit, which never stood there.
   * @param {Entry} edit */
  #isOutrun({ key, body, target = "", place }) {
    const { transcript } = this.#parts;
    if (transcript.hasKey(key)) return false;
    // The message may be older than what is here; what took this edit’s place is newer.
    const standing = transcript.byKey(target) ?? transcript.events.find(({ seq }) => seq === place);
    return standing !== undefined && standing.deleted !== true && standing.body !== body;
  }

  /** Who saved last is meant: the edit goes again, above the other one.
   * @param {Entry} edit */
  #repeat(edit) {
    const next = { ...unanswered(edit), revision: (edit.outrun ?? 0) + 1 };
    this.outbox.put(next);
    this.#parts.memory.keepEntry(next);
    this.drain();
  }

  /** Another tab changed an entry.
   * @param {string} key @param {string | null} value @returns {boolean} whether there is more to say */
  entryChanged(key, value) {
    const kept = this.#parts.memory.entry(key);
    if (value === null) {
      // A stored one stays until the conversation brings it; any other was deleted, unless it goes again.
      if (kept === null && this.outbox.get(key)?.state !== "stored") this.outbox.remove(key);
      return false;
    }
    const told = this.#parts.memory.told(value);
    // What the other tab has since forgotten is on its way here by the conversation, if it is this one’s.
    const isOurs = told?.state === "stored" && told.visitor === this.#home.visitor;
    const entry = kept ?? (isOurs ? told : null);
    if (entry === null || this.#isShown(entry)) {
      if (entry !== null) this.outbox.remove(key);
      return false;
    }
    this.outbox.put(entry);
    // The news may be older than the database that this tab is connected to.
    if (this.#parts.link.isWelcomed) this.#doubt();
    return true;
  }

  /** Another tab went over to a new conversation, with what waits: here, too. */
  moved() {
    for (const { key, state } of this.outbox.entries) if (state === "stored") this.outbox.remove(key);
    this.refresh();
  }

  /** Forgets what only meant the conversation that is gone; new messages stay. */
  keepOnlyMessages() {
    for (const entry of this.outbox.entries) {
      if (entry.state === "stored") this.outbox.remove(entry.key);
      else if (entry.kind !== "send") this.#foldIn(entry);
    }
    for (const entry of this.outbox.entries) {
      // What they answered is gone too.
      const { reply_to: _, ...rest } = entry;
      this.outbox.put(rest);
      this.#parts.memory.keepEntry(rest);
    }
  }

  /** A change goes with its message, if that is still here.
   * @param {Entry} change */
  #foldIn(change) {
    const message = this.outbox.get(change.target ?? "");
    this.#drop(change.key);
    if (message === undefined || change.state === "refused") return;
    if (change.kind === "delete") this.#drop(message.key);
    else this.outbox.put({ ...message, body: change.body });
  }

  /** The database is another than answered for these, and may not have them: they go again. */
  #doubt() {
    const { memory, transcript } = this.#parts;
    for (const entry of this.outbox.entries) {
      if (entry.state !== "stored" || entry.epoch === transcript.epoch) continue;
      const again = unanswered(entry);
      this.outbox.put(again);
      memory.keepEntry(again);
    }
  }

  /** @param {Entry} entry */
  #isShown({ key, kind, state, place = 0, epoch }) {
    const { transcript } = this.#parts;
    if (transcript.hasKey(key)) return true;
    // Another database’s places say nothing of this one’s.
    if (state !== "stored" || epoch !== transcript.epoch) return false;
    // A message is shown as itself, or is among the older ones that aren’t here; of anything else
    // it is enough that its place is behind us.
    return kind === "send" ? place < transcript.low : place <= transcript.high;
  }

  /** What the tab before did last may not have been told here yet. */
  #takeStock() {
    const { memory, transcript } = this.#parts;
    this.refresh();
    for (const { key, state } of memory.entries()) {
      if (state === "stored" || transcript.hasKey(key)) memory.dropEntry(key);
    }
  }

  /** Tells the other tabs that an entry is stored before it is forgotten.
   * @param {Entry} entry */
  #settle(entry) {
    const { memory, transcript, keepNow } = this.#parts;
    // Its answer may be slower than the conversation, which has its place, too.
    const place = transcript.byKey(entry.key)?.seq;
    memory.keepEntry({ ...this.#home, place, ...entry, state: "stored" });
    keepNow();
    memory.dropEntry(entry.key);
  }

  /** @param {string} key */
  #drop(key) {
    this.outbox.remove(key);
    this.#parts.memory.dropEntry(key);
  }
}
