import assert from "node:assert/strict";
import { test } from "node:test";
import { TYPING, Typing } from "../../static/js/typing.js";

test("typing is said at most every three seconds, and not of nothing", () => {
  const made = new Typing();
  assert.equal(made.typed(0, ""), false);
  assert.equal(made.typed(0, "a"), true);
  assert.equal(made.typed(TYPING.every - 1, "ab"), false);
  assert.equal(made.typed(TYPING.every, "abc"), true);
});

test("somebody is shown for ten seconds from the last time", () => {
  const made = new Typing();
  made.heard("Sam", 0);
  made.heard("Sam", 4_000);
  assert.deepEqual(made.names(TYPING.shown), ["Sam"]);
  assert.equal(made.deadline(5_000), 4_000 + TYPING.shown);
  assert.deepEqual(made.names(4_000 + TYPING.shown), []);
  assert.equal(made.deadline(4_000 + TYPING.shown), null);
});

test("whose message is there no longer types, others do", () => {
  const made = new Typing();
  made.heard("Sam", 0);
  made.heard("Ann", 0);
  made.wrote("Sam");
  assert.deepEqual(made.names(1), ["Ann"]);
  made.clear();
  assert.deepEqual(made.names(1), []);
});

test("names without end are not all kept", () => {
  const made = new Typing();
  for (let number = 0; number < 1_000; number += 1) made.heard(`name ${number}`, 0);
  assert.ok(made.names(1).length <= 8);
});
