import assert from "node:assert/strict";
import { test } from "node:test";
import { validEntry } from "../../static/js/entry.js";
import { ANSWER_MS, Outbox } from "../../static/js/outbox.js";

const entry = (key, state = "queued", changes = {}) =>
  ({ key, kind: "send", body: `body of ${key}`, at: 1, state, ...changes });

function filled(...entries) {
  const outbox = new Outbox();
  for (const one of entries) outbox.put(one);
  return outbox;
}

const later = { code: "storage_full", retry: true, retryAfter: 2000 };
const never = { code: "field_invalid", retry: false, retryAfter: 0 };

test("messages go in the order of their keys, one at a time", () => {
  const outbox = filled(entry("b"), entry("a"));
  assert.equal(outbox.next(0).entry?.key, "a");
  assert.equal(outbox.next(0).entry, null);
  outbox.sent("a");
  assert.equal(outbox.next(0).entry?.key, "b");
});

test("nothing overtakes a message that is to be tried again", () => {
  const outbox = filled(entry("a"), entry("b"));
  outbox.next(0);
  assert.equal(outbox.refused("a", later, 100), null);
  assert.equal(outbox.next(2099).entry, null);
  assert.equal(outbox.deadline, 2100);
  assert.equal(outbox.next(2100).entry?.key, "a");
});

test("a message that is refused for good steps aside", () => {
  const outbox = filled(entry("a"), entry("b"));
  outbox.next(0);
  assert.equal(outbox.refused("a", never, 0).state, "refused");
  assert.equal(outbox.get("a").code, "field_invalid");
  assert.equal(outbox.next(0).entry?.key, "b");
});

test("a lost connection puts what was on its way first again", () => {
  const outbox = filled(entry("a"), entry("b"));
  outbox.next(0);
  outbox.disconnected();
  assert.equal(outbox.next(0).entry?.key, "a");
});

test("a lost connection ends a wait that the server asked for", () => {
  const outbox = filled(entry("a"));
  outbox.next(0);
  outbox.refused("a", later, 0);
  outbox.disconnected();
  assert.equal(outbox.next(1).entry?.key, "a");
});

test("an overdue answer shows a broken connection", () => {
  const outbox = filled(entry("a"));
  outbox.next(1000);
  assert.equal(outbox.deadline, 1000 + ANSWER_MS);
  assert.equal(outbox.stalled(1000 + ANSWER_MS - 1), false);
  assert.equal(outbox.stalled(1000 + ANSWER_MS), true);
});

test("a visitor's retry goes out under the same key", () => {
  const outbox = filled(entry("a", "refused"), entry("b"));
  assert.equal(outbox.retry("a").state, "queued");
  assert.equal(outbox.get("a").code, undefined);
  assert.equal(outbox.next(0).entry?.key, "a");
});

// Every state of an entry and everything that can happen to it.
const after = {
  queued: { sent: "stored", retryLater: "queued", refusedForGood: "refused", retry: "queued" },
  refused: { sent: "stored", retryLater: "refused", refusedForGood: "refused", retry: "queued" },
  stored: { sent: "stored", retryLater: "stored", refusedForGood: "refused", retry: "stored" },
};
const happenings = {
  sent: (outbox) => outbox.sent("a"),
  retryLater: (outbox) => outbox.refused("a", later, 0),
  refusedForGood: (outbox) => outbox.refused("a", never, 0),
  retry: (outbox) => outbox.retry("a"),
};
// An answer for good about something stored can't come: the same key has one answer.
delete after.stored.refusedForGood;

for (const [state, outcomes] of Object.entries(after)) {
  for (const [happening, outcome] of Object.entries(outcomes)) {
    test(`${state}, then ${happening}: ${outcome}`, () => {
      const outbox = filled(entry("a", state));
      happenings[happening](outbox);
      assert.equal(outbox.get("a").state, outcome);
      assert.equal(outbox.get("a").body, "body of a");
    });
  }
}

for (const [happening, act] of Object.entries(happenings)) {
  test(`${happening} about a message that isn't here changes nothing`, () => {
    const outbox = new Outbox();
    act(outbox);
    assert.deepEqual(outbox.entries, []);
  });
}

test("an answer about another message leaves what is on its way", () => {
  const outbox = filled(entry("a"), entry("b"));
  outbox.next(0);
  outbox.sent("z");
  assert.equal(outbox.next(0).entry, null);
});

test("deleting what is on its way lets the next go", () => {
  const outbox = filled(entry("a"), entry("b"));
  outbox.next(0);
  outbox.remove("a");
  assert.equal(outbox.next(0).entry?.key, "b");
});

for (const wrong of [
  null, 7, "x", {}, { ...entry("a"), key: "ä" }, { ...entry("a"), key: "x".repeat(65) },
  { ...entry("a"), body: 7 }, { ...entry("a"), body: "" }, { ...entry("a"), at: "now" },
  { ...entry("a"), state: "lost" },
]) {
  test(`what isn't an entry is not read as one: ${JSON.stringify(wrong)}`, () => {
    assert.equal(validEntry(wrong), null);
  });
}

test("an entry is read back as it was kept", () => {
  const kept = { ...entry("a", "refused"), code: "field_invalid" };
  assert.deepEqual(validEntry(JSON.parse(JSON.stringify(kept))), kept);
});

const edit = (key, target, body, changes = {}) =>
  ({ key, kind: "edit", target, revision: 1, body, at: 1, state: "queued", ...changes });
const deletion = (key, target, changes = {}) =>
  ({ key, kind: "delete", target, body: "", at: 1, state: "queued", ...changes });

test("what is said is marked as tried", () => {
  const outbox = filled(entry("a"));
  assert.equal(outbox.next(0).entry.tried, true);
  assert.equal(outbox.get("a").tried, true);
});

test("a message that was edited before it was tried goes out as edited, once", () => {
  const outbox = filled(entry("a"), edit("b", "a", "better"), edit("c", "a", "best"), entry("d"));
  const { entry: said, dropped } = outbox.next(0);
  assert.deepEqual([said.kind, said.key, said.body], ["send", "a", "best"]);
  assert.deepEqual(dropped, ["b", "c"]);
  outbox.sent("a", 1);
  assert.equal(outbox.next(0).entry.key, "d");
});

test("a message that was deleted before it was tried never goes out", () => {
  const outbox = filled(entry("a"), edit("b", "a", "better"), deletion("c", "a"), entry("d"));
  const { entry: said, dropped } = outbox.next(0);
  assert.equal(said.key, "d");
  assert.deepEqual(dropped, ["b", "c", "a"]);
  assert.deepEqual(outbox.entries.map(({ key }) => key), ["d"]);
});

for (const [name, change] of [["edited", edit("b", "a", "better")], ["deleted", deletion("b", "a")]]) {
  test(`a message in doubt that is ${name} goes again as it was, and then is ${name}`, () => {
    const outbox = filled(entry("a"));
    outbox.next(0);
    outbox.put(change);
    outbox.disconnected();
    const again = outbox.next(1);
    assert.deepEqual([again.entry.key, again.entry.body, again.dropped], ["a", "body of a", []]);
    outbox.sent("a", 1);
    assert.deepEqual(outbox.next(1).entry.key, "b");
  });
}

test("a change of what was refused waits, and lets others go", () => {
  const outbox = filled(entry("a", "refused"), edit("b", "a", "better"), entry("c"));
  assert.equal(outbox.next(0).entry.key, "c");
  outbox.sent("c", 1);
  outbox.retry("a");
  assert.equal(outbox.next(0).entry.key, "a");
});

test("a change of a message that the conversation has goes out by itself", () => {
  const outbox = filled(edit("b", "stored long ago", "better"));
  assert.equal(outbox.next(0).entry.key, "b");
  assert.deepEqual(outbox.sent("b", 9), { ...edit("b", "stored long ago", "better"), tried: true, state: "stored", place: 9 });
});

test("the changes of a message are those that weren't refused", () => {
  const outbox = filled(edit("b", "a", "x"), edit("c", "a", "y", { state: "refused" }), edit("d", "e", "z"));
  assert.deepEqual(outbox.changesOf("a").map(({ key }) => key), ["b"]);
});

for (const wrong of [
  { ...edit("b", "a", ""), body: "" }, { ...edit("b", "a", "x"), target: undefined },
  { ...edit("b", "a", "x"), target: "ä" }, { ...edit("b", "a", "x"), revision: 0 },
  { ...edit("b", "a", "x"), revision: 1.5 }, { ...deletion("b", "a"), target: 7 },
  { ...entry("a"), kind: "requeue" }, { ...entry("a"), kind: "requeue", seq: -1 },
  { ...entry("a"), kind: "toString" }, { ...entry("a"), kind: 7 },
]) {
  test(`what isn't a change is not read as one: ${JSON.stringify(wrong)}`, () => {
    assert.equal(validEntry(wrong), null);
  });
}

for (const kept of [
  edit("b", "a", "x", { tried: true }), deletion("b", "a"),
  { key: "r", kind: "requeue", seq: 3, body: "", at: 1, state: "queued" },
  { ...entry("a"), reply_to: "e" },
]) {
  test(`a ${kept.kind} is read back as it was kept`, () => {
    assert.deepEqual(validEntry(JSON.parse(JSON.stringify(kept))), kept);
  });
}

test("an entry of an earlier page, which had messages only, is read as one", () => {
  assert.equal(validEntry({ key: "a", body: "x", at: 1, state: "queued" }).kind, "send");
});

test("a refusal of something else holds nothing up", () => {
  const outbox = filled(entry("a"), entry("b"));
  outbox.next(0);
  outbox.refused("z", later, 0);
  outbox.sent("a", 1);
  assert.equal(outbox.next(0).entry.key, "b");
});
