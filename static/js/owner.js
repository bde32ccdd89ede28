/** Whose conversation this tab shows: makes an identity once there is something to say, goes over
 * to another one with the other tabs, and lets go of one that is gone. */
export class Owner {
  /** Under this identity, and since the page was loaded. */
  wasWelcomed = false;
  #parts;
  /** @type {Identity | null} */
  #identity = null;

  /** @param {OwnerParts} parts */
  constructor(parts) {
    this.#parts = parts;
  }

  /** @returns {string | undefined} nobody’s before the first message */
  get visitor() {
    return this.#identity?.visitor;
  }

  /** What opens the conversation; there is somebody’s. */
  get credentials() {
    const { visitor, secret, welcomed } = /** @type {Identity} */ (this.#identity);
    return { visitor, secret, create: !welcomed };
  }

  start() {
    const { keeper, tell } = this.#parts;
    if (keeper.isSpoilt) tell("gone");
    this.#adopt(keeper.read());
  }

  /** @returns {boolean} whether it is anybody’s */
  welcomed() {
    if (this.#identity === null) return false;
    this.wasWelcomed = true;
    this.#parts.keeper.welcomed(this.#identity);
    this.#identity = { ...this.#identity, welcomed: true };
    return true;
  }

  connect() {
    const { courier, link, isAsleep } = this.#parts;
    if (isAsleep() || this.#identity === null) return;
    if (this.#identity.welcomed || courier.outbox.hasQueued) link.connect();
  }

  /** There may be something to say, which needs somebody to say it. */
  outboxGrew() {
    const { courier, keeper, changed } = this.#parts;
    if (!courier.outbox.hasQueued) return;
    if (this.#identity === null) {
      keeper.ensure().then((identity) => {
        if (this.#identity === null) this.#adopt(identity);
        changed();
      });
      return;
    }
    this.connect();
    courier.drain();
  }

  /** Another tab may have changed whose it is. */
  refresh() {
    const { keeper, link, courier } = this.#parts;
    const identity = keeper.read();
    if (identity?.visitor === this.visitor) {
      this.#identity = identity;
      return;
    }
    if (identity === null) return this.forget();
    if (this.#identity !== null) {
      link.disconnect();
      this.#leave();
      courier.moved();
    }
    this.#adopt(identity);
  }

  /** The visitor wants nothing of it left here. */
  forget() {
    const { conversation, courier, tell } = this.#parts;
    courier.outbox.clear();
    // Also what this tab may have kept after another one forgot.
    conversation.forget();
    this.#letGo();
    tell(null);
  }

  /** Something took away all that was kept. What is unsent is still here. */
  cleared() {
    if (this.#identity === null) return;
    this.#letGo();
    this.#parts.tell("cleared");
    this.outboxGrew();
  }

  /** The server has no such conversation, or doesn’t open it. */
  renew() {
    const { keeper, conversation, courier, link, tell, changed } = this.#parts;
    const refused = this.#identity;
    if (refused === null) return;
    conversation.forget();
    const standing = keeper.read();
    if (standing !== null) courier.refresh();
    this.#leave();
    // Where another tab was first, what waits is meant for the new conversation already.
    const isFirst = standing === null || standing.visitor === refused.visitor;
    if (isFirst) courier.keepOnlyMessages();
    else courier.moved();
    tell("gone");
    keeper.renew(refused).then((identity) => {
      if (this.#identity === null) this.#adopt(identity);
      // With nothing to say the new identity waits for its first message, as any new one does.
      if (!courier.outbox.hasQueued) link.disconnect();
      changed();
    });
  }

  /** @param {Identity | null} identity */
  #adopt(identity) {
    this.#identity = identity;
    if (identity === null) return this.outboxGrew();
    this.#parts.conversation.open(identity.visitor);
    this.connect();
  }

  #letGo() {
    const { link, courier } = this.#parts;
    link.disconnect();
    this.#leave();
    courier.keepOnlyMessages();
  }

  #leave() {
    this.#identity = null;
    this.wasWelcomed = false;
    this.#parts.conversation.clear();
  }
}
