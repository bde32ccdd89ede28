// The page's types, for `tsc --checkJs` and for readers; no browser loads this file. The modules
// themselves are kept terse: all of static/ has to stay below 25 KB gzipped.
//
//   main.js        puts the parts together; the banner, the menu
//   view.js        the list of messages       composer.js   the box to write in
//   session.js     carries out what the deciders decide, for one tab
//   deciders, which read no clock, draw no random number and know no socket:
//     connection.js  when to connect, ask, give up, wait
//     outbox.js      which unsent message goes next
//     transcript.js  the events, each once and in order; what is missing
//     timeline.js    what is shown: days, groups, the state of each message
//     text.js        what may be sent; what is a link
//   identity.js    who the visitor is, and locks over all tabs
//   storage.js     what is kept on the device wire.js       reads the server's frames
//   words.js       everything the page says by itself, days and times

/** One event of the conversation. */
interface ChatEvent {
  seq: number;
  id: string;
  /** Milliseconds since 1970, as every `at`. */
  at: number;
  kind: string;
  from: "visitor" | "team";
  author: { id: string; name: string };
  body: string;
  /** On the visitor's own messages only. */
  key?: string;
}

/** A message of the visitor that isn't in the conversation yet. */
interface Entry {
  /** The message's own id, made before the first try and kept for every retry. */
  key: string;
  body: string;
  at: number;
  /**
   * `queued` waits for its answer, `refused` was not stored and waits for the visitor, `stored`
   * was answered and is shown until the conversation itself brings it.
   */
  state: "queued" | "refused" | "stored";
  /** Why it was refused. */
  code?: string;
}

/** How far the team's side has got. */
interface Receipt {
  delivered_upto: number;
  seen_upto: number;
  /** Which messages can't be delivered, and why. */
  failed: { seq: number; reason: string }[];
}

/** Who the visitor is, on this device. */
interface Identity {
  /** A UUID that operators may see; it opens nothing. */
  visitor: string;
  /** 256 random bits as base64url, which open the conversation. */
  secret: string;
  /** The server knows it, so that a lost database can't be mistaken for a new visitor. */
  welcomed: boolean;
}

/** The two units in which a message is limited. */
interface Limits {
  scalars: number;
  bytes: number;
}

/**
 * What to do with the socket. `close` includes forgetting it: nothing that it still says counts.
 * `renew` asks for another identity.
 */
type Action = "open" | "hello" | "ping" | "close" | "renew" | "reload";

/** The day above its messages. */
interface DayLine {
  type: "day";
  id: string;
  at: number;
}

/** One message as it is shown. */
interface MessageLine {
  type: "message";
  /** Stays the same while a message goes from the outbox to the conversation. */
  id: string;
  at: number;
  from: "visitor" | "team";
  author: string;
  authorId: string;
  body: string;
  /** The first and the last of a group of one author's messages. */
  first: boolean;
  last: boolean;
  state: "sending" | "stored" | "delivered" | "seen" | "refused" | "undeliverable" | null;
  stateShown: boolean;
  /** The key of an unsent message, else empty. */
  key: string;
  /** Why it was refused or can't be delivered. */
  reason: string;
}

type Line = DayLine | MessageLine;

interface Welcome {
  type: "welcome";
  epoch: string;
  head: number;
  recovered: boolean;
  receipt: Receipt;
  teamUp: boolean;
  limits: Limits | null;
}
interface Sent {
  type: "sent";
  key: string;
  seq: number;
  id: string;
  at: number;
}
interface Refused {
  type: "refused";
  key: string | null;
  code: string;
  retry: boolean;
  /** Milliseconds. */
  retryAfter: number;
}
/** What the server says; `other` is a pong, or something newer than this page. */
type Frame =
  | Welcome
  | Sent
  | Refused
  | { type: "events" | "history"; events: ChatEvent[] }
  | { type: "receipt"; receipt: Receipt }
  | { type: "team"; up: boolean }
  | { type: "other" };

/** What the session needs from the browser. */
interface Host {
  /** Milliseconds since 1970. */
  now(): number;
  /** From 0 up to, not including, 1. */
  random(): number;
  randomBytes(count: number): Uint8Array;
  openSocket(): WebSocket;
  setTimer(work: () => void, delay: number): number;
  clearTimer(timer: number): void;
  /** Loads the page anew, once. */
  reload(): void;
}

/** Until when something that was asked for is awaited. */
interface Asked {
  direction: "before" | "after";
  until: number;
}

/** A piece of a text; `href` if it is a link. */
interface Piece {
  text: string;
  href: string | null;
}

interface IdentityParts {
  storage: import("./storage.js").PageStorage;
  locks: import("./identity.js").TabLocks;
  randomBytes(count: number): Uint8Array;
  /** Waits until another tab's write would show. */
  settle(): Promise<void>;
}

interface SessionParts {
  host: Host;
  storage: import("./storage.js").PageStorage;
  locks: import("./identity.js").TabLocks;
  keeper: import("./identity.js").IdentityKeeper;
}

interface TimelineParts {
  events: readonly ChatEvent[];
  entries: readonly Entry[];
  receipt: Receipt;
  /** Names the day in the visitor's zone. */
  dayOf(at: number): string;
}

interface ViewParts {
  /** The region that scrolls. */
  log: HTMLElement;
  /** Where the messages go. */
  list: HTMLElement;
  /** Leads to the newest message. */
  pill: HTMLButtonElement;
  dates: import("./words.js").Dates;
}

interface ComposerParts {
  form: HTMLFormElement;
  box: HTMLTextAreaElement;
  counter: HTMLElement;
  /** On a touch keyboard Enter makes a line. */
  touch: boolean;
  limits(): Limits;
}
