import { Connection } from "./connection.js";
import { readFrame } from "./wire.js";

/** One tab’s socket: carries out what `Connection` decides. */
export class Link {
  #connection;
  #host;
  #parts;
  /** @type {WebSocket | null} */
  #socket = null;
  /** How long the server asked to wait before the next hello. */
  #retryAfter = 0;

  /** @type {Record<Action, () => void>} */
  #doings = {
    open: () => this.#open(),
    hello: () => this.say(this.#parts.hello()),
    ping: () => this.say({ type: "ping" }),
    close: () => {
      this.#drop();
      this.#parts.lost();
    },
    renew: () => this.#parts.renew(),
    reload: () => this.#parts.reload(),
  };

  /** @param {Host} host @param {LinkParts} parts */
  constructor(host, parts) {
    this.#host = host;
    this.#parts = parts;
    this.#connection = new Connection(host.random);
  }

  get isWelcomed() {
    return this.#connection.phase === "welcomed";
  }

  get isLimited() {
    return this.#connection.isLimited;
  }

  get deadline() {
    return this.#connection.deadline;
  }

  get lostSince() {
    return this.#connection.lostSince;
  }

  connect() {
    this.#perform(this.#connection.wanted(this.#host.now()));
  }

  disconnect() {
    this.#perform(this.#connection.unwanted());
    this.#parts.lost();
  }

  /** Somebody waits for the connection. */
  nudge() {
    this.#perform(this.#connection.nudged(this.#host.now()));
  }

  /** The connection is of no use, whatever the socket thinks. */
  giveUp() {
    this.#perform(this.#connection.broken(this.#host.now()));
  }

  /** The server said what it otherwise says by closing.
   * @param {number} code */
  end(code) {
    this.#drop();
    this.#closed(code);
  }

  tick() {
    this.#perform(this.#connection.ticked(this.#host.now()));
  }

  /** @param {object} frame */
  say(frame) {
    if (this.#socket?.readyState === 1) this.#socket.send(JSON.stringify(frame));
  }

  /** @param {Action[]} actions */
  #perform(actions) {
    for (const action of actions) this.#doings[action]();
  }

  #open() {
    this.#drop();
    this.#retryAfter = 0;
    let socket;
    try {
      socket = this.#host.openSocket();
    } catch {
      return this.#closed(1006);
    }
    this.#socket = socket;
    socket.onopen = () => this.#perform(this.#connection.opened());
    socket.onmessage = (message) => this.#received(message.data);
    socket.onclose = (event) => this.#closed(event.code);
  }

  #drop() {
    const socket = this.#socket;
    if (socket === null) return;
    this.#socket = null;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close(1000);
  }

  /** @param {unknown} data */
  #received(data) {
    const now = this.#host.now();
    const frame = readFrame(data);
    if (frame.type === "wrong") this.#host.warn(`A frame made no sense (${frame.told}).`);
    if (frame.type === "welcome") this.#connection.welcomed(now);
    if (frame.type === "refused" && frame.key === null) this.#retryAfter = frame.retryAfter;
    this.#connection.received(now);
    if (this.isWelcomed) this.#parts.heard(frame);
  }

  /** @param {number} code */
  #closed(code) {
    this.#socket = null;
    this.#parts.lost();
    this.#perform(this.#connection.closed(code, this.#host.now(), this.#retryAfter));
    this.#parts.closed(code);
  }
}
