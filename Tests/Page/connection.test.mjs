import assert from "node:assert/strict";
import { test } from "node:test";
import { Connection, TIMES } from "../../static/js/connection.js";

function connection(phase, random = 0) {
  const made = new Connection(() => random);
  if (phase === "idle") return made;
  made.wanted(0);
  if (phase === "connecting") return made;
  if (phase === "waiting") made.closed(1006, 0);
  else made.welcomed(0);
  return made;
}

// Every state and everything that can happen in it: the actions, and the state after it.
const table = {
  idle: {
    wanted: [["open"], "connecting"],
    unwanted: [[], "idle"],
    opened: [[], "idle"],
    welcomed: [[], "idle"],
    received: [[], "idle"],
    closed: [[], "idle"],
    refused: [[], "idle"],
    nudged: [[], "idle"],
    ticked: [[], "idle"],
    broken: [[], "idle"],
  },
  connecting: {
    wanted: [[], "connecting"],
    unwanted: [["close"], "idle"],
    opened: [["hello"], "connecting"],
    welcomed: [[], "welcomed"],
    received: [[], "connecting"],
    closed: [[], "waiting"],
    refused: [["renew"], "waiting"],
    nudged: [[], "connecting"],
    ticked: [["close"], "waiting"],
    broken: [["close"], "waiting"],
  },
  welcomed: {
    wanted: [[], "welcomed"],
    unwanted: [["close"], "idle"],
    opened: [[], "welcomed"],
    welcomed: [[], "welcomed"],
    received: [[], "welcomed"],
    closed: [[], "waiting"],
    refused: [["renew"], "waiting"],
    nudged: [["ping"], "welcomed"],
    ticked: [["ping"], "welcomed"],
    broken: [["close"], "waiting"],
  },
  waiting: {
    wanted: [[], "waiting"],
    unwanted: [[], "idle"],
    opened: [[], "waiting"],
    welcomed: [[], "waiting"],
    received: [[], "waiting"],
    closed: [[], "waiting"],
    refused: [[], "waiting"],
    nudged: [["open"], "connecting"],
    ticked: [["open"], "connecting"],
    broken: [[], "waiting"],
  },
};
const LONG = 60_000;
const happenings = {
  wanted: (made) => made.wanted(LONG),
  unwanted: (made) => made.unwanted(),
  opened: (made) => made.opened(),
  welcomed: (made) => made.welcomed(LONG) ?? [],
  received: (made) => made.received(LONG) ?? [],
  closed: (made) => made.closed(1006, LONG),
  refused: (made) => made.closed(4410, LONG),
  nudged: (made) => made.nudged(LONG),
  ticked: (made) => made.ticked(LONG),
  broken: (made) => made.broken(LONG),
};

for (const [phase, row] of Object.entries(table)) {
  for (const [happening, [actions, next]] of Object.entries(row)) {
    test(`${phase}, then ${happening}: ${actions.join(" ") || "nothing"}, ${next}`, () => {
      const made = connection(phase);
      assert.deepEqual(happenings[happening](made), actions);
      assert.equal(made.phase, next);
    });
  }
}

for (const code of [1000, 1001, 1005, 1006, 1011, 1012, 1013, 4408, 4999]) {
  test(`closed with ${code} it connects again after a back-off`, () => {
    const made = connection("welcomed");
    assert.deepEqual(made.closed(code, 100), []);
    assert.equal(made.deadline, 100 + TIMES.backoffMin);
  });
}

test("after a fault of the server it comes back slowly", () => {
  const made = connection("welcomed");
  made.closed(4400, 0);
  assert.equal(made.deadline, TIMES.backoffMax / 3);
});

test("a newer page is asked for, and else waited for", () => {
  const made = connection("welcomed");
  assert.deepEqual(made.closed(4426, 0), ["reload"]);
  assert.equal(made.deadline, TIMES.backoffMax);
});

test("the back-off grows to its greatest and stays there, for ever", () => {
  const made = new Connection(() => 1);
  const delays = [];
  made.wanted(0);
  for (let attempt = 0; attempt < 40; attempt += 1) {
    made.closed(1006, 0);
    delays.push(made.deadline);
    made.ticked(made.deadline);
    assert.equal(made.phase, "connecting");
  }
  assert.deepEqual(delays.slice(0, 7), [1000, 2000, 4000, 8000, 16000, 30000, 30000]);
  assert.equal(delays.at(-1), TIMES.backoffMax);
});

for (const random of [0, 0.25, 0.999]) {
  test(`the back-off has jitter and never falls below its least: ${random}`, () => {
    const made = connection("connecting", random);
    for (let attempt = 0; attempt < 10; attempt += 1) {
      made.closed(1006, 0);
      assert.ok(made.deadline >= TIMES.backoffMin && made.deadline <= TIMES.backoffMax);
      made.ticked(made.deadline);
    }
  });
}

test("a short connection shortens the back-off, one that held for a while begins it anew", () => {
  const made = new Connection(() => 1);
  made.wanted(0);
  for (let attempt = 0; attempt < 4; attempt += 1) {
    made.closed(1006, 0);
    made.ticked(made.deadline);
  }
  made.welcomed(0);
  made.received(TIMES.steady - 1);
  made.closed(1006, 0);
  assert.equal(made.deadline, 4000);
  made.ticked(made.deadline);
  made.welcomed(0);
  made.received(TIMES.steady);
  made.closed(1006, 0);
  assert.equal(made.deadline, 1000);
});

test("a silent connection is asked once, then given up", () => {
  const made = connection("welcomed");
  assert.deepEqual(made.ticked(TIMES.ping - 1), []);
  assert.deepEqual(made.ticked(TIMES.ping), ["ping"]);
  assert.deepEqual(made.ticked(TIMES.ping + TIMES.pong - 1), []);
  assert.deepEqual(made.ticked(TIMES.ping + TIMES.pong), ["close"]);
  assert.equal(made.phase, "waiting");
});

test("any frame is an answer to the question whether it lives", () => {
  const made = connection("welcomed");
  made.ticked(TIMES.ping);
  made.received(TIMES.ping + 1);
  assert.equal(made.deadline, 2 * TIMES.ping + 1);
});

test("a page that is looked at again asks a connection that was quiet, not a fresh one", () => {
  const made = connection("welcomed");
  assert.deepEqual(made.nudged(TIMES.steady - 1), []);
  assert.deepEqual(made.nudged(TIMES.steady), ["ping"]);
  assert.deepEqual(made.nudged(TIMES.steady + 1), []);
});

test("a server that refuses every identity isn't flooded with new ones", () => {
  const made = connection("connecting");
  assert.deepEqual(made.closed(4401, 0), ["renew"]);
  assert.equal(made.deadline, TIMES.backoffMin);
  made.ticked(made.deadline);
  assert.deepEqual(made.closed(4401, 0), ["renew"]);
  assert.equal(made.deadline, TIMES.backoffMax / 3);
});

test("it knows since when the visitor has been without a connection", () => {
  const made = connection("welcomed");
  assert.equal(made.lostSince, null);
  made.closed(1006, 50);
  made.ticked(made.deadline);
  made.closed(1006, 5000);
  assert.equal(made.lostSince, 50);
  made.ticked(made.deadline);
  made.welcomed(9000);
  assert.equal(made.lostSince, null);
});

for (const [name, retryAfter, least, most] of [
  ["as long as it was asked to", 90_000, 90_000, 90_000],
  ["at least a little", 0, TIMES.backoffMax / 3, TIMES.backoffMax],
  ["at most an hour", 1e12, TIMES.limitedMax, TIMES.limitedMax],
]) {
  test(`after too much it waits ${name}, whoever is impatient`, () => {
    const made = connection("connecting");
    assert.deepEqual(made.closed(4429, 0, retryAfter), []);
    assert.equal(made.isLimited, true);
    assert.ok(made.deadline >= least && made.deadline <= most);
    assert.deepEqual(made.nudged(1), []);
    assert.deepEqual(made.ticked(made.deadline), ["open"]);
    assert.equal(made.isLimited, false);
  });
}

test("after a flood it comes back slowly", () => {
  const made = connection("welcomed");
  made.closed(1008, 0);
  assert.ok(made.deadline >= TIMES.backoffMax);
  assert.deepEqual(made.nudged(1), []);
});

test("who no longer wants a connection is limited no more", () => {
  const made = connection("connecting");
  made.closed(4429, 0, 1);
  made.unwanted();
  assert.equal(made.isLimited, false);
  assert.deepEqual(made.wanted(2), ["open"]);
});
