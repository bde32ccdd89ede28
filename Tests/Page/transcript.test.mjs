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
