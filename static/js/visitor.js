/** What the visitor does with messages: each is kept on the device, shown, and then sent. */
export class Visitor {
  #parts;

  /** @param {VisitorParts} parts */
  constructor(parts) {
    this.#parts = parts;
  }

  /** @param {string} body @param {string} [replyTo] the event that it answers */
  send(body, replyTo) {
    const { reading, transcript } = this.#parts.conversation;
    reading.left(transcript.events);
    this.#add({ body, reply_to: replyTo });
  }

  /** @param {string} target the key of the message @param {string} body
   * @param {number} [begun] the message’s revision when the edit was begun; it may not be here any more */
  edit(target, body, begun = 0) {
    const { courier, conversation } = this.#parts;
    const waiting = courier.outbox.changesOf(target).map((entry) => entry.revision ?? 0);
    const known = conversation.transcript.byKey(target)?.revision ?? 0;
    this.#add({ kind: "edit", target, revision: Math.max(begun, known, ...waiting) + 1, body });
  }

  /** @param {string} target the key of the message */
  delete(target) {
    this.#add({ kind: "delete", target });
  }

  /** Asks for another try of what couldn’t be delivered.
   * @param {number} seq */
  requeue(seq) {
    const isAsked = this.#parts.courier.outbox.entries.some(
      (one) => one.kind === "requeue" && one.seq === seq && one.state === "queued");
    if (!isAsked) this.#add({ kind: "requeue", seq });
  }

  /** @param {string} key of something that was refused */
  retry(key) {
    if (this.#parts.courier.retry(key)) this.#parts.added();
  }

  /** @param {string} key of something that was refused */
  remove(key) {
    this.#parts.courier.remove(key);
    this.#parts.changed();
  }

  /** @param {string} text a new message, as far as it is written */
  typed(text) {
    const { host, link, conversation } = this.#parts;
    if (!link.isWelcomed || conversation.state === "blocked") return;
    if (conversation.typing.typed(host.now(), text)) link.say({ type: "typing" });
  }

  /** @param {Partial<Entry>} content */
  #add(content) {
    this.#parts.courier.add(content);
    this.#parts.added();
  }
}
