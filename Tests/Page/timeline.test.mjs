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
