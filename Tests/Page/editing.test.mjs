import assert from "node:assert/strict";
import { test } from "node:test";
import { Editing } from "../../static/js/editing.js";
import { PageStorage } from "../../static/js/storage.js";
import { Area } from "./fakes.mjs";

/** A tab, and what it keeps over a reload. */
function tab(own = new Area()) {
  const editing = new Editing(new PageStorage(() => own.tab().storage));
  return { own, editing, reloaded: () => tab(own).editing };
}

const edit = { target: "k1", was: "Helo", body: "Helo", revision: 2 };

test("what an edit has come to outlives a reload, and is told to its own visitor only", () => {
  const one = tab();
  one.editing.begin(edit);
  one.editing.typed("Hello", "ann");
  assert.deepEqual(one.reloaded().kept("ann"), { ...edit, body: "Hello", visitor: "ann" });
  assert.equal(one.reloaded().kept("bob"), null);
  assert.equal(one.own.values.size, 0, "it is forgotten with the conversation");
});

test("an edit with nothing in it yet isn't the message as it was", () => {
  const one = tab();
  one.editing.begin(edit);
  one.editing.typed("", "ann");
  assert.equal(one.reloaded().kept("ann").body, "");
});

test("an edit that is saved or given up isn't gone on with", () => {
  const one = tab();
  one.editing.begin(edit);
  one.editing.typed("Hello", "ann");
  one.editing.end();
  assert.deepEqual([one.editing.current, one.reloaded().kept("ann")], [null, null]);
  one.editing.typed("late", "ann");
  assert.equal(one.own.values.size, 0);
});

for (const wrong of ["5", "null", "{", "[]", '{"target":"k1","was":"a","body":7,"revision":1,"visitor":"ann"}',
  '{"target":"k1","was":"a","body":"b","revision":"1","visitor":"ann"}']) {
  test(`what can't be an edit isn't taken for one: ${wrong}`, () => {
    const one = tab();
    one.own.values.set("chatbox.editing", wrong);
    assert.equal(one.editing.kept("ann"), null);
    assert.equal(one.own.values.size, 0);
  });
}
