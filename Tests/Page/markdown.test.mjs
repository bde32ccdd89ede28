import assert from "node:assert/strict";
import { test } from "node:test";
import { blocks } from "../../static/js/markdown.js";

/** The tree as a line: tag(children), text as it is. */
const line = (node) =>
  typeof node === "string" ? node : `${node.tag}(${node.href && node.children[0] !== node.href ? `${node.href}|` : ""}${node.children.map(line).join("")})`;
const shown = (text) => blocks(text).map(line).join("¶");
const plain = (node) => (typeof node === "string" ? node : node.children.map(plain).join(""));

for (const [text, expected] of [
  ["just text", "p(just text)"],
  ["two\nlines", "p(two\nlines)"],
  ["**bold** and *italic* and _italic_", "p(strong(bold) and em(italic) and em(italic))"],
  ["***both***", "p(strong(em(both)))"],
  ["__under__ ~~struck~~", "p(u(under) s(struck))"],
  ["**a *b* c**", "p(strong(a em(b) c))"],
  ["||secret||", "p(spoiler(secret))"],
  ["`code **not bold**`", "p(code(code **not bold**))"],
  ["```js\nlet a = \"**\";\n```after", "pre(let a = \"**\";)¶p(after)"],
  ["> quoted\n> more\nnot", "blockquote(quoted\nmore)¶p(not)"],
  ["- one\n* two", "point(one)¶point(two)"],
  ["# Title\n-# small", "heading(Title)¶small(small)"],
  ["2 * 3 * 4 and snake_case_name", "p(2 * 3 * 4 and snake_case_name)"],
  ["no a_b_ c", "p(no a_b_ c)"],
  ["\\*not\\* italic", "p(*not* italic)"],
  ["unclosed **bold", "p(unclosed **bold)"],
  ["https://example.org/a_b_c", "p(a(https://example.org/a_b_c))"],
  ["<https://example.org/>", "p(a(https://example.org/))"],
  ["[named](https://example.org/)", "p(a(https://example.org/|named))"],
  ["[named](javascript:alert(1))", "p([named](javascript:alert(1)))"],
  ["<b>html</b> <script>", "p(<b>html</b> <script>)"],
  ["<t:1700000000:R>", "p(time())"],
]) {
  test(`${JSON.stringify(text)} is shown as Discord shows it`, () => {
    assert.equal(shown(text), expected);
  });
}

test("a moment is a moment", () => {
  assert.equal(blocks("<t:1700000000>")[0].children[0].at, 1_700_000_000_000);
});

test("a link that hides who it belongs to is no link", () => {
  assert.ok(!shown("[x](https://a@evil.example/)").includes("|x"));
});

test("no text is lost, whatever marks are in it", () => {
  for (const text of ["*", "**", "***", "____", "||||", "~~~~", "`", "``", "<", "[", "[]()", "<t:>", "\\", "> ", "# "]) {
    assert.ok(plain({ children: blocks(`a ${text} b`) }).includes("a "), text);
    assert.ok(plain({ children: blocks(`a ${text} b`) }).includes(" b"), text);
  }
});

for (const mark of ["*a ", "**a", "[", "<t:", "`", "||a ", "_a", "> ", "***"]) {
  test(`a long text of ${JSON.stringify(mark)} costs no time`, () => {
    const started = performance.now();
    blocks(mark.repeat(8_000 / mark.length));
    assert.ok(performance.now() - started < 1_500);
  });
}
