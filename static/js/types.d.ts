// The page's types, for `tsc --checkJs` and for readers; no browser loads this file.
//
// First load, without a conversation:
//   main.js        keeps what is written, and loads the rest when it is needed
//   composer.js    the box to write in          text.js    what may be sent
//   memory.js      what isn't sent yet          entry.js, keys.js: one of these, and its key
//   draft.js       what stands in the box
//   storage.js     what is kept on the device   reload.js  loads the page anew, once
//   words.js       what the page says by itself; words/ has a file for each language
//
// With a conversation: app.js joins the session to what can be seen.
//   session.js     one tab: locks.js, and
//     owner.js       whose conversation it is   identity.js  who the visitor is on this device
//     link.js        the socket                 courier.js  brings what is unsent to the server
//     conversation.js  what is known of it      visitor.js  what the visitor does with messages
//     copy.js        the newest events, kept on the device      alarm.js  one timer for all
//     clock.js       a clock that never goes back
//   deciders, which read no clock, draw no random number and know no socket:
//     connection.js  when to connect, ask, give up, wait
//     outbox.js      which unsent entry goes next
//     transcript.js  the events, each once and in order; what is missing; messages as they are now
//     reading.js     what is reported, what is unread     typing.js  who types
//     timeline.js    what is shown: days, groups, the state of each message
//     version.js     whether the server has a newer page
//   readers of what others say: wire.js, events.js, foreign.js, links.js, markdown.js
//   view.js        the list: message.js, rich.js (texts), elements.js, dates.js
//   actions.js     a message's menu; edit, answer, delete      confirm.js  asks first
//   editing.js     the edit that stands in the box

/** One event of the conversation. */
interface ChatEvent {
  seq: number;
  id: string;
  /** Milliseconds since 1970, as every `at`. */
  at: number;
  kind: string;
  from: "visitor" | "team";
  /** `avatar` is a path on our own origin. */
  author: { id: string; name: string; avatar?: string };
  body: string;
  format: "plain" | "markdown";
  /** Grows with each edit; 0 if there was none. */
  revision: number;
  /** On the visitor's own events only. */
  key?: string;
  /** The id of the event that this one answers. */
  reply_to?: string;
  /** The event that this one changes. */
  target?: { seq: number; id: string };
  /** Deleted for good: the body is empty. */
  deleted?: boolean;
  /** The seq of the newest event that changed this message. */
  changed?: number;
  /** It was asked to be tried again. */
  requeued?: boolean;
}

/** Something that the visitor said and the conversation doesn't have yet. */
interface Entry {
  /** Its own id, made before the first try and kept for every retry. */
  key: string;
  kind: "send" | "edit" | "delete" | "requeue";
  /** The text of a message or of an edit, else empty. */
  body: string;
  at: number;
  /**
   * `queued` waits for its answer, `refused` was not stored and waits for the visitor, `stored`
   * was answered and is shown until the conversation itself brings it.
   */
  state: "queued" | "refused" | "stored";
  /** It may have reached the server. */
  tried?: boolean;
  /** Why it was refused. */
  code?: string;
  /** The key of the message that is edited or deleted. */
  target?: string;
  /** Of an edit. */
  revision?: number;
  /** What is to be queued again. */
  seq?: number;
  /** Of a stored one, its own seq. */
  place?: number;
  /** Of a stored one, in whose conversation … */
  visitor?: string;
  /** … and in which database it is. */
  epoch?: string;
  /** The event that a message answers. */
  reply_to?: string;
  /** Of an answered edit that changed nothing: the revision of what stands in its place. */
  outrun?: number;
}

/** How far this visitor's pages have the conversation, and have shown it. */
interface Reached {
  delivered_upto: number;
  seen_upto: number;
}

/** Whether the team's side is there, and since when if that is known. */
interface Team {
  up: boolean;
  since: number | null;
}

type ConversationState = "open" | "closed" | "blocked";

/** What the visitor has to know once. */
type Notice = "gone" | "cleared" | "fault";

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

/** The line above what is new. */
interface DividerLine {
  type: "divider";
  id: string;
  at: number;
}

/** What became of the conversation. */
interface NoteLine {
  type: "note";
  id: string;
  at: number;
  kind: "close" | "reopen";
  author: string;
}

/** What a message answers. */
interface Quote {
  /** Of the line that shows it. */
  id: string;
  author: string;
  own: boolean;
  body: string;
  /** It is here and wasn't deleted. */
  known: boolean;
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
  /** A path on our own origin, or empty. */
  avatar: string;
  body: string;
  format: "plain" | "markdown";
  /** The first and the last of a group of one author's messages. */
  first: boolean;
  last: boolean;
  state: "sending" | "stored" | "delivered" | "seen" | "refused" | "undeliverable" | null;
  stateShown: boolean;
  /** The message's key if it is the visitor's, else empty. */
  key: string;
  /** The key of the refused entry that waits for the visitor, else empty. */
  waiting: string;
  /** What was refused is a change of this message. */
  isChange: boolean;
  /** Why it was refused or can't be delivered. */
  reason: string;
  /** What to ask for again if it can't be delivered; else 0. */
  failedSeq: number;
  /** 0 until it is in the conversation, as eventId is empty. */
  seq: number;
  eventId: string;
  /** The id of the event that it answers, or empty. */
  replyTo: string;
  quote: Quote | null;
  edited: boolean;
  deleted: boolean;
}

type Line = DayLine | DividerLine | NoteLine | MessageLine;

interface Welcome {
  type: "welcome";
  epoch: string;
  head: number;
  recovered: boolean;
  receipt: Receipt;
  reported: Reached;
  team: Team;
  state: ConversationState;
  /** The version of the page's files that the server has. */
  page: string | null;
  limits: Limits | null;
}
interface Sent {
  type: "sent";
  key: string;
  /** 0 if it has no place: the deletion of what was never stored. */
  seq: number;
  id: string;
  at: number;
  /** The message’s present one. */
  revision: number;
  /** It changed nothing: it was stored before, or is no newer than what stands there. */
  duplicate: boolean;
}
interface Refused {
  type: "refused";
  key: string | null;
  code: string;
  retry: boolean;
  /** Milliseconds. */
  retryAfter: number;
}
/** What the server says; `other` is a pong, or something newer than this page; `wrong` makes no
 * sense, and `told` says so without a word of it. */
type Frame =
  | Welcome
  | Sent
  | Refused
  | { type: "events" | "history"; events: ChatEvent[] }
  | { type: "receipt"; receipt: Receipt }
  | { type: "team"; team: Team }
  | { type: "typing"; name: string }
  | { type: "state"; state: ConversationState }
  | { type: "wrong"; told: string }
  | { type: "other" };

/** What the session needs from the browser. */
interface Host {
  /** Milliseconds that never go back: for everything that waits. */
  now(): number;
  /** Milliseconds since 1970, as the device’s clock says: for what is shown and kept. */
  date(): number;
  /** From 0 up to, not including, 1. */
  random(): number;
  randomBytes(count: number): Uint8Array;
  openSocket(): WebSocket;
  setTimer(work: () => void, delay: number): number;
  clearTimer(timer: number): void;
  isVisible(): boolean;
  /** Loads the page anew, once for each reason. */
  reload(reason: string): void;
  /** Tells a developer; never what somebody wrote. */
  warn(text: string): void;
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
  locks: import("./locks.js").TabLocks;
  randomBytes(count: number): Uint8Array;
  /** Waits until another tab's write would show. */
  settle(): Promise<void>;
}

/** A piece of a text's tree; `a` has an address, `time` a moment. */
interface Span {
  tag: "strong" | "em" | "u" | "s" | "code" | "a" | "spoiler" | "time" | Block["tag"];
  children: (string | Span)[];
  href?: string;
  /** Where a link with another text leads. */
  title?: string;
  at?: number;
}

interface Block {
  tag: "p" | "pre" | "blockquote" | "point" | "heading" | "small";
  children: (string | Span)[];
}

interface SessionParts {
  host: Host;
  storage: import("./storage.js").PageStorage;
  locks: import("./locks.js").TabLocks;
  keeper: import("./identity.js").IdentityKeeper;
}

interface LinkParts {
  hello(): object;
  heard(frame: Frame): void;
  lost(): void;
  closed(code: number): void;
  /** This identity is refused. */
  renew(): void;
  reload(): void;
}

interface CourierParts {
  host: Host;
  storage: import("./storage.js").PageStorage;
  locks: import("./locks.js").TabLocks;
  memory: import("./memory.js").Memory;
  link: import("./link.js").Link;
  transcript: import("./transcript.js").Transcript;
  /** Whose conversation it is. */
  visitor(): string | undefined;
  keepNow(): void;
  changed(): void;
}

interface ConversationParts {
  host: Host;
  storage: import("./storage.js").PageStorage;
  say(frame: object): void;
  isWelcomed(): boolean;
  isWatched(): boolean;
  /** The transcript has more than before. */
  grown(): void;
}

interface OwnerParts {
  keeper: import("./identity.js").IdentityKeeper;
  link: import("./link.js").Link;
  courier: import("./courier.js").Courier;
  conversation: import("./conversation.js").Conversation;
  isAsleep(): boolean;
  /** What the visitor has to know of it. */
  tell(notice: Notice | null): void;
  changed(): void;
}

interface VisitorParts {
  host: Host;
  link: import("./link.js").Link;
  courier: import("./courier.js").Courier;
  conversation: import("./conversation.js").Conversation;
  changed(): void;
  /** There is more to send. */
  added(): void;
}

interface TimelineParts {
  events: readonly ChatEvent[];
  entries: readonly Entry[];
  receipt: Receipt;
  /** The seq of the first message that is new; 0 if none is. */
  divider: number;
  /** Names the day in the visitor's zone. */
  dayOf(at: number): string;
}

/** What a press in the list asks for. */
interface Wishes {
  retry(key: string): void;
  remove(key: string): void;
  requeue(seq: number): void;
  options(id: string, anchor: HTMLElement): void;
  goTo(id: string): void;
}

interface ViewParts {
  /** The region that scrolls. */
  log: HTMLElement;
  /** Where the messages go. */
  list: HTMLElement;
  /** Leads to the newest message. */
  pill: HTMLButtonElement;
  dates: import("./dates.js").Dates;
  wishes: Omit<Wishes, "goTo">;
}

interface ActionsParts {
  session: import("./session.js").Session;
  composer: import("./composer.js").Composer;
  view: import("./view.js").View;
  editing: import("./editing.js").Editing;
}

interface AppParts {
  storage: import("./storage.js").PageStorage;
  /** What only this tab keeps. */
  tab: import("./storage.js").PageStorage;
  composer: import("./composer.js").Composer;
  part(id: string): any;
}

/** An edit that isn't saved yet. */
interface Edit {
  /** The key of the message. */
  target: string;
  /** The text that the message had … */
  was: string;
  /** … and that it is to have. */
  body: string;
  /** The message's when this edit was begun. */
  revision: number;
  /** Whose conversation it is in; nobody's before the first message. */
  visitor?: string;
}

/** What the box serves instead of a new message. */
interface Purpose {
  title: string;
  /** The button's name. */
  label: string;
  /** What stands in the box at first; without it the draft stays there. */
  text?: string;
  send(body: string): void;
  /** As far as it is written; not asked of what has no text of its own. */
  typed?(text: string): void;
  /** Served, or given up. */
  ended?(): void;
}

interface ComposerParts {
  form: HTMLFormElement;
  box: HTMLTextAreaElement;
  counter: HTMLElement;
  /** Names the purpose, and has a button that ends it. */
  bar: HTMLElement;
  /** On a touch keyboard Enter makes a line. */
  touch: boolean;
  limits(): Limits;
}
