// Edits, deletions, replies and requeues, from the visitor's hand to the answer.
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  Area, Locks, answer, bodies, event, join, openTab, said, sends, settled, states, stored, writing,
} from "./fakes.mjs";

const kinds = (tab) => sends(tab).map(({ type, body }) => (body === undefined ? type : `${type} ${body}`));
const firstKey = (tab) => sends(tab)[0].key;

test("an edit is kept before it is sent, with a key of its own and the message's as target", async () => {
  const tab = await stored();
  tab.session.visitor.edit(firstKey(tab), "Hello!");
  const [kept] = [...tab.area.values].filter(([name]) => name.includes("outbox")).map(([, text]) => JSON.parse(text));
  const { type, key, target, revision, body } = sends(tab)[1];
  assert.deepEqual([type, target, revision, body], ["edit", firstKey(tab), 1, "Hello!"]);
  assert.deepEqual([kept.key, kept.kind, kept.tried], [key, "edit", true]);
  assert.notEqual(key, target);
});

test("revisions count from one for each message", async () => {
  const tab = await stored();
  tab.session.visitor.edit(firstKey(tab), "two");
  tab.session.visitor.edit(firstKey(tab), "three");
  const edited = event(2, {
    kind: "edit", from: "visitor", key: sends(tab)[1].key, target: { seq: 1, id: event(1).id }, revision: 1, body: "two",
  });
  tab.socket.hear(answer(sends(tab)[1], 2));
  tab.socket.hear({ type: "events", events: [edited] });
  assert.deepEqual(sends(tab).slice(1).map(({ revision }) => revision), [1, 2]);
  tab.socket.hear(answer(sends(tab)[2], 3));
  tab.socket.hear({ type: "events", events: [{ ...edited, seq: 3, key: sends(tab)[2].key, revision: 2, body: "three" }] });
  tab.session.visitor.edit(firstKey(tab), "four");
  assert.equal(sends(tab)[3].revision, 3);
  assert.equal(bodies(tab)[0], "three");
});

test("an edit of a message that isn't here any more is above what it was begun from", async () => {
  const tab = await stored();
  tab.session.visitor.edit("a-key-of-old", "better", 7);
  assert.equal(sends(tab)[1].revision, 8);
});

test("an answered edit stays in the outbox until the conversation has it", async () => {
  const tab = await stored();
  tab.session.visitor.edit(firstKey(tab), "Hello!");
  tab.socket.hear(answer(sends(tab)[1], 2));
  assert.deepEqual(states(tab), ["stored"]);
  assert.ok(![...tab.area.values.keys()].some((name) => name.includes("outbox")));
  tab.socket.hear({ type: "events", events: [event(2, {
    kind: "edit", from: "visitor", key: sends(tab)[1].key, target: { seq: 1, id: event(1).id }, revision: 1, body: "Hello!",
  })] });
  assert.deepEqual(states(tab), []);
  assert.deepEqual(bodies(tab), ["Hello!", "Hello!"]);
});

test("an edit that another outran, of which nobody knew here, goes again above it", async () => {
  const tab = await stored();
  tab.session.visitor.edit(firstKey(tab), "mine");
  tab.socket.hear({ type: "events", events: [event(2, {
    kind: "edit", from: "visitor", key: "other", target: { seq: 1, id: event(1).id }, revision: 5, body: "theirs",
  })] });
  assert.equal(bodies(tab)[0], "theirs");
  tab.socket.hear({ ...answer(sends(tab)[1], 2), revision: 5, duplicate: true });
  const [, mine, again] = sends(tab);
  assert.deepEqual([again.key, again.revision, again.body], [mine.key, 6, "mine"]);
});

test("what was edited before it was tried goes out as edited", async () => {
  const tab = openTab();
  tab.session.start();
  tab.session.visitor.send("Helo");
  tab.session.visitor.edit(tab.session.outbox.entries[0].key, "Hello");
  await settled();
  await join(tab);
  assert.deepEqual(kinds(tab), ["send Hello"]);
  assert.equal(JSON.parse([...tab.area.values].find(([name]) => name.includes("outbox"))[1]).body, "Hello");
});

test("what was deleted before it was tried never goes out, nor after a reload", async () => {
  const tab = openTab();
  tab.session.start();
  tab.session.visitor.send("secret");
  tab.session.visitor.delete(tab.session.outbox.entries[0].key);
  await settled();
  const again = openTab({ area: tab.area, locks: new Locks(), clock: tab.clock });
  again.session.start();
  await settled();
  await join(again);
  assert.deepEqual(kinds(again), []);
  assert.deepEqual(states(again), []);
  assert.ok(![...tab.area.values.keys()].some((name) => name.includes("outbox")));
});

for (const [name, change, expected] of [
  ["edited", (session, key) => session.visitor.edit(key, "Hello!"), ["send Hello", "send Hello", "edit Hello!"]],
  ["deleted", (session, key) => session.visitor.delete(key), ["send Hello", "send Hello", "delete"]],
]) {
  test(`what is in doubt and ${name} goes again as it was, then is ${name}, also by another page`, async () => {
    const first = await writing();
    change(first.session, firstKey(first));
    first.socket.lose();
    const tab = openTab({ area: first.area, locks: new Locks(), clock: first.clock });
    tab.session.start();
    await settled();
    await join(tab);
    tab.socket.hear({ ...answer(sends(tab)[0], 1), duplicate: true });
    assert.deepEqual([...kinds(first), ...kinds(tab)], expected);
    assert.equal(sends(tab)[1].target, firstKey(first));
  });
}

test("another tab that is the sender sends what this one edited", async () => {
  const area = new Area();
  const locks = new Locks();
  const one = await stored("Hello", { area, locks });
  const two = openTab({ area, locks, clock: one.clock });
  two.session.start();
  await join(two, { head: { seq: 1, id: event(1).id }, recovered: true });
  two.session.visitor.edit(firstKey(one), "Hello!");
  assert.deepEqual(kinds(two), []);
  assert.deepEqual(kinds(one), ["send Hello", "edit Hello!"]);
});

test("a change that is refused can be tried again under its key, and given up", async () => {
  const tab = await stored();
  tab.session.visitor.edit(firstKey(tab), "Hello!");
  const { key } = sends(tab)[1];
  const refusal = { type: "refused", key, code: "blocked", retry: false };
  tab.socket.hear(refusal);
  assert.equal(tab.session.conversation.state, "blocked");
  assert.deepEqual(states(tab), ["refused"]);
  tab.session.visitor.retry(key);
  assert.deepEqual(sends(tab)[2], sends(tab)[1]);
  tab.socket.hear(refusal);
  tab.session.visitor.remove(key);
  assert.deepEqual(states(tab), []);
});

test("what turns out to be deleted needs no more of it", async () => {
  const tab = await stored();
  tab.session.visitor.edit(firstKey(tab), "Hello!");
  tab.socket.hear({ type: "refused", key: sends(tab)[1].key, code: "deleted", retry: false });
  assert.deepEqual(states(tab), []);
  assert.ok(![...tab.area.values.keys()].some((name) => name.includes("outbox")));
});

test("giving up a refused message gives up its changes", async () => {
  const tab = await writing();
  tab.session.visitor.edit(firstKey(tab), "Hello!");
  tab.socket.hear({ type: "refused", key: firstKey(tab), code: "message_too_long", retry: false });
  tab.session.visitor.remove(firstKey(tab));
  assert.deepEqual(states(tab), []);
});

test("the deletion of what was never stored is done without a place", async () => {
  const tab = await stored();
  tab.session.visitor.delete(firstKey(tab));
  tab.socket.hear({ type: "sent", key: sends(tab)[1].key, duplicate: false });
  assert.deepEqual(states(tab), []);
});

test("another try of what couldn't be delivered is asked for once", async () => {
  const tab = await stored();
  tab.socket.hear({ type: "receipt", delivered_upto: 1, seen_upto: 0, failed: [{ seq: 1, reason: "no" }] });
  tab.session.visitor.requeue(1);
  tab.session.visitor.requeue(1);
  const { type, seq } = sends(tab)[1];
  assert.deepEqual([type, seq, tab.session.outbox.entries.length], ["requeue", 1, 1]);
});

test("a refused other try leaves the message as it was, to be asked for again", async () => {
  const tab = await stored();
  tab.session.visitor.requeue(1);
  tab.socket.hear({ type: "refused", key: sends(tab)[1].key, code: "not_found", retry: false });
  assert.deepEqual(states(tab), []);
  tab.session.visitor.requeue(1);
  assert.equal(sends(tab).length, 3);
});

test("an answer names the event that it answers", async () => {
  const tab = await stored();
  tab.session.visitor.send("To that", event(1).id);
  assert.equal(sends(tab)[1].reply_to, event(1).id);
  tab.socket.hear(answer(sends(tab)[1], 2));
  assert.equal(tab.session.conversation.transcript.events[1].reply_to, event(1).id);
});

test("a new conversation takes over new messages as they are meant now, and nothing of the old one", async () => {
  const tab = await stored();
  const old = firstKey(tab);
  tab.session.visitor.edit(old, "old, edited");
  tab.session.visitor.send("answer", event(1).id);
  tab.session.visitor.edit(tab.session.outbox.entries.at(-1).key, "answer, edited");
  tab.session.visitor.send("never");
  tab.session.visitor.delete(tab.session.outbox.entries.at(-1).key);
  tab.socket.lose(4410);
  await settled();
  tab.pass(600);
  await join(tab);
  const [send] = tab.socket.said.filter(({ key }) => key !== undefined);
  assert.deepEqual([send.type, send.body, send.reply_to], ["send", "answer, edited", undefined]);
  assert.deepEqual(tab.session.outbox.entries.map(({ body }) => body), ["answer, edited"]);
});

test("a conversation that is erased while it is open is left like one that is gone", async () => {
  const tab = await writing();
  tab.socket.hear({ type: "refused", key: firstKey(tab), code: "conversation_gone", retry: false });
  await settled();
  assert.equal(tab.session.notice, "gone");
  assert.deepEqual(states(tab), ["queued"]);
});

test("typing is said while connected, not to a team that has ended the conversation", async () => {
  const tab = await stored();
  tab.session.visitor.typed("H");
  tab.session.visitor.typed("He");
  assert.equal(said(tab, "typing").length, 1);
  tab.pass(3_000);
  tab.socket.hear({ type: "state", state: "blocked" });
  tab.session.visitor.typed("Hel");
  assert.equal(said(tab, "typing").length, 1);
});
