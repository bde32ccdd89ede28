// Several tabs of one visitor, of which each may be put away, be late, or hear of things late.
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  Area, EPOCH, Locks, answer, bodies, event, join, openTab, sends, settled, states, stored, writing,
} from "./fakes.mjs";

const kept = (area) => [...area.values.keys()].map((name) => name.replace("chatbox.", "")).sort();

/** Another tab of the same browser. */
function beside(tab) {
  const other = openTab({ area: tab.area, locks: tab.locks, clock: tab.clock });
  other.session.start();
  return other;
}

/** Two tabs that are connected and show one stored message; the first one sends. */
async function pair() {
  const one = await stored();
  one.pass(1_000);
  const two = beside(one);
  await join(two, { head: { seq: 1, id: event(1).id }, recovered: true });
  return [one, two];
}

test("a conversation that was forgotten while a tab was put away is forgotten there, too", async () => {
  const [one, two] = await pair();
  two.freeze();
  one.session.forget();
  two.thaw();
  two.pass(60_000);
  assert.deepEqual([bodies(two), two.session.hasIdentity, two.sockets.length], [[], false, 1]);
  assert.deepEqual(kept(one.area), []);
});

test("what was deleted before it was tried never goes out, from a tab that was put away neither", async () => {
  const one = openTab();
  one.session.start();
  one.session.visitor.send("regretted");
  await settled();
  one.freeze();
  const two = beside(one);
  await settled();
  two.session.visitor.delete(two.session.outbox.entries[0].key);
  await join(two);
  two.freeze();
  one.thaw();
  await settled();
  await join(one);
  assert.deepEqual([...sends(one), ...sends(two)], []);
  assert.deepEqual(states(one), []);
});

test("what was sent as edited while a tab was put away isn't sent by it as it was", async () => {
  const one = openTab();
  one.session.start();
  one.session.visitor.send("Helo");
  await settled();
  one.freeze();
  const two = beside(one);
  await settled();
  two.session.visitor.edit(two.session.outbox.entries[0].key, "Hello");
  await join(two);
  two.freeze();
  one.thaw();
  await settled();
  await join(one);
  assert.deepEqual([...sends(two), ...sends(one)].map(({ body }) => body), ["Hello", "Hello"]);
});

test("what was written while a tab was put away is shown and sent by it", async () => {
  const [one, two] = await pair();
  one.freeze();
  two.session.visitor.send("meanwhile");
  two.freeze();
  one.thaw();
  await settled();
  assert.deepEqual(one.session.outbox.entries.map(({ body }) => body), ["meanwhile"]);
  await join(one, { head: { seq: 1, id: event(1).id }, recovered: true });
  assert.deepEqual(sends(one).at(-1).body, "meanwhile");
});

test("a device that lets nobody look any more has nothing forgotten", async () => {
  const tab = await stored();
  tab.session.visitor.send("unsent");
  tab.freeze();
  tab.area.refuses = tab.area.isClosed = true;
  tab.thaw();
  await join(tab, { head: { seq: 1, id: event(1).id }, recovered: true });
  assert.deepEqual([bodies(tab), sends(tab).at(-1).body], [["Hello"], "unsent"]);
});

test("another identity that was made while a tab was put away is that tab's, too", async () => {
  const [one, two] = await pair();
  two.freeze();
  one.socket.lose(4410);
  await settled();
  two.thaw();
  await settled();
  assert.equal(two.keeper.read().visitor, one.keeper.read().visitor);
  assert.deepEqual(bodies(two), []);
  two.session.visitor.send("new");
  await settled();
  two.socket.open();
  assert.equal(two.socket.said[0].visitor, one.keeper.read().visitor);
});

test("a tab that comes late to a new conversation leaves what waits there as it is meant there", async () => {
  const [one, two] = await pair();
  two.freeze();
  one.session.visitor.send("unsent");
  one.socket.lose(4410);
  await settled();
  one.pass(600);
  await join(one);
  const { key } = sends(one).at(-1);
  // It is on its way in the new conversation: a deletion has to follow it.
  one.session.visitor.delete(key);
  two.thaw();
  await settled();
  one.socket.hear(answer(sends(one).at(-1), 1));
  assert.deepEqual([sends(one).at(-1).type, sends(one).at(-1).target], ["delete", key]);
});

test("nothing of a forgotten conversation is written by a tab that hears of it late", async () => {
  const [one, two] = await pair();
  one.area.hold();
  one.session.forget();
  two.socket.hear({ type: "events", events: [event(2)] });
  two.pass(2_000);
  one.area.deliver();
  assert.deepEqual([kept(one.area), bodies(two)], [[], []]);
});

test("what another tab has sent stays in sight until the conversation brings it, however late one hears", async () => {
  const [one, two] = await pair();
  one.session.visitor.send("two");
  assert.deepEqual(states(two), ["queued"]);
  one.area.hold();
  one.socket.hear(answer(sends(one).at(-1), 2));
  one.area.deliver();
  assert.deepEqual(two.session.outbox.entries.map(({ body, state }) => [body, state]), [["two", "stored"]]);
  two.socket.hear({ type: "events", events: [event(2, { from: "visitor", key: sends(one).at(-1).key, body: "two" })] });
  assert.deepEqual([bodies(two), states(two)], [["Hello", "two"], []]);
});

test("what another tab has sent isn't the newest for ever where the conversation went on without it", async () => {
  const [one, two] = await pair();
  two.socket.lose();
  one.session.visitor.send("two");
  one.socket.hear(answer(sends(one).at(-1), 2));
  assert.deepEqual(states(two), ["stored"]);
  two.pass(600);
  // Too much came meanwhile: it gets the newest page, in which the message isn't.
  await join(two, { head: { seq: 902, id: event(902).id }, recovered: false });
  two.socket.hear({ type: "events", events: [event(901), event(902)] });
  assert.deepEqual([bodies(two), states(two)], [["message 901", "message 902"], []]);
});

test("what the conversation brought before the answer has its place in the other tabs, too", async () => {
  const [one, two] = await pair();
  two.socket.lose();
  one.session.visitor.send("two");
  one.socket.hear({ type: "events", events: [event(2, { from: "visitor", key: sends(one).at(-1).key, body: "two" })] });
  assert.deepEqual(two.session.outbox.entries.map(({ state, place }) => [state, place]), [["stored", 2]]);
});

test("late news of what an earlier database stored has it go again, with its key", async () => {
  const [one, two] = await pair();
  one.session.visitor.send("two");
  const { key } = sends(one).at(-1);
  one.area.hold();
  one.socket.hear(answer(sends(one).at(-1), 2));
  one.freeze();
  two.socket.lose();
  two.pass(600);
  await join(two, { epoch: "f".repeat(32), recovered: false });
  assert.deepEqual(states(two), []);
  two.area.deliver();
  assert.deepEqual([states(two), sends(two).map((one) => one.key)], [["queued"], [key]]);
  two.socket.hear(answer(sends(two).at(-1), 1));
  assert.deepEqual([bodies(two), states(two), kept(two.area).filter((name) => name.startsWith("outbox"))], [["two"], [], []]);
});

test("what was stored in the database of the next welcome isn't doubted", async () => {
  const [one, two] = await pair();
  for (const tab of [one, two]) tab.socket.lose();
  one.session.visitor.send("two");
  one.pass(600);
  await join(one, { epoch: "f".repeat(32), head: { seq: 1, id: event(1).id }, recovered: false });
  one.socket.hear(answer(sends(one).at(-1), 2));
  assert.deepEqual(states(two), ["stored"], "its own database isn't known to be another yet");
  two.pass(1);
  await join(two, { epoch: "f".repeat(32), head: { seq: 2, id: event(2).id }, recovered: false });
  assert.deepEqual([states(two), sends(two)], [["stored"], []]);
});

test("early news of what needs no place in the next database is over at its welcome", async () => {
  const [one, two] = await pair();
  for (const tab of [one, two]) tab.socket.lose();
  one.session.visitor.delete(sends(one)[0].key);
  one.pass(600);
  await join(one, { epoch: "f".repeat(32), recovered: false });
  one.socket.hear({ type: "sent", key: sends(one).at(-1).key, duplicate: false });
  assert.deepEqual(states(two), ["stored"]);
  two.pass(1);
  await join(two, { epoch: "f".repeat(32), recovered: false });
  assert.deepEqual([states(two), sends(two)], [[], []]);
});

test("late news of what was stored in a conversation that is gone shows nothing", async () => {
  const [one, two] = await pair();
  one.session.visitor.send("two");
  one.area.hold();
  one.socket.hear(answer(sends(one).at(-1), 2));
  one.freeze();
  two.socket.lose(4410);
  await settled();
  two.area.deliver();
  assert.deepEqual([bodies(two), states(two), sends(two)], [[], [], []]);
});

test("what was stored in a database that was put back goes again, with its key", async () => {
  const tab = await stored();
  tab.session.visitor.send("two");
  // Beyond a gap, so that the conversation hasn't brought it yet.
  tab.socket.hear(answer(sends(tab).at(-1), 3));
  assert.deepEqual(states(tab), ["stored"]);
  tab.socket.lose();
  tab.pass(600);
  await join(tab, { epoch: "f".repeat(32), head: { seq: 1, id: event(1).id }, recovered: false });
  assert.deepEqual(sends(tab).slice(-2).map(({ key, body }) => [key, body]), [
    [sends(tab)[1].key, "two"], [sends(tab)[1].key, "two"],
  ]);
  assert.deepEqual(states(tab), ["queued"]);
});

test("an answer about what was stored long ago doesn't keep a page from the newest", async () => {
  const tab = await writing();
  tab.socket.lose();
  tab.pass(600);
  await join(tab, { head: { seq: 900, id: event(900).id } });
  tab.socket.hear({ ...answer(sends(tab).at(-1), 3), duplicate: true });
  tab.socket.hear({ type: "events", events: [event(899), event(900)] });
  assert.deepEqual([bodies(tab), states(tab)], [["message 899", "message 900"], []]);
  assert.equal(tab.session.conversation.transcript.missing, null);
});

test("what the device kept of a database that was put back isn't shown again", async () => {
  const tab = await stored();
  tab.pass(1_000);
  tab.socket.lose();
  tab.pass(600);
  await join(tab, { epoch: "f".repeat(32), recovered: false });
  tab.pass(1_000);
  const again = openTab({ area: tab.area, clock: tab.clock });
  again.session.start();
  assert.deepEqual(bodies(again), []);
});

test("a tab whose turn to send is over waits for nothing of what the server wished of it", async () => {
  const [one, two] = await pair();
  one.area.room = 400;
  // Without room for its draft it sends by itself, for as long as that is so.
  two.storage.set("draft", "x".repeat(1_000));
  one.session.visitor.send("more");
  const { key } = sends(two).at(-1);
  two.socket.hear({ type: "refused", key, code: "storage_full", retry: true, retry_after_ms: 2_000 });
  two.storage.remove("draft");
  two.pass(5_000);
  assert.deepEqual(states(two), ["queued"]);
});

/** Both tabs edit the stored message at once: neither knows of the other's edit. */
async function editedAtOnce() {
  const [one, two] = await pair();
  const [{ key: target }] = sends(one);
  one.area.hold();
  one.session.visitor.edit(target, "from one");
  two.session.visitor.edit(target, "from two");
  one.area.deliver();
  const [first] = sends(one).slice(-1);
  const edit = (seq, { key, revision, body }) => event(seq, {
    kind: "edit", from: "visitor", key, target: { seq: 1, id: event(1).id }, revision, body,
  });
  const tell = (...events) => {
    for (const tab of [one, two]) tab.socket.hear({ type: "events", events });
  };
  return { one, two, first, edit, tell };
}

for (const isLate of [false, true]) {
  const when = isLate ? "after the answer" : "before the answer";
  test(`two tabs edit a message at once: the later text stands (the other comes ${when})`, async () => {
    const { one, two, first, edit, tell } = await editedAtOnce();
    one.socket.hear({ ...answer(first, 2), revision: 1 });
    const [second] = sends(one).slice(-1);
    assert.deepEqual([first.body, second.body, second.revision], ["from one", "from two", 1]);
    const outrun = { ...answer(second, 2), revision: 1, duplicate: true };
    if (isLate) one.socket.hear(outrun);
    tell(edit(2, first));
    if (!isLate) one.socket.hear(outrun);
    const [again] = sends(one).slice(-1);
    assert.deepEqual([again.key, again.body, again.revision], [second.key, "from two", 2]);
    one.socket.hear({ ...answer(again, 3), revision: 2 });
    tell(edit(3, again));
    for (const tab of [one, two]) assert.deepEqual([bodies(tab)[0], states(tab)], ["from two", []]);
    assert.ok(!kept(one.area).some((name) => name.startsWith("outbox")));
  });
}

test("an edit that another tab outran is still on the device until it is known to stand", async () => {
  const { one, first } = await editedAtOnce();
  one.socket.hear({ ...answer(first, 2), revision: 1 });
  one.socket.hear({ ...answer(sends(one).at(-1), 2), revision: 1, duplicate: true });
  const again = openTab({ area: one.area, locks: new Locks(), clock: one.clock });
  again.session.start();
  assert.deepEqual(again.session.outbox.entries.map(({ body }) => body), ["from two"]);
});

test("an edit whose answer was lost is known by its key, and made once", async () => {
  const tab = await stored();
  tab.session.visitor.edit(sends(tab)[0].key, "Hello!");
  tab.socket.lose();
  tab.pass(600);
  await join(tab, { head: { seq: 2, id: event(2).id }, recovered: true });
  const [edit] = sends(tab).slice(-1);
  tab.socket.hear({ ...answer(edit, 2), revision: 1, duplicate: true });
  tab.socket.hear({ type: "events", events: [event(2, {
    kind: "edit", from: "visitor", key: edit.key, target: { seq: 1, id: event(1).id }, revision: 1, body: "Hello!",
  })] });
  assert.deepEqual([sends(tab).length, bodies(tab)[0], states(tab)], [3, "Hello!", []]);
  assert.ok(!kept(tab.area).some((name) => name.startsWith("outbox")));
});

test("an edit of a message that isn’t here is known to be outrun by what took its place", async () => {
  const tab = await stored();
  const [{ key: target }] = sends(tab);
  tab.socket.lose();
  tab.pass(600);
  await join(tab, { head: { seq: 9, id: event(9).id }, recovered: false });
  tab.socket.hear({ type: "events", events: [event(9, {
    kind: "edit", from: "visitor", key: "another", target: { seq: 1, id: event(1).id }, revision: 1, body: "theirs",
  })] });
  tab.session.visitor.edit(target, "mine");
  const [edit] = sends(tab).slice(-1);
  tab.socket.hear({ ...answer(edit, 9), revision: 1, duplicate: true });
  const [again] = sends(tab).slice(-1);
  assert.deepEqual([again.key, again.body, again.revision], [edit.key, "mine", 2]);
});
