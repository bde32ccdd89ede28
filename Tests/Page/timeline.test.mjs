import assert from "node:assert/strict";
import { test } from "node:test";
import { Dates } from "../../static/js/dates.js";
import { validReceipt } from "../../static/js/events.js";
import { GROUP_MS, stateOf, timeline } from "../../static/js/timeline.js";
import { event } from "./fakes.mjs";

const DAY = 86_400_000;
const NOON = Date.UTC(2026, 2, 10, 12);
const utc = new Dates("en", "UTC");
const none = validReceipt(null);

const lay = (events, entries = [], receipt = none, divider = 0) =>
  timeline({ events, entries, receipt, divider, dayOf: (at) => utc.dayOf(at) });
const messages = (lines) => lines.filter((line) => line.type === "message");
const own = (seq, changes) => event(seq, { from: "visitor", key: `k${seq}`, at: NOON, ...changes });
const entry = (key, state = "queued", changes = {}) => ({ key, kind: "send", body: key, at: NOON, state, ...changes });

test("messages of one author within five minutes stand together", () => {
  const lines = messages(lay([
    event(1, { at: NOON }), event(2, { at: NOON + GROUP_MS - 1 }),
    event(3, { at: NOON + 2 * GROUP_MS }),
    event(4, { at: NOON + 2 * GROUP_MS, author: { id: "b", name: "Ben" } }),
  ]));
  assert.deepEqual(lines.map((line) => line.first), [true, false, true, true]);
  assert.deepEqual(lines.map((line) => line.last), [false, true, true, true]);
});

test("each day has its line above, and begins a group", () => {
  const lines = lay([event(1, { at: NOON }), event(2, { at: NOON + 1 }), event(3, { at: NOON + DAY })]);
  assert.deepEqual(lines.map((line) => line.type), ["day", "message", "message", "day", "message"]);
  assert.equal(lines[4].first, true);
});

test("a message keeps its id when it comes into the conversation", () => {
  assert.equal(messages(lay([], [entry("k1")]))[0].id, messages(lay([own(1)]))[0].id);
});

test("what isn't known is not shown", () => {
  assert.deepEqual(lay([event(1, { kind: "wink" }), event(2, { kind: "requeue" })]), []);
});

for (const [name, receipt, state] of [
  ["stored", {}, "stored"],
  ["in Discord", { delivered_upto: 3 }, "delivered"],
  ["seen", { delivered_upto: 3, seen_upto: 3 }, "seen"],
  ["not yet seen", { delivered_upto: 3, seen_upto: 2 }, "delivered"],
  ["undeliverable", { delivered_upto: 3, failed: [{ seq: 3, reason: "too long" }] }, "undeliverable"],
]) {
  test(`how far a message got: ${name}`, () => {
    assert.equal(stateOf(event(3), validReceipt(receipt)).state, state);
  });
}

test("the last own message shows its state, and each that went wrong", () => {
  const receipt = validReceipt({ delivered_upto: 2, failed: [{ seq: 1, reason: "no" }] });
  const lines = messages(lay(
    [own(1), own(2), event(3, { at: NOON })], [entry("x", "refused"), entry("y")], receipt));
  assert.deepEqual(lines.map((line) => line.state),
    ["undeliverable", "delivered", null, "refused", "sending"]);
  assert.deepEqual(lines.map((line) => line.stateShown), [true, false, false, true, true]);
  assert.equal(lines[0].reason, "no");
});

test("a receipt that makes no sense says nothing", () => {
  assert.deepEqual(validReceipt({ delivered_upto: "9", seen_upto: null, failed: [{ seq: "x" }, 3] }), none);
});

for (const [name, at, expected] of [
  ["today", NOON, "Today"],
  ["yesterday", NOON - DAY, "Yesterday"],
  ["earlier", NOON - 2 * DAY, "Sunday, March 8, 2026"],
  ["from a clock that is ahead", NOON + DAY, "Wednesday, March 11, 2026"],
]) {
  test(`a day is named: ${name}`, () => assert.equal(utc.day(at, NOON), expected));
}

test("the visitor's zone decides where a day begins", () => {
  const at = Date.UTC(2026, 2, 10, 23, 30);
  assert.notEqual(new Dates("en", "Asia/Tokyo").dayOf(at), utc.dayOf(at));
});

const pending = (kind, target, changes = {}) =>
  ({ key: `z${kind}`, kind, target, body: "", at: NOON, state: "queued", ...changes });
const only = (...args) => messages(lay(...args))[0];
const brief = ({ body, state, stateShown, edited, deleted, waiting, isChange }) =>
  ({ body, state, stateShown, edited, deleted, waiting, isChange });
const calm = { stateShown: true, edited: false, deleted: false, waiting: "", isChange: false };

for (const [name, events, entries, expected] of [
  ["an edit on its way", [own(1)], [pending("edit", "k1", { body: "new", revision: 1 })],
    { ...calm, body: "new", state: "sending", edited: true }],
  ["two edits on their way", [own(1)],
    [pending("edit", "k1", { body: "new" }), pending("edit", "k1", { key: "zz", body: "newest" })],
    { ...calm, body: "newest", state: "sending", edited: true }],
  ["a deletion on its way", [own(1)], [pending("delete", "k1")],
    { ...calm, body: "", state: "sending", deleted: true }],
  ["an edit that was refused", [own(1, { body: "old" })],
    [pending("edit", "k1", { body: "new", state: "refused", code: "blocked" })],
    { ...calm, body: "old", state: "refused", waiting: "zedit", isChange: true }],
  ["an edit of a message that is on its way", [], [entry("k1", "queued", { tried: true }), pending("edit", "k1", { body: "new" })],
    { ...calm, body: "new", state: "sending", edited: true }],
  ["an edit of a message that nobody has heard of", [], [entry("k1"), pending("edit", "k1", { body: "new" })],
    { ...calm, body: "new", state: "sending" }],
  ["a deletion of a message that is on its way", [], [entry("k1", "queued", { tried: true }), pending("delete", "k1")],
    { ...calm, body: "", state: "sending", deleted: true, stateShown: false }],
  ["a refused edit whose message isn't here", [],
    [pending("edit", "gone", { body: "new", state: "refused", code: "target_not_found" })],
    { ...calm, body: "new", state: "refused", waiting: "zedit" }],
  ["a message that was edited", [own(1, { revision: 2, body: "x" })], [], { ...calm, body: "x", state: "stored", edited: true }],
  ["a message that was deleted", [own(1, { deleted: true, body: "" })], [],
    { ...calm, body: "", state: null, deleted: true, stateShown: false }],
]) {
  test(`what is shown of ${name}`, () => assert.deepEqual(brief(only(events, entries)), expected));
}

test("a message that was deleted before anybody heard of it isn't shown", () => {
  assert.deepEqual(lay([], [entry("k1"), pending("delete", "k1")]), []);
});

for (const [name, changed, receipt, state, failedSeq, requeued] of [
  ["an edit that isn't delivered yet", 4, { delivered_upto: 3 }, "stored", 0],
  ["an edit that is delivered", 4, { delivered_upto: 4, seen_upto: 3 }, "delivered", 0],
  ["an edit of what never got there", 4, { delivered_upto: 4, failed: [{ seq: 3, reason: "no" }] }, "undeliverable", 3],
  ["an edit that couldn't be delivered", 4, { delivered_upto: 4, failed: [{ seq: 4, reason: "no" }] }, "undeliverable", 4],
  ["one that is queued again", 5, { delivered_upto: 4, failed: [{ seq: 3, reason: "no" }] }, "stored", 0, true],
]) {
  test(`how far a message got with its newest change: ${name}`, () => {
    const line = only([own(3, { changed, requeued })], [], validReceipt(receipt));
    assert.deepEqual([line.state, line.failedSeq], [state, failedSeq]);
  });
}

test("an answer shows what it answers, and where that is", () => {
  const [, answered, lost] = messages(lay([
    event(1, { at: NOON, body: "question" }), own(2, { reply_to: event(1).id }), own(3, { reply_to: "older" }),
  ]));
  assert.deepEqual(answered.quote, { id: "seq:1", author: "Anna", own: false, body: "question", known: true });
  assert.equal(lost.quote.known, false);
});

test("what was deleted isn't quoted", () => {
  const [, line] = messages(lay([event(1, { at: NOON, deleted: true, body: "" }), own(2, { reply_to: event(1).id })]));
  assert.equal(line.quote.known, false);
});

test("a close and a reopen are lines of their own, and end a group", () => {
  const lines = lay([event(1, { at: NOON }), event(2, { at: NOON, kind: "close" }), event(3, { at: NOON }),
    event(4, { at: NOON, kind: "reopen" })]);
  assert.deepEqual(lines.map(({ type }) => type), ["day", "message", "note", "message", "note"]);
  assert.deepEqual([lines[2].kind, lines[2].author, lines[4].kind], ["close", "Anna", "reopen"]);
  assert.equal(lines[3].first, true);
});

test("the line above what is new stands above that message, and begins a group", () => {
  const lines = lay([event(1, { at: NOON }), event(2, { at: NOON })], [], none, 2);
  assert.deepEqual(lines.map(({ type }) => type), ["day", "message", "divider", "message"]);
  assert.equal(lines[3].first, true);
});

test("what is asked to go again is on its way", () => {
  const receipt = validReceipt({ failed: [{ seq: 1, reason: "no" }] });
  const requeue = { key: "r", kind: "requeue", seq: 1, body: "", at: NOON, state: "queued" };
  assert.deepEqual([only([own(1)], [], receipt).state, only([own(1)], [requeue], receipt).state],
    ["undeliverable", "sending"]);
});
