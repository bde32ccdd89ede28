import assert from "node:assert/strict";
import { test } from "node:test";
import { readFrame } from "../../static/js/wire.js";
import { openTab, settled, welcome, event } from "./fakes.mjs";

const read = (value) => readFrame(JSON.stringify(value));

test("a welcome is read", () => {
  const frame = read(welcome({ team: { up: false, since: 7 }, state: "closed" }));
  assert.deepEqual(frame.team, { up: false, since: 7 });
  assert.equal(frame.state, "closed");
  assert.equal(frame.page, "1".repeat(16));
});

test("a welcome that doesn't say what was read counts nothing as unread", () => {
  const frame = read(welcome({ reported: undefined, head: { seq: 9, id: "x" } }));
  assert.equal(frame.reported.seen_upto, 9);
});

for (const [name, frame] of [
  ["no object", 7], ["no type", {}], ["a type that is none", { type: 7 }],
  ["a welcome without an epoch", { type: "welcome" }],
  ["an answer without a key", { type: "sent", seq: 1 }],
  ["an answer with a place that is none", { type: "sent", key: "a", seq: "1" }],
  ["events that are none", { type: "events", events: {} }],
  ["typing without a name", { type: "typing" }],
  ["a state that is none", { type: "state", state: "odd" }],
]) {
  test(`it is noticed and told apart from what is only new: ${name}`, () => {
    assert.equal(read(frame).type, "wrong");
  });
}

for (const frame of [{ type: "pong" }, { type: "weather", rain: true }, { type: "constructor" }]) {
  test(`what isn't known shows that the server lives: ${frame.type}`, () => {
    assert.equal(read(frame).type, "other");
  });
}

test("the deletion of what was never stored is answered without a place", () => {
  assert.equal(read({ type: "sent", key: "a", duplicate: false }).seq, 0);
});

/** A generator of numbers that repeats itself with the same seed. */
function numbers(seed) {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state % below;
  };
}

const ODD = [null, true, false, 0, -1, 1.5, 1e300, 2 ** 53, "", "x", "\u202e", "a".repeat(5_000), [], {}, [[]],
  [null, 7, {}], { seq: 1 }, { seq: -1, id: 7 }, "__proto__", "message", "edit", "deletion", "close", "requeue"];

test("four thousand frames that are nearly right break nothing", async () => {
  const tab = openTab();
  const next = numbers(50);
  tab.session.start();
  tab.session.visitor.send("Hello");
  await settled();
  tab.socket.open();
  tab.socket.hear(welcome());
  await settled();
  const whole = [
    welcome(), { type: "events", events: [event(1), event(2, { kind: "edit", target: { seq: 1, id: "x" }, revision: 1 })] },
    { type: "history", events: [event(3)], more: true }, { type: "sent", key: "a", seq: 4, id: "x", at: 5 },
    { type: "refused", key: "a", code: "x", retry: true, retry_after_ms: 1 },
    { type: "receipt", delivered_upto: 1, seen_upto: 1, failed: [{ seq: 1, reason: "x" }] },
    { type: "team", up: true, since: 1 }, { type: "typing", name: "Sam" }, { type: "state", state: "open" },
  ];
  const spoil = (value, depth = 0) => {
    if (value === null || typeof value !== "object" || (depth > 0 && next(3) === 0)) return ODD[next(ODD.length)];
    const copy = Array.isArray(value) ? [...value] : { ...value };
    const names = Object.keys(copy);
    const name = names[next(Math.max(names.length, 1))];
    if (name !== undefined && !(depth === 0 && name === "type")) copy[name] = spoil(copy[name], depth + 1);
    return copy;
  };
  for (let count = 0; count < 4_000; count += 1) {
    tab.socket.hear(spoil(whole[next(whole.length)]));
    tab.pass(next(50));
    if (count % 20 === 0) await settled();
    if (tab.socket.readyState !== 1) {
      tab.pass(31_000);
      tab.socket.open();
      tab.socket.hear(welcome());
    }
  }
  assert.ok(tab.warnings.length > 0);
  assert.ok(tab.warnings.every((text) => /^A frame made no sense \([a-z ]+\)\.$/.test(text)), "no text of a message");
  assert.ok(tab.session.outbox.entries.length <= 1);
});
