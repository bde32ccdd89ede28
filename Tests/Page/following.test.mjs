// What the server tells beside messages, what the page tells of itself, and the device's storage.
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  Area, Locks, answer, bodies, event, join, openTab, said, sends, settled, states, stored, writing,
} from "./fakes.mjs";

const reports = (tab) => said(tab, "report").map(({ delivered_upto, seen_upto }) => [delivered_upto, seen_upto]);

test("what is on the device is reported, at most once a second", async () => {
  const tab = await stored();
  tab.pass(400);
  assert.deepEqual(reports(tab), [[1, 0]]);
  for (const seq of [2, 3, 4]) {
    tab.socket.hear({ type: "events", events: [event(seq)] });
    tab.session.saw(seq);
    tab.pass(100);
  }
  assert.deepEqual(reports(tab), [[1, 0]]);
  tab.pass(1_000);
  assert.deepEqual(reports(tab), [[1, 0], [4, 4]]);
});

test("what lies beyond a gap is not reported", async () => {
  const tab = await stored();
  tab.socket.hear({ type: "events", events: [event(3)] });
  tab.pass(1_400);
  assert.deepEqual(reports(tab), [[1, 0]]);
});

test("nothing is reported again after a reconnect", async () => {
  const tab = await stored();
  tab.session.saw(1);
  tab.pass(1_500);
  const before = reports(tab).length;
  tab.socket.lose();
  tab.pass(600);
  await join(tab, { head: { seq: 1, id: event(1).id }, recovered: true, reported: { delivered_upto: 1, seen_upto: 1 } });
  tab.pass(5_000);
  assert.equal(reports(tab).length, before);
});

test("tabs tell each other how far the visitor has read", async () => {
  const area = new Area();
  const locks = new Locks();
  const one = await stored("Hello", { area, locks });
  one.socket.hear({ type: "events", events: [event(2)] });
  one.pass(500);
  const two = openTab({ area, locks, clock: one.clock });
  two.session.start();
  await join(two, { head: { seq: 2, id: event(2).id }, recovered: true });
  const unread = (tab) => tab.session.conversation.reading.unread(tab.session.conversation.transcript.events).length;
  assert.deepEqual([unread(one), unread(two)], [1, 1]);
  one.session.saw(2);
  one.pass(2_000);
  assert.deepEqual([unread(one), unread(two)], [0, 0]);
  two.pass(2_000);
  assert.deepEqual(reports(two), []);
});

test("what came while nobody looked has a line above it, what is looked at hasn't", async () => {
  for (const [isWatched, divider] of [[true, 0], [false, 2]]) {
    const tab = await stored();
    tab.session.isWatched = () => isWatched;
    tab.socket.hear({ type: "events", events: [event(2)] });
    assert.equal(tab.session.conversation.reading.divider, divider);
  }
});

test("what was missed has a line above it, whoever looks now", async () => {
  const tab = await stored();
  tab.session.isWatched = () => true;
  tab.socket.lose();
  tab.pass(600);
  await join(tab, { head: { seq: 2, id: event(2).id }, recovered: true });
  tab.socket.hear({ type: "events", events: [event(2)] });
  assert.equal(tab.session.conversation.reading.divider, 2);
  tab.session.saw(2);
  tab.session.visitor.send("I see");
  assert.equal(tab.session.conversation.reading.divider, 0);
});

for (const [name, events, state] of [
  ["a close", [event(2, { kind: "close" })], "closed"],
  ["a close and a reopen", [event(2, { kind: "close" }), event(3, { kind: "reopen" })], "open"],
  ["a message after a close", [event(2, { kind: "close" }), event(3)], "open"],
]) {
  test(`the conversation's state after ${name}: ${state}`, async () => {
    const tab = await stored();
    tab.socket.hear({ type: "events", events });
    assert.equal(tab.session.conversation.state, state);
  });
}

test("a block is told without an event and outlasts events", async () => {
  const tab = await stored();
  tab.socket.hear({ type: "state", state: "blocked" });
  tab.socket.hear({ type: "events", events: [event(2)] });
  assert.equal(tab.session.conversation.state, "blocked");
  tab.socket.hear({ type: "state", state: "open" });
  assert.equal(tab.session.conversation.state, "open");
});

test("somebody types until their message comes", async () => {
  const tab = await stored();
  const names = () => tab.session.conversation.typing.names(tab.clock.now);
  tab.socket.hear({ type: "typing", name: "Anna\u202e" });
  assert.deepEqual(names(), ["Anna"]);
  tab.socket.hear({ type: "events", events: [event(2)] });
  assert.deepEqual(names(), []);
  let drawn = 0;
  tab.socket.hear({ type: "typing", name: "Anna" });
  tab.session.changed = () => (drawn += 1);
  tab.pass(10_000);
  assert.deepEqual(names(), []);
  assert.ok(drawn > 0);
});

/** Welcomes a tab again, as a server with other files does. */
async function welcomedWith(tab, page) {
  tab.socket.lose();
  tab.pass(600);
  const { high, events } = tab.session.conversation.transcript;
  await join(tab, { page, recovered: true, head: { seq: high, id: events.at(-1)?.id ?? null } });
}

test("a newer page is loaded once nothing is being typed and nothing is unsent", async () => {
  const tab = await writing();
  let idle = false;
  tab.session.isIdle = () => idle;
  await welcomedWith(tab, "2".repeat(16));
  assert.deepEqual(tab.reloads, []);
  idle = true;
  tab.session.dismiss();
  assert.deepEqual(tab.reloads, [], "a message is on its way");
  tab.socket.hear(answer(sends(tab).at(-1), 1));
  assert.deepEqual(tab.reloads, ["2".repeat(16)]);
  tab.session.dismiss();
  await welcomedWith(tab, "2".repeat(16));
  assert.equal(tab.reloads.length, 1);
});

test("a page that is still the newest isn't loaded again", async () => {
  const tab = await stored();
  tab.session.isIdle = () => true;
  await welcomedWith(tab, "1".repeat(16));
  await welcomedWith(tab, undefined);
  assert.deepEqual(tab.reloads, []);
});

test("too many from here: it waits as long as it was asked to, says so, and keeps the text", async () => {
  const tab = openTab();
  tab.session.start();
  tab.session.visitor.send("Hello");
  await settled();
  tab.socket.open();
  tab.socket.hear({ type: "refused", code: "rate_limited", retry: true, retry_after_ms: 60_000, message: "" });
  tab.socket.lose(4429);
  assert.equal(tab.session.trouble, "limited");
  tab.session.nudge();
  tab.pass(59_000);
  assert.equal(tab.sockets.length, 1);
  tab.pass(1_500);
  assert.equal(tab.sockets.length, 2);
  await join(tab);
  assert.deepEqual(sends(tab).map(({ body }) => body), ["Hello"]);
});

test("a storage that something else empties: it is said, what is unsent starts a new conversation", async () => {
  const area = new Area();
  const tab = await stored("Hello", { area });
  const before = tab.keeper.read();
  tab.session.visitor.send("unsent");
  tab.socket.lose();
  area.clear();
  assert.equal(tab.session.notice, "cleared");
  await settled();
  await join(tab);
  assert.notEqual(tab.keeper.read().visitor, before.visitor);
  assert.deepEqual(sends(tab).map(({ body }) => body).slice(-1), ["unsent"]);
  assert.equal([...area.values.keys()].filter((name) => name.includes("outbox")).length, 1);
});

test("a storage that something else empties while there is no conversation changes nothing", () => {
  const tab = openTab();
  tab.session.start();
  tab.area.clear();
  assert.equal(tab.session.notice, null);
  assert.equal(tab.sockets.length, 0);
});

for (const junk of ["{", "7", "null", "[]", "{\"visitor\":\"x\"}", "\u0000"]) {
  test(`a device that kept rubbish: it is said, and the page works: ${JSON.stringify(junk)}`, async () => {
    const area = new Area();
    for (const name of ["identity", "cache", "reached", "outbox.a", "draft"]) area.values.set(`chatbox.${name}`, junk);
    const tab = openTab({ area });
    tab.session.start();
    assert.equal(tab.session.notice, "gone");
    tab.session.visitor.send("Hello");
    await settled();
    await join(tab);
    assert.deepEqual(sends(tab).map(({ body }) => body), ["Hello"]);
  });
}

test("a storage without room for the copy of the conversation is no trouble: the server has it", async () => {
  const area = new Area();
  area.room = 1_000;
  const tab = await stored("Hello", { area });
  tab.socket.hear({ type: "events", events: [event(2, { body: "x".repeat(5_000) })] });
  tab.pass(2_000);
  assert.equal(tab.session.isKept, true);
  assert.deepEqual(reports(tab).at(-1), [2, 0]);
});

test("a storage without room for a message: it goes out, and that it isn't kept is known until then", async () => {
  const area = new Area();
  const tab = await stored("Hello", { area });
  area.room = 50;
  tab.session.visitor.send("more");
  assert.equal(tab.session.isKept, false);
  tab.socket.hear(answer(sends(tab)[1], 2));
  assert.deepEqual(states(tab), []);
  assert.deepEqual(bodies(tab), ["Hello", "more"]);
});

test("a server that can store nothing is mentioned until it can again", async () => {
  const tab = await writing();
  const refusal = { type: "refused", key: sends(tab)[0].key, retry: true, retry_after_ms: 2_000 };
  tab.socket.hear({ ...refusal, code: "rate_limited" });
  assert.equal(tab.session.trouble, null);
  tab.pass(2_000);
  for (const code of ["storage_full", "storage_failed"]) {
    tab.socket.hear({ ...refusal, code });
    assert.equal(tab.session.trouble, "storage");
    tab.pass(2_000);
    assert.equal(tab.session.trouble, "storage", "it is tried again");
  }
  tab.socket.hear(answer(sends(tab).at(-1), 1));
  assert.equal(tab.session.trouble, null);
  tab.session.visitor.send("more");
  tab.socket.hear({ ...refusal, key: sends(tab).at(-1).key, code: "storage_full" });
  tab.socket.lose();
  tab.pass(2_000);
  assert.equal(tab.session.trouble, "reconnecting");
});

test("a page that is shown or hidden says so", async () => {
  const tab = await stored();
  assert.equal(tab.socket.said[0].visible, true);
  tab.session.turned(false);
  tab.session.turned(true);
  assert.deepEqual(said(tab, "visible").map(({ visible }) => visible), [false, true]);
});

test("another database has nothing of what was read", async () => {
  const tab = await stored();
  tab.session.saw(1);
  tab.socket.lose();
  tab.pass(600);
  await join(tab, { epoch: "f".repeat(32), head: { seq: 1, id: "x" } });
  tab.socket.hear({ type: "events", events: [event(1)] });
  const { reading, transcript } = tab.session.conversation;
  assert.equal(reading.unread(transcript.events).length, 1);

});
