import assert from "node:assert/strict";
import { test } from "node:test";
import { shownName, withoutPiles } from "../../static/js/foreign.js";
import { cleaned } from "../../static/js/text.js";
import { reloadOnce } from "../../static/js/reload.js";
import { Area } from "./fakes.mjs";

for (const [name, given, shown] of [
  ["as it is", "Anna Schmidt", "Anna Schmidt"],
  ["marks of direction", "\u202ean\u202cna \u2066x\u2069", "anna x"],
  ["controls and tags", "A\u0007n\nna\u{e0041}", "A n na"],
  ["what has no width", "\u200b\u2060\ufeff", ""],
  ["only joiners", "\u200c\u200d", ""],
  ["a joiner that its script needs", "\u0645\u06cc\u200c\u0631\u0648", "\u0645\u06cc\u200c\u0631\u0648"],
  ["too long", "x".repeat(80), "x".repeat(40)],
  ["an emoji counts once", "\u{1f600}".repeat(41), "\u{1f600}".repeat(40)],
]) {
  test(`a name is cleaned: ${name}`, () => assert.equal(shownName(given), shown));
}

test("eight marks on a letter are shown, a pile of them isn't", () => {
  assert.equal(withoutPiles(`a${"\u0301".repeat(8)}b`), `a${"\u0301".repeat(8)}b`);
  assert.equal(withoutPiles(`a${"\u0301".repeat(900)}b`), `a${"\u0301".repeat(8)}b`);
});

for (const nothing of ["\u200b", " \u200b\u2060 ", "\ufeff\u00ad", "\u3164", "\u2800", "\u200d\ufe0f", "\u202e"]) {
  test(`what has no width is nothing to send: ${JSON.stringify(nothing)}`, () => assert.equal(cleaned(nothing), ""));
}

test("what has no width stays in a text that says something", () => {
  assert.equal(cleaned("\u{1f469}\u200d\u{1f4bb}"), "\u{1f469}\u200d\u{1f4bb}");
});

test("the page is loaded anew once for each reason, and never without a note of it", () => {
  const { storage } = new Area().tab();
  const loads = [];
  const reload = (reason, area = () => storage) => reloadOnce(reason, area, () => loads.push(reason));
  for (const reason of ["a", "a", "b c", "a", "b c"]) reload(reason);
  assert.deepEqual(loads, ["a", "b c"]);
  reload("d", () => {
    throw new Error("SecurityError");
  });
  const full = new Area();
  const { storage: none } = full.tab();
  full.refuses = true;
  reload("e", () => none);
  assert.deepEqual(loads, ["a", "b c"]);
});
