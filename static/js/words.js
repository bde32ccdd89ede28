// @ts-check

export const words = Object.freeze({
  you: "You",
  team: "Team",
  states: Object.freeze({
    sending: "Sending…",
    stored: "Stored",
    delivered: "Delivered to the team",
    seen: "Seen",
    refused: "Not sent",
    undeliverable: "Couldn’t be delivered",
  }),
  retry: "Try again",
  remove: "Delete",
  connecting: "Connecting… your messages are kept",
  reconnecting: "Reconnecting… your messages are kept",
  offline: "You are offline. Your messages are kept and go out when you are back.",
  teamDown: "Your messages are kept; the team can’t be reached just now.",
  tryNow: "Try now",
  notKept:
    "This browser doesn’t let the page keep anything: the conversation ends when you close it.",
  gone: "The earlier conversation can’t be opened any more. What you write now starts a new one.",
  fault: "Something went wrong on our side. We try again by ourselves.",
  dismiss: "Dismiss",
  /** @param {number} count */
  newMessages: (count) => (count === 1 ? "1 new message" : `${count} new messages`),
  toNewest: "To the newest message",
  /** @param {number} count */
  left: (count) => (count === 1 ? "1 character left" : `${count} characters left`),
  /** @param {number} count */
  over: (count) => (count === 1 ? "1 character too long" : `${count} characters too long`),
});
