import assert from "node:assert/strict";
import { test } from "node:test";
import {
  EPOCH, Area, Locks, answer, bodies, event, join, openTab, sends, settled, states, welcome, writing,
} from "./fakes.mjs";

test("without a conversation the page connects to nothing and keeps nothing", () => {
  const tab = openTab();
  tab.session.start();
  assert.equal(tab.sockets.length, 0);
  assert.equal(tab.area.values.size, 0);
});

test("the first message makes an identity, is kept, and then goes out", async () => {
  const tab = openTab();
  tab.session.start();
  tab.session.visitor.send("Hello");
  assert.equal([...tab.area.values.keys()].filter((key) => key.includes("outbox")).length, 1);
  await settled();
  assert.equal(tab.sockets.length, 1);
  await join(tab);
  const [hello, send] = tab.socket.said;
  assert.deepEqual([hello.type, hello.version, hello.create, hello.from], ["hello", 1, true, undefined]);
  assert.deepEqual([send.type, send.body], ["send", "Hello"]);
});

test("an answered message is in the conversation and no longer waiting", async () => {
  const tab = await writing();
  tab.socket.hear(answer(sends(tab)[0], 1));
  assert.deepEqual(bodies(tab), ["Hello"]);
  assert.deepEqual(states(tab), []);
  assert.ok(![...tab.area.values.keys()].some((key) => key.includes("outbox")));
});

test("one message is on its way at a time, and they arrive in order", async () => {
  const tab = await writing("one");
  tab.session.visitor.send("two");
  assert.deepEqual(sends(tab).map((send) => send.body), ["one"]);
  tab.socket.hear(answer(sends(tab)[0], 1));
  assert.deepEqual(sends(tab).map((send) => send.body), ["one", "two"]);
});

test("a message without an answer goes out again with its key after a reconnect", async () => {
  const tab = await writing();
  tab.socket.lose(1013);
  tab.pass(600);
  assert.equal(tab.sockets.length, 2);
  await join(tab);
  assert.equal(sends(tab).length, 2);
  assert.deepEqual(sends(tab)[0], sends(tab)[1]);
});

test("a message without an answer goes out again after a reload", async () => {
  const first = await writing();
  const again = openTab({ area: first.area, locks: new Locks(), clock: first.clock });
  again.session.start();
  assert.deepEqual(states(again), ["queued"]);
  await join(again);
  assert.deepEqual(sends(again), sends(first));
  assert.equal(again.socket.said[0].create, false);
});

test("an answer that never comes ends the connection", async () => {
  const tab = await writing();
  for (let passed = 0; passed < 30; passed += 5) {
    tab.pass(5_000);
    tab.socket.hear({ type: "pong" });
  }
  assert.equal(tab.sockets[0].closedWith, 1000);
});

test("it resumes from the last event of the unbroken run", async () => {
  const tab = await writing();
  tab.socket.hear(answer(sends(tab)[0], 1));
  tab.socket.hear({ type: "events", events: [event(2), event(4)] });
  tab.socket.lose();
  tab.pass(600);
  tab.socket.open();
  assert.deepEqual(tab.socket.said[0].from, { epoch: EPOCH, seq: 2, id: event(2).id });
  assert.equal(tab.socket.said[0].create, false);
});

test("what wasn't recovered is replaced, unsent messages stay", async () => {
  const tab = await writing();
  tab.socket.hear(answer(sends(tab)[0], 1));
  tab.session.visitor.send("unsent");
  tab.socket.lose();
  tab.pass(600);
  await join(tab, { epoch: "f".repeat(32), head: { seq: 1, id: "x" }, recovered: false });
  assert.deepEqual(bodies(tab), []);
  tab.socket.hear({ type: "events", events: [event(1, { body: "another" })] });
  assert.deepEqual(bodies(tab), ["another"]);
  assert.deepEqual(states(tab), ["queued"]);
});

test("a gap that stays open is asked for, one that closes isn't", async () => {
  const tab = await writing();
  tab.socket.hear(answer(sends(tab)[0], 1));
  tab.socket.hear({ type: "events", events: [event(3)] });
  tab.pass(1_000);
  assert.ok(!tab.socket.said.some((frame) => frame.type === "history"));
  tab.pass(600);
  assert.deepEqual(tab.socket.said.at(-1), { type: "history", after: 1 });
  tab.socket.hear({ type: "history", events: [event(2), event(3)], more: false });
  tab.pass(5_000);
  assert.equal(tab.socket.said.filter((frame) => frame.type === "history").length, 1);
  assert.deepEqual(bodies(tab), ["Hello", "message 2", "message 3"]);
});

test("an own message beyond a gap shows as stored until the gap closes", async () => {
  const tab = await writing();
  tab.socket.hear(answer(sends(tab)[0], 1));
  tab.session.visitor.send("two");
  tab.socket.hear(answer(sends(tab)[1], 3));
  assert.deepEqual(states(tab), ["stored"]);
  tab.socket.hear({ type: "events", events: [event(2)] });
  assert.deepEqual(states(tab), []);
  assert.deepEqual(bodies(tab), ["Hello", "message 2", "two"]);
});

test("an event may arrive before the answer to its send", async () => {
  const tab = await writing();
  const [send] = sends(tab);
  tab.socket.hear({ type: "events", events: [event(1, { from: "visitor", key: send.key, body: "Hello" })] });
  tab.socket.hear(answer(send, 1));
  tab.session.visitor.send("next");
  assert.deepEqual(bodies(tab), ["Hello"]);
  assert.equal(sends(tab).length, 2);
});

test("older messages are asked for once at a time", async () => {
  const tab = await writing();
  tab.socket.hear({ type: "events", events: [event(21), event(22)] });
  tab.session.loadOlder();
  tab.session.loadOlder();
  const asked = tab.socket.said.filter((frame) => frame.type === "history");
  assert.deepEqual(asked, [{ type: "history", before: 21 }]);
  tab.socket.hear({ type: "history", events: [event(20)], more: true });
  tab.session.loadOlder();
  assert.deepEqual(tab.socket.said.at(-1), { type: "history", before: 20 });
});

test("a message refused for good is marked, can be tried again, and can be deleted", async () => {
  const tab = await writing();
  const refusal = { type: "refused", key: sends(tab)[0].key, code: "field_invalid", retry: false };
  tab.socket.hear(refusal);
  assert.deepEqual(states(tab), ["refused"]);
  tab.session.visitor.retry(refusal.key);
  assert.deepEqual(sends(tab)[1], sends(tab)[0]);
  tab.socket.hear(refusal);
  tab.session.visitor.remove(refusal.key);
  assert.deepEqual(states(tab), []);
  assert.ok(![...tab.area.values.keys()].some((key) => key.includes("outbox")));
});

test("a message to be tried again is, after the time that was asked for", async () => {
  const tab = await writing();
  const [{ key }] = sends(tab);
  tab.socket.hear({ type: "refused", key, code: "storage_full", retry: true, retry_after_ms: 3000 });
  tab.session.visitor.send("later");
  tab.pass(2_900);
  assert.equal(sends(tab).length, 1);
  tab.pass(200);
  assert.deepEqual(sends(tab).map((send) => send.key), [key, key]);
});

for (const code of [4401, 4410]) {
  test(`closed with ${code}: said once, a new identity, the unsent text goes out under it`, async () => {
    const tab = await writing();
    const before = tab.keeper.read();
    tab.socket.lose(code);
    await settled();
    assert.equal(tab.session.notice, "gone");
    tab.pass(600);
    await join(tab);
    const after = tab.keeper.read();
    assert.notEqual(after.visitor, before.visitor);
    assert.notEqual(after.secret, before.secret);
    assert.equal(tab.socket.said[0].visitor, after.visitor);
    assert.equal(tab.socket.said[0].create, true);
    assert.equal(tab.socket.said[1].body, "Hello");
    tab.session.dismiss();
    assert.equal(tab.session.notice, null);
  });

  test(`closed with ${code} and nothing unsent: the new identity waits for a message`, async () => {
    const tab = await writing();
    tab.socket.hear(answer(sends(tab)[0], 1));
    tab.socket.lose(code);
    await settled();
    tab.pass(60_000);
    assert.equal(tab.sockets.length, 1);
    assert.deepEqual(bodies(tab), []);
    tab.session.visitor.send("again");
    await settled();
    assert.equal(tab.sockets.length, 2);
  });
}

test("a newer page is loaded when the server asks for it", async () => {
  const tab = await writing();
  tab.socket.lose(4426);
  assert.deepEqual(tab.reloads, ["4426"]);
});

test("two tabs have one identity and one outbox, and both show everything", async () => {
  const area = new Area();
  const locks = new Locks();
  const clock = { now: 1_000_000 };
  const one = openTab({ area, locks, clock });
  const two = openTab({ area, locks, clock });
  one.session.start();
  two.session.start();
  one.session.visitor.send("from one");
  two.session.visitor.send("from two");
  await settled();
  await join(one);
  await join(two);
  assert.equal(one.socket.said[0].visitor, two.socket.said[0].visitor);
  assert.equal(sends(one).length + sends(two).length, 1);
  assert.deepEqual(states(one), ["queued", "queued"]);
  assert.deepEqual(states(two), ["queued", "queued"]);
  const sender = sends(one).length === 1 ? one : two;
  sender.socket.hear(answer(sends(sender)[0], 1));
  sender.socket.hear(answer(sends(sender)[1], 2));
  const other = sender === one ? two : one;
  assert.deepEqual(states(other), ["stored", "stored"]);
  const events = sends(sender).map((send, index) =>
    event(index + 1, { from: "visitor", key: send.key, body: send.body }));
  other.socket.hear({ type: "events", events });
  assert.deepEqual(states(other), []);
  assert.deepEqual(bodies(one), bodies(two));
});

test("another tab goes on sending when the one that sends goes away", async () => {
  const area = new Area();
  const locks = new Locks();
  const one = await writing("Hello", { area, locks });
  const two = openTab({ area, locks, clock: one.clock });
  two.session.start();
  await join(two);
  assert.equal(sends(two).length, 0);
  one.session.sleep();
  await settled();
  assert.deepEqual(sends(two), sends(one));
});

test("deleting in one tab deletes in the other", async () => {
  const area = new Area();
  const one = await writing("Hello", { area });
  one.socket.hear({ type: "refused", key: sends(one)[0].key, code: "x", retry: false });
  const two = openTab({ area, clock: one.clock });
  two.session.start();
  assert.deepEqual(states(two), ["refused"]);
  two.session.visitor.remove(sends(one)[0].key);
  assert.deepEqual(states(one), []);
});

test("forgetting empties the device and the other tabs", async () => {
  const area = new Area();
  const one = await writing("Hello", { area });
  one.socket.hear(answer(sends(one)[0], 1));
  const two = openTab({ area, clock: one.clock });
  two.session.start();
  assert.deepEqual(bodies(two), ["Hello"]);
  one.session.forget();
  assert.equal(area.values.size, 0);
  for (const tab of [one, two]) {
    assert.deepEqual(bodies(tab), []);
    assert.equal(tab.session.hasIdentity, false);
    tab.pass(60_000);
    assert.equal(tab.area.values.size, 0);
  }
});

test("where nothing can be kept the page works for its life and says so", async () => {
  const area = new Area();
  area.refuses = true;
  const tab = await writing("Hello", { area });
  assert.equal(tab.session.isKept, false);
  tab.socket.hear(answer(sends(tab)[0], 1));
  assert.deepEqual(bodies(tab), ["Hello"]);
});

test("a storage that fills up loses the copy of the conversation before an unsent message", async () => {
  const area = new Area();
  const tab = await writing("Hello", { area });
  tab.socket.hear(answer(sends(tab)[0], 1));
  assert.ok(area.values.has("chatbox.cache"));
  area.refuses = true;
  tab.session.visitor.send("more");
  assert.ok(!area.values.has("chatbox.cache"));
  assert.equal(sends(tab).at(-1).body, "more");
});

test("after a reload without a server the conversation is still shown", async () => {
  const tab = await writing();
  tab.socket.hear(answer(sends(tab)[0], 1));
  tab.socket.hear({ type: "receipt", delivered_upto: 1, seen_upto: 1, failed: [] });
  tab.pass(1_000);
  const again = openTab({ area: tab.area, clock: tab.clock });
  again.session.start();
  assert.deepEqual(bodies(again), ["Hello"]);
  assert.equal(again.session.conversation.receipt.seen_upto, 1);
});

test("trouble is mentioned after two seconds, not at once", async () => {
  const tab = await writing();
  let told = 0;
  tab.session.changed = () => (told += 1);
  tab.socket.lose();
  assert.equal(tab.session.trouble, null);
  tab.pass(1_999);
  assert.equal(tab.session.trouble, null);
  told = 0;
  tab.pass(1);
  assert.equal(tab.session.trouble, "reconnecting");
  assert.ok(told > 0);
});

test("a team that can't be reached is mentioned", async () => {
  const tab = await writing();
  tab.socket.hear({ type: "team", up: false });
  assert.equal(tab.session.trouble, "team");
  tab.socket.hear({ type: "team", up: true });
  assert.equal(tab.session.trouble, null);
});

test("a page that is put away lets go and comes back", async () => {
  const tab = await writing();
  tab.session.sleep();
  assert.equal(tab.socket.closedWith, 1000);
  tab.session.nudge();
  assert.equal(tab.sockets.length, 1);
  tab.session.wake();
  assert.equal(tab.sockets.length, 2);
  await join(tab);
  assert.equal(sends(tab).length, 2);
});

for (const junk of ["", "{", "7", "null", "[]", "{\"type\":7}", "{\"type\":\"events\"}",
  "{\"type\":\"welcome\"}", "{\"type\":\"sent\"}", "{\"type\":\"events\",\"events\":[null,7,{}]}"]) {
  test(`a frame that makes no sense changes nothing: ${junk}`, async () => {
    const tab = await writing();
    tab.socket.onmessage({ data: junk });
    assert.deepEqual(states(tab), ["queued"]);
    assert.deepEqual(bodies(tab), []);
  });
}

test("an identity that was never used waits for its first message", async () => {
  const tab = openTab();
  await tab.keeper.ensure();
  tab.session.start();
  assert.equal(tab.sockets.length, 0);
});

test("a message that turns out to be stored long ago isn't shown as the newest", async () => {
  const tab = await writing();
  tab.socket.hear({ type: "events", events: [event(21), event(22)] });
  tab.socket.hear({ ...answer(sends(tab)[0], 3), duplicate: true });
  assert.deepEqual(states(tab), []);
  assert.deepEqual(bodies(tab), ["message 21", "message 22"]);
});
