import assert from "node:assert/strict";
import { test } from "node:test";
import { REPORT_MS, Reading } from "../../static/js/reading.js";
import { event } from "./fakes.mjs";

function reading(reported = { delivered_upto: 0, seen_upto: 0 }) {
  const made = new Reading();
  made.known(reported);
  return made;
}

test("it reports what is held and what was seen, at most once a second", () => {
  const made = reading();
  assert.equal(made.next(0), null);
  made.held(3);
  assert.deepEqual(made.next(0), { delivered_upto: 3, seen_upto: 0 });
  made.saw(3);
  assert.equal(made.next(REPORT_MS - 1), null);
  assert.equal(made.deadline, REPORT_MS);
  assert.deepEqual(made.next(REPORT_MS), { delivered_upto: 3, seen_upto: 3 });
  assert.equal(made.deadline, null);
});

test("what is reported never falls", () => {
  const made = reading({ delivered_upto: 9, seen_upto: 5 });
  made.held(3);
  assert.equal(made.saw(4), false);
  assert.equal(made.next(0), null);
  assert.equal(made.saw(6), true);
  made.saw(2);
  assert.deepEqual(made.next(0), { delivered_upto: 9, seen_upto: 6 });
});

test("what is seen is held", () => {
  const made = reading();
  made.saw(4);
  assert.deepEqual(made.next(0), { delivered_upto: 4, seen_upto: 4 });
});

test("what another tab has reported is not reported again", () => {
  const made = reading();
  made.held(4);
  made.saw(4);
  made.known({ delivered_upto: 4, seen_upto: 4 });
  assert.equal(made.next(0), null);
  assert.deepEqual(made.unread([event(4)]), []);
});

test("unread is what the team wrote after what was seen", () => {
  const made = reading({ delivered_upto: 1, seen_upto: 1 });
  const events = [
    event(1), event(2), event(3, { from: "visitor" }), event(4, { kind: "edit" }),
    event(5, { deleted: true }), event(6),
  ];
  assert.deepEqual(made.unread(events).map(({ seq }) => seq), [2, 6]);
});

test("the line above what is new stays where it was put, and goes when all is read", () => {
  const made = reading();
  made.mark([event(1), event(2)]);
  assert.equal(made.divider, 1);
  made.saw(1);
  made.mark([event(1), event(2), event(3)]);
  assert.equal(made.divider, 1);
  made.left([event(1), event(2)]);
  assert.equal(made.divider, 1);
  made.saw(2);
  made.left([event(1), event(2)]);
  assert.equal(made.divider, 0);
});
