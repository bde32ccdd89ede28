import assert from "node:assert/strict";
import { test } from "node:test";
import { Draft } from "../../static/js/draft.js";
import { PageStorage } from "../../static/js/storage.js";
import { Area } from "./fakes.mjs";

/** A tab, and what it keeps over a reload. */
function tab(shared, own = new Area()) {
  const storages = [own, shared].map((area) => new PageStorage(() => area.tab().storage));
  return { own, draft: new Draft(...storages), reloaded: () => tab(shared, own) };
}

test("a draft outlives a reload, and the tab", () => {
  const shared = new Area();
  const one = tab(shared);
  one.draft.text = "half a thought";
  assert.equal(one.reloaded().draft.text, "half a thought");
  assert.equal(tab(shared).draft.text, "half a thought");
});

test("what is sent is no draft any more, here or in the next tab", () => {
  const shared = new Area();
  const one = tab(shared);
  one.draft.text = "sent";
  one.draft.text = "";
  assert.deepEqual([one.reloaded().draft.text, tab(shared).draft.text], ["", ""]);
  assert.equal(shared.values.size, 0);
});

test("sending or writing in one tab takes nothing out of another one's box", () => {
  const shared = new Area();
  const [one, two] = [tab(shared), tab(shared)];
  one.draft.text = "one's";
  two.draft.text = "two's";
  assert.deepEqual([one, two].map((each) => each.reloaded().draft.text), ["one's", "two's"]);
  two.draft.text = "";
  assert.deepEqual([one, two].map((each) => each.reloaded().draft.text), ["one's", ""]);
  one.draft.leave();
  assert.equal(tab(shared).draft.text, "one's");
});

test("what another tab wrote last is left to the next one", () => {
  const shared = new Area();
  const [one, two] = [tab(shared), tab(shared)];
  one.draft.text = "one's";
  two.draft.text = "two's";
  one.draft.text = "";
  one.draft.leave();
  assert.equal(tab(shared).draft.text, "two's");
});

test("a draft that was taken up from an earlier tab is gone once it is sent", () => {
  const shared = new Area();
  tab(shared).draft.text = "from before";
  const next = tab(shared);
  next.draft.text = "";
  assert.equal(shared.values.size, 0);
});

test("where nothing can be kept a draft lives as long as the page", () => {
  const [own, shared] = [new Area(), new Area()];
  own.refuses = shared.refuses = true;
  const one = tab(shared, own);
  one.draft.text = "text";
  one.draft.leave();
  assert.equal(one.draft.text, "text");
});
