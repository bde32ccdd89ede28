import { Alarm } from "./alarm.js";
import { Conversation } from "./conversation.js";
import { Courier } from "./courier.js";
import { Link } from "./link.js";
import { Memory, OUTBOX } from "./memory.js";
import { Owner } from "./owner.js";
import { PageVersion } from "./version.js";
import { Visitor } from "./visitor.js";
import { VERSION } from "./wire.js";

const TROUBLE_MS = 2_000;

/** One tab: whose conversation it is, the conversation itself, its link and its courier. */
export class Session {
  /** @type {Notice | null} */
  notice = null;
  /** @type {() => void} */
  changed = () => {};
  /** Whether somebody looks at the newest messages. */
  isWatched = () => false;
  /** Whether a reload would take nothing out of the visitor’s hands. */
  isIdle = () => false;

  #host;
  #storage;
  #link;
  /** @type {Courier} */
  #courier;
  /** @type {Owner} */
  #owner;
  #asleep = false;
  #version = new PageVersion();
  #alarm;

  /** @param {SessionParts} parts */
  constructor({ host, storage, locks, keeper }) {
    this.#host = host;
    this.#storage = storage;
    this.#alarm = new Alarm(host, () => this.#ticked());
    this.memory = new Memory(storage);
    this.#link = new Link(host, {
      hello: () => this.#hello(),
      heard: (frame) => this.#heard(frame),
      lost: () => this.#lost(),
      closed: (code) => this.#closed(code),
      renew: () => this.#owner.renew(),
      reload: () => this.#reload("4426"),
    });
    this.conversation = new Conversation({
      host, storage,
      say: (frame) => this.#link.say(frame),
      isWelcomed: () => this.#link.isWelcomed,
      isWatched: () => this.isWatched(),
      grown: () => this.#courier.dropShown(),
    });
    this.#courier = new Courier({
      host, storage, locks,
      memory: this.memory,
      link: this.#link,
      transcript: this.conversation.transcript,
      visitor: () => this.visitorId,
      keepNow: () => this.conversation.keepNow(),
      changed: () => this.#shown(),
    });
    this.#owner = new Owner({
      keeper,
      link: this.#link,
      courier: this.#courier,
      conversation: this.conversation,
      isAsleep: () => this.#asleep,
      tell: (notice) => (this.notice = notice),
      changed: () => this.#shown(),
    });
    this.visitor = new Visitor({
      host,
      link: this.#link,
      courier: this.#courier,
      conversation: this.conversation,
      changed: () => this.#shown(),
      added: () => {
        this.#shown();
        this.#owner.outboxGrew();
      },
    });
  }

  get outbox() {
    return this.#courier.outbox;
  }

  get isKept() {
    return this.#storage.persistent;
  }

  get hasIdentity() {
    return this.visitorId !== undefined;
  }

  /** @returns {string | undefined} whose conversation it is */
  get visitorId() {
    return this.#owner.visitor;
  }

  /** @returns {"connecting" | "reconnecting" | "limited" | "storage" | "team" | null} */
  get trouble() {
    const since = this.#link.lostSince;
    if (since === null) {
      if (this.outbox.heldFor.startsWith("storage_")) return "storage";
      return this.#link.isWelcomed && !this.conversation.team.up ? "team" : null;
    }
    if (this.#link.isLimited) return "limited";
    if (this.#host.now() - since < TROUBLE_MS) return null;
    return this.#owner.wasWelcomed ? "reconnecting" : "connecting";
  }

  start() {
    this.#courier.start();
    this.#owner.start();
    this.#shown();
  }

  /** Everything up to `seq` is on a page that somebody looks at.
   * @param {number} seq */
  saw(seq) {
    if (this.conversation.reading.saw(seq)) this.#shown();
  }

  /** The page came into sight, or went out of it.
   * @param {boolean} visible */
  turned(visible) {
    if (!visible) this.conversation.reading.left(this.conversation.transcript.events);
    this.#link.say({ type: "visible", visible });
    if (visible) this.nudge();
    else this.#shown();
  }

  dismiss() {
    this.notice = null;
    this.#shown();
  }

  loadOlder() {
    if (this.conversation.loadOlder()) this.#shown();
  }

  nudge() {
    if (this.#asleep) return;
    this.#link.nudge();
    this.#shown();
  }

  sleep() {
    this.#asleep = true;
    this.conversation.keepNow();
    this.#link.disconnect();
  }

  wake() {
    this.#asleep = false;
    // What other tabs did meanwhile nobody told here.
    if (this.#storage.isOpen) this.#owner.refresh();
    this.#courier.refresh();
    this.conversation.readElsewhere();
    this.#owner.outboxGrew();
    this.#owner.connect();
    this.nudge();
  }

  forget() {
    this.memory.forget();
    this.#owner.forget();
    this.#shown();
  }

  /** @param {string | null} name @param {string | null} value */
  storageChanged(name, value) {
    if (name === null) this.#owner.cleared();
    else if (name === "identity") this.#owner.refresh();
    else if (name === "reached") this.conversation.readElsewhere();
    else if (name.startsWith(OUTBOX)) {
      if (this.#courier.entryChanged(name.slice(OUTBOX.length), value)) this.#owner.outboxGrew();
    }
    this.#shown();
  }

  /** @returns {object} */
  #hello() {
    const from = this.conversation.transcript.token ?? undefined;
    const visible = this.#host.isVisible();
    return { type: "hello", version: VERSION, ...this.#owner.credentials, visible, from };
  }

  #lost() {
    this.conversation.lost();
    this.#courier.lost();
  }

  /** @param {number} code */
  #closed(code) {
    if (code === 4400) this.notice = "fault";
    this.#shown();
  }

  /** @param {Frame} frame */
  #heard(frame) {
    if (frame.type === "welcome") this.#welcomed(frame);
    else if (frame.type === "sent") this.#sent(frame);
    else if (frame.type === "refused") this.#refused(frame);
    else this.conversation.heard(frame);
    this.#shown();
  }

  /** @param {Welcome} welcome */
  #welcomed(welcome) {
    if (!this.#owner.welcomed()) return;
    if (this.notice === "fault") this.notice = null;
    this.#version.welcomed(welcome.page);
    this.conversation.welcomed(welcome);
    this.#courier.welcomed();
  }

  /** @param {Sent} sent */
  #sent(sent) {
    const event = this.#courier.sent(sent);
    if (event !== null) this.conversation.answered(event);
    this.#courier.settled(sent);
    this.#courier.drain();
  }

  /** @param {Refused} refusal */
  #refused(refusal) {
    if (refusal.key === null) return;
    // Erased while we were connected.
    if (refusal.code === "conversation_gone") return this.#link.end(4410);
    if (refusal.code === "blocked") this.conversation.state = "blocked";
    this.#courier.refused({ ...refusal, key: refusal.key });
    this.#courier.drain();
  }

  /** @param {string} reason the page that is asked for; once for each */
  #reload(reason) {
    this.conversation.keepNow();
    this.#host.reload(reason);
  }

  #shown() {
    const newer = this.#version.wanted(this.outbox.entries.length === 0 && this.isIdle());
    if (newer !== null) this.#reload(newer);
    this.conversation.tick(this.#host.now());
    this.changed();
    this.#schedule();
  }

  #schedule() {
    const now = this.#host.now();
    const since = this.#link.lostSince;
    this.#alarm.set([
      this.#link.deadline,
      this.outbox.deadline,
      since === null || now - since >= TROUBLE_MS ? null : since + TROUBLE_MS,
      ...this.conversation.deadlines(now),
    ]);
  }

  #ticked() {
    this.#link.tick();
    if (this.outbox.stalled(this.#host.now())) this.#link.giveUp();
    this.#courier.drain();
    this.#shown();
  }
}
