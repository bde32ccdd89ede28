// What the visitor wrote arrives once, in order, and all tabs agree, whatever happens meanwhile.
import assert from "node:assert/strict";
import { test } from "node:test";
import { World } from "./world.mjs";

const FIRST = Number(process.env.SEED ?? 1);
const COUNT = Number(process.env.SEEDS ?? (process.env.SEED === undefined ? 300 : 1));
const STEPS = 150;

function judged(world) {
  assert.ok(world.server.conversations.length <= 1, "one visitor");
  const visitor = world.tabs[0].keeper.read()?.visitor;
  const stored = world.server.shown(visitor);
  const log = world.server.conversations[0] ?? [];
  const { lost } = world.server;
  for (const { key, texts, isDeleted } of world.written) {
    const messages = log.filter((event) => event.key === key);
    if (lost.has(key)) {
      assert.ok(stored.filter((text) => texts.includes(text)).length <= 1, `not doubled: ${texts}`);
      continue;
    }
    if (isDeleted) {
      assert.ok(!stored.some((text) => texts.includes(text)), `taken back, and there: ${texts}`);
      continue;
    }
    assert.equal(messages.length, 1, `stored once: ${texts}`);
    assert.equal(stored.filter((text) => texts.includes(text)).length, 1, `shown once: ${texts}`);
    // What was edited before it was tried is the message itself, or a later edit.
    const told = texts.map((text) => log.some(({ body }) => body === text));
    const first = told.indexOf(true);
    assert.ok(first >= 0 && told.slice(first).every(Boolean), `none of the edits is lost: ${texts} ${told}`);
  }
  for (const tab of new Set(world.written.map((one) => one.tab))) {
    const keys = world.written.filter((one) => one.tab === tab && !one.isDeleted && !lost.has(one.key)).map(({ key }) => key);
    const places = keys.map((key) => log.find((event) => event.key === key).seq);
    assert.deepEqual(places, [...places].sort((a, b) => a - b), "in the order in which they were written");
  }
  // An edit of what another tab took back before anybody had heard of it: the visitor decides.
  const isOver = ({ state, target }) =>
    state === "refused" && world.written.some(({ key, isDeleted }) => key === target && (isDeleted || lost.has(key)));
  const waiting = new Set();
  for (const tab of world.tabs) {
    for (const entry of tab.session.outbox.entries) {
      assert.ok(isOver(entry), `nothing waits: ${JSON.stringify(entry)}`);
      waiting.add(`chatbox.outbox.${entry.key}`);
    }
    assert.deepEqual(world.shown(tab), stored, "each tab shows what is stored");
  }
  const left = world.device.filter((name) => name.includes("outbox") && !waiting.has(name));
  assert.deepEqual(left, [], "nothing is left on the device");
}

for (const disasters of [false, true]) {
  const what = disasters ? ", and databases are put back and erased" : "";
  for (let seed = FIRST; seed < FIRST + COUNT; seed += 1) {
    test(`whatever happens${what}, by seed ${seed}`, async () => {
      const world = new World(seed, disasters);
      world.open();
      for (let step = 0; step < STEPS; step += 1) await world.step();
      await world.heal();
      judged(world);
    });
  }
}
