import assert from "node:assert/strict";
import { test } from "node:test";
import { pieces } from "../../static/js/links.js";
import { LIMITS, cleaned, room } from "../../static/js/text.js";

for (const [typed, expected] of [
  ["Hello", "Hello"],
  ["a\r\nb\rc", "a\nb\nc"],
  ["\n \n  indented\n\n", "  indented"],
  ["tab\there", "tab\there"],
  ["a\u0000b\u0007c\u007f", "abc"],
  ["half \ud83d a pair", "half \ufffd a pair"],
  ["a whole \u{1f600}", "a whole \u{1f600}"],
  [" \n\t ", ""],
]) {
  test(`${JSON.stringify(typed)} is sent as ${JSON.stringify(expected)}`, () => {
    assert.equal(cleaned(typed), expected);
  });
}

for (const [name, text, left] of [
  ["nothing", "", LIMITS.scalars],
  ["as many scalars as may be", "x".repeat(4000), 0],
  ["one too many", "x".repeat(4001), -1],
  ["emoji count once", "\u{1f600}".repeat(4000), 0],
]) {
  test(`room for more: ${name}`, () => assert.equal(room(text), left));
}

test("the bytes are limited too", () => {
  const limits = { scalars: 4000, bytes: 8 };
  assert.equal(room("ééé", limits), 2);
  assert.equal(room("éééé", limits), 0);
  assert.ok(room("ééééé", limits) < 0);
});

test("the longest message fits into a frame, whatever it is made of", () => {
  for (const one of ["\"", "\\", "\n", "\u{1f600}"]) {
    const frame = JSON.stringify({ type: "send", key: "k".repeat(64), body: one.repeat(4000) });
    assert.ok(Buffer.byteLength(frame) <= 32_768);
  }
});

const links = (text) => pieces(text).filter((piece) => piece.href).map((piece) => piece.text);

for (const [text, expected] of [
  ["see https://example.org/a?b=c#d.", ["https://example.org/a?b=c#d"]],
  ["(https://example.org/a_(b))", ["https://example.org/a_(b)"]],
  ["HTTP://EXAMPLE.ORG, and http://b.example!", ["HTTP://EXAMPLE.ORG", "http://b.example"]],
  ["javascript:alert(1) data:text/html,x file:///etc/passwd", []],
  ["https://", []],
  ["https://bank.example@evil.example/", []],
  ["https://example.org/\u202egpj.exe", []],
  ["<a href=\"https://example.org\">", ["https://example.org"]],
  ["xhttps://example.org", []],
]) {
  test(`the links in ${JSON.stringify(text)}`, () => assert.deepEqual(links(text), expected));
}

test("the pieces are the text, whatever is in it", () => {
  for (const text of ["", "a", "https://a.example", "x https://a.example) y https://b.example.",
    `http://a.example/${")".repeat(60_000)}`]) {
    assert.equal(pieces(text).map((piece) => piece.text).join(""), text);
  }
});
