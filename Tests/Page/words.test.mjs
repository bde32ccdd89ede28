import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { test } from "node:test";
import { words as english } from "../../static/js/words/en.js";
import { LANGUAGES, chosen, counted, filled, words } from "../../static/js/words.js";

const folder = new URL("../../static/js/words/", import.meta.url);
const texts = {};
for (const language of LANGUAGES) ({ words: texts[language] } = await import(new URL(`${language}.js`, folder)));

/** The path of every text, with the names that it has to be filled with. */
function shape(value, path = "") {
  if (typeof value === "string") return [`${path} ${[...value.matchAll(/\{\w+\}/g)].sort().join()}`];
  return Object.entries(value).flatMap(([name, inner]) => shape(inner, `${path}.${name}`));
}
const isCounted = (value) => typeof value === "object" && "other" in value;
const uncounted = (all) => Object.fromEntries(Object.entries(all).filter(([, value]) => !isCounted(value)));

test("each language has a file, and each file is a language", () => {
  assert.deepEqual(readdirSync(folder).sort(), LANGUAGES.map((one) => `${one}.js`).sort());
});

for (const language of LANGUAGES) {
  test(`${language} has every text, filled with the same names`, () => {
    assert.deepEqual(shape(uncounted(texts[language])), shape(uncounted(english)));
  });

  test(`${language} has every form of what is counted`, () => {
    const { pluralCategories } = new Intl.PluralRules(language).resolvedOptions();
    for (const [name, value] of Object.entries(english)) {
      if (!isCounted(value)) continue;
      assert.deepEqual(Object.keys(texts[language][name]).sort(), [...pluralCategories].sort());
    }
  });

  test(`no text of ${language} is empty`, () => {
    assert.ok(shape(texts[language]).length > 50);
    assert.ok(!JSON.stringify(texts[language]).includes('""'));
  });
}

test("every text is used, and every text that is used is there", () => {
  const js = readdirSync(new URL("../../static/js/", import.meta.url)).filter((name) => name.endsWith(".js"));
  const page = ["../../static/index.html", ...js.map((name) => `../../static/js/${name}`)]
    .map((name) => readFileSync(new URL(name, import.meta.url), "utf8")).join("\n");
  const asked = [...page.matchAll(/\bwords\.(?!js\b)(\w+)|data-(?:word|label|hint)="(\w+)"/g)].map((m) => m[1] ?? m[2]);
  for (const name of asked) assert.ok(name in english, `words.${name} is nowhere`);
  // Notices and troubles are looked up by their own names.
  const looked = ["connecting", "reconnecting", "limited", "storage", "gone", "cleared", "fault"];
  const idle = Object.keys(english).filter((name) => !asked.includes(name) && !looked.includes(name));
  assert.deepEqual(idle, []);
});

for (const [wanted, tag] of [
  [["de-AT", "en"], "de-AT"], [["fr-FR", "ar-EG", "en"], "ar-EG"], [["fr", "EN-gb"], "EN-gb"], [["fr"], "en"], [[], "en"],
]) {
  test(`who wants ${wanted.join(", ") || "nothing"} reads ${tag}`, () => assert.equal(chosen(wanted), tag));
}

test("a text is filled with what isn't read as a pattern", () => {
  assert.equal(filled("{name} is typing", { name: "$& {n}" }), "$& {n} is typing");
});

test("what is counted has the number's form", () => {
  assert.equal(counted(words.newMessages, 1), "New message");
  assert.equal(counted(words.newMessages, 1_200), "1,200 new messages");
});
