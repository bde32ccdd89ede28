// A device whose clock is put right, or wrong, while the page waits for something.
import assert from "node:assert/strict";
import { test } from "node:test";
import { SteadyClock } from "../../static/js/clock.js";
import { event, said, sends, stored, writing } from "./fakes.mjs";

const HOUR = 3_600_000;
/** 60 years: more than a timer of a browser can wait. */
const LIFETIME = 60 * 365 * 24 * HOUR;

test("a clock that never goes back, and follows the device's otherwise", () => {
  let wall = 1_000;
  const clock = new SteadyClock(() => wall);
  const heard = [];
  for (const next of [1_000, 1_500, 900, 1_000, 5_000, 0, 1]) {
    wall = next;
    heard.push(clock.now());
  }
  assert.deepEqual(heard, [1_000, 1_500, 1_500, 1_600, 5_600, 5_600, 5_601]);
});

for (const back of [HOUR, LIFETIME]) {
  test(`put back by ${back} ms: a dead connection is noticed all the same`, async () => {
    const tab = await stored();
    tab.clock.skew = -back;
    for (let passed = 0; passed < 60; passed += 1) tab.pass(1_000);
    assert.equal(tab.sockets[0].closedWith, 1000);
  });

  test(`put back by ${back} ms: a lost connection is made again`, async () => {
    const tab = await stored();
    tab.socket.lose();
    tab.clock.skew = -back;
    tab.pass(2_000);
    assert.equal(tab.sockets.length, 2);
  });

  test(`put back by ${back} ms: what is to be tried again is`, async () => {
    const tab = await writing();
    const refusal = { type: "refused", key: sends(tab)[0].key, code: "storage_full", retry: true };
    tab.socket.hear({ ...refusal, retry_after_ms: 2_000 });
    tab.clock.skew = -back;
    tab.pass(5_000);
    assert.equal(sends(tab).length, 2);
  });

  test(`put back by ${back} ms: what is read is reported`, async () => {
    const tab = await stored();
    tab.pass(2_000);
    tab.clock.skew = -back;
    tab.socket.hear({ type: "events", events: [event(2)] });
    tab.session.saw(2);
    tab.pass(2_000);
    assert.equal(said(tab, "report").at(-1).seen_upto, 2);
  });
}

test("put forward: nothing is lost, and what was asked is asked once more", async () => {
  const tab = await writing();
  tab.clock.skew = HOUR;
  tab.pass(40_000);
  assert.deepEqual(new Set(sends(tab).map(({ body }) => body)), new Set(["Hello"]));
});

test("a message has the time of the device's clock", async () => {
  const tab = await stored();
  tab.clock.skew = -HOUR;
  tab.session.visitor.send("earlier, it seems");
  assert.equal(tab.session.outbox.entries[0].at, tab.clock.now - HOUR);
});
