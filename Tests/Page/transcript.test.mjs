import assert from "node:assert/strict";
import { test } from "node:test";
import { validEvents } from "../../static/js/events.js";
import { Transcript } from "../../static/js/transcript.js";
import { EPOCH, event } from "./fakes.mjs";

const seqs = (transcript) => transcript.events.map((one) => one.seq);
const events = (...numbers) => numbers.map((seq) => event(seq));

function known(...numbers) {
  const transcript = new Transcript();
  transcript.epoch = EPOCH;
  transcript.receive(events(...numbers));
  return transcript;
}

for (const [name, batches, expected] of [
  ["in order", [[1, 2, 3]], [1, 2, 3]],
  ["in any order", [[3, 1, 2]], [1, 2, 3]],
  ["twice", [[1, 2], [1, 2, 3], [3]], [1, 2, 3]],
  ["with a gap that stays open", [[1, 2], [5]], [1, 2]],
  ["with a gap that closes", [[1, 2], [5], [4, 3]], [1, 2, 3, 4, 5]],
  ["older ones after newer", [[11, 12], [9, 10]], [9, 10, 11, 12]],
  ["older ones that don't reach up to what is there", [[11, 12], [7, 8]], [11, 12]],
  ["the newest page after a live one", [[5], [3, 4, 5]], [3, 4, 5]],
]) {
  test(`events ${name} are shown once, in order, without holes`, () => {
    const transcript = new Transcript();
    for (const batch of batches) transcript.receive(events(...batch));
    assert.deepEqual(seqs(transcript), expected);
  });
}

test("every order of arrival ends the same", () => {
  for (const order of permutations([1, 2, 3, 4])) {
    const transcript = known(1);
    for (const seq of order) transcript.receive(events(seq));
    assert.deepEqual(seqs(transcript), [1, 2, 3, 4]);
  }
});

function permutations(values) {
  if (values.length < 2) return [values];
  return values.flatMap((value) =>
    permutations(values.filter((other) => other !== value)).map((rest) => [value, ...rest]));
}

test("it goes on from the last event of the unbroken run", () => {
  const transcript = known(1, 2, 4);
  assert.deepEqual(transcript.token, { epoch: EPOCH, seq: 2, id: event(2).id });
  assert.equal(new Transcript().token, null);
});

test("it knows what is missing", () => {
  assert.equal(known(1, 2).missing, null);
  assert.deepEqual(known(1, 2, 4).missing, { after: 2 });
  const behind = known(1, 2);
  behind.welcomed({ epoch: EPOCH, head: 3, recovered: true });
  assert.deepEqual(behind.missing, { after: 2 });
  const empty = new Transcript();
  empty.welcomed({ epoch: EPOCH, head: 3, recovered: false });
  assert.deepEqual(empty.missing, { before: 4 });
});

test("a recovered conversation goes on, any other begins anew", () => {
  for (const [epoch, recovered, expected] of [
    [EPOCH, true, [1, 2]], [EPOCH, false, []], ["f".repeat(32), true, []],
  ]) {
    const transcript = known(1, 2);
    transcript.welcomed({ epoch, head: 2, recovered });
    assert.deepEqual(seqs(transcript), expected);
    assert.equal(transcript.epoch, epoch);
  }
});

test("the first event says whether there are older ones", () => {
  assert.equal(known(1).hasOlder, false);
  assert.equal(known(2).hasOlder, true);
  assert.equal(new Transcript().hasOlder, false);
});

test("it knows the visitor's own messages by their keys, not those beyond a gap", () => {
  const transcript = known(1);
  transcript.receive([event(2, { key: "a" }), event(4, { key: "b" })]);
  assert.equal(transcript.hasKey("a"), true);
  assert.equal(transcript.hasKey("b"), false);
});

for (const wrong of [null, 1, "x", {}, { ...event(1), seq: 0 }, { ...event(1), seq: "1" },
  { ...event(1), seq: 1.5 }, { ...event(1), id: 7 }]) {
  test(`what isn't an event is not read as one: ${JSON.stringify(wrong)}`, () => {
    assert.deepEqual(validEvents([wrong]), []);
  });
}

test("an event with parts of the wrong kind is still counted", () => {
  const [read] = validEvents([{ ...event(1), body: 7, author: null, from: "x", at: "now" }]);
  assert.deepEqual(
    [read.seq, read.body, read.author, read.from, read.at],
    [1, "", { id: "", name: "" }, "team", 0]);
});

const changing = (seq, kind, target, changes = {}) =>
  event(seq, { kind, target: { seq: target, id: event(target).id }, body: "", ...changes });
const edit = (seq, target, revision) => changing(seq, "edit", target, { revision, body: `edit ${revision}` });
const deletion = (seq, target) => changing(seq, "deletion", target);
const state = ({ body, revision, deleted = false, changed = 0 }) => ({ body, revision, deleted, changed });

/** How events can reach the page: one by one in every order of batches, with a page of older ones. */
function everyWay(all) {
  return permutations(all).map((order) => {
    const transcript = new Transcript();
    transcript.epoch = EPOCH;
    // The newest arrives first, so that older ones come as pages do.
    transcript.receive([all.at(-1)]);
    for (const one of order) transcript.receive([one]);
    for (let seq = all.at(-1).seq - 1; seq >= 1; seq -= 1) transcript.receive([all[seq - 1]]);
    return transcript;
  });
}

for (const [name, all, expected] of [
  ["two edits, the higher revision last", [event(1), edit(2, 1, 1), edit(3, 1, 2)],
    { body: "edit 2", revision: 2, deleted: false, changed: 3 }],
  ["two edits, the higher revision first", [event(1), edit(2, 1, 7), edit(3, 1, 2)],
    { body: "edit 7", revision: 7, deleted: false, changed: 3 }],
  ["an edit and a deletion", [event(1), edit(2, 1, 1), deletion(3, 1)],
    { body: "", revision: 0, deleted: true, changed: 3 }],
  ["a deletion and then an edit", [event(1), deletion(2, 1), edit(3, 1, 9)],
    { body: "", revision: 0, deleted: true, changed: 3 }],
  ["another message's edit", [event(1), event(2), edit(3, 2, 1)],
    { body: "message 1", revision: 0, deleted: false, changed: 0 }],
]) {
  test(`${name}: every order of arrival ends the same`, () => {
    for (const transcript of everyWay(all)) {
      const { revision: _, ...shown } = state(transcript.events[0]);
      const { revision: __, ...wanted } = expected;
      assert.deepEqual(shown, wanted);
      assert.deepEqual(seqs(transcript), all.map(({ seq }) => seq));
    }
  });
}

test("an edit that is older than what a page shows changes nothing", () => {
  const transcript = new Transcript();
  transcript.receive([edit(5, 1, 2)]);
  transcript.receive([event(1, { body: "third", revision: 3 }), ...events(2, 3, 4)]);
  assert.deepEqual([transcript.events[0].body, transcript.events[0].revision], ["third", 3]);
});

test("a deletion takes the text out of the edits too, and so out of the copy on the device", () => {
  const transcript = new Transcript();
  transcript.receive([event(1), edit(2, 1, 1), deletion(3, 1)]);
  assert.deepEqual(transcript.events.map(({ body }) => body), ["", "", ""]);
});

test("a deleted message stays deleted when it is read back from the device", () => {
  const transcript = new Transcript();
  transcript.receive([event(1), event(2), edit(3, 2, 1), deletion(4, 1)]);
  const again = new Transcript();
  again.receive(validEvents(JSON.parse(JSON.stringify(transcript.events))));
  assert.deepEqual(again.events.map(state), transcript.events.map(state));
});

test("what is queued again belongs to its message, also if it was an edit", () => {
  const transcript = new Transcript();
  transcript.receive([event(1), edit(2, 1, 1), changing(3, "requeue", 2)]);
  assert.deepEqual(state(transcript.events[0]), { body: "edit 1", revision: 1, deleted: false, changed: 3 });
});

test("that a message was queued again is known, also when it is read back from the device", () => {
  const transcript = new Transcript();
  transcript.receive([event(1), event(2), edit(3, 1, 1), changing(4, "requeue", 2)]);
  const again = new Transcript();
  again.receive(validEvents(JSON.parse(JSON.stringify(transcript.events))));
  for (const { events } of [transcript, again]) {
    assert.deepEqual(events.slice(0, 2).map(({ requeued }) => requeued === true), [false, true]);
  }
});

test("it knows the visitor's own messages as they are now", () => {
  const transcript = new Transcript();
  transcript.receive([event(1, { key: "a" }), edit(2, 1, 4)]);
  assert.equal(transcript.byKey("a").revision, 4);
  assert.equal(transcript.byKey("b"), undefined);
});

for (const [kinds, isClosed] of [
  [[], null], [["edit"], null], [["message"], false], [["message", "close"], true],
  [["close", "reopen"], false], [["close", "message"], false], [["close", "edit"], true],
  [["reopen", "close", "wink"], true],
]) {
  test(`${kinds.join(", ") || "nothing"}: closed is ${isClosed}`, () => {
    const transcript = new Transcript();
    transcript.receive(kinds.map((kind, index) => event(index + 1, { kind })));
    assert.equal(transcript.isClosed, isClosed);
  });
}

for (const [name, avatar, kept] of [
  ["one of ours", "/avatar/9f86d081884c7d65", true],
  ["another origin's", "https://cdn.example/a.png", false],
  ["another origin's without a scheme", "//cdn.example/avatar/a", false],
  ["another path", "/avatar/../ws", false],
  ["a script", "javascript:alert(1)", false],
  ["none", undefined, false],
]) {
  test(`a picture comes from our own server only: ${name}`, () => {
    const [read] = validEvents([event(1, { author: { id: "a", name: "Anna", avatar } })]);
    assert.equal(read.author.avatar !== undefined, kept);
  });
}

test("a time that no calendar has is none", () => {
  for (const at of [1e300, -1e300, NaN, "now"]) assert.equal(validEvents([event(1, { at })])[0].at, 0);
});
