import { address, pieces } from "./links.js";

const DEPTH_MAX = 8;

/** Marks around a run of text, the longer ones first.
 * @type {[string, Span["tag"]][]} */
const MARKS = [
  ["***", "strong"], ["**", "strong"], ["__", "u"], ["~~", "s"], ["||", "spoiler"], ["*", "em"], ["_", "em"],
];

/** Discord’s Markdown as a tree that a page can show without ever reading HTML.
 * @param {string} text @returns {Block[]} */
export function blocks(text) {
  /** @type {Block[]} */
  const found = [];
  const fence = /```(?:[\w+-]*\n)?([^]*?)```\n?/g;
  let end = 0;
  for (const match of text.matchAll(fence)) {
    if (match[1].trim() === "") continue;
    lines(text.slice(end, match.index), found);
    found.push({ tag: "pre", children: [match[1].replace(/\n$/, "")] });
    end = (match.index ?? 0) + match[0].length;
  }
  lines(text.slice(end), found);
  return found;
}

/** @param {string} text @param {Block[]} found */
function lines(text, found) {
  if (text === "") return;
  for (const line of text.replace(/\n$/, "").split("\n")) {
    const { tag, rest } = opened(line);
    const last = found.at(-1);
    // Lines of one kind are one block, but each point of a list is its own.
    if (last?.tag === tag && (tag === "p" || tag === "blockquote")) {
      last.children.push("\n", ...spans(rest));
    } else found.push({ tag, children: spans(rest) });
  }
}

/** @param {string} line @returns {{tag: Block["tag"], rest: string}} */
function opened(line) {
  const quote = /^> (.*)$/.exec(line);
  if (quote) return { tag: "blockquote", rest: quote[1] };
  const heading = /^(?:#{1,3}|-#) (\S.*)$/.exec(line);
  if (heading) return { tag: line.startsWith("-#") ? "small" : "heading", rest: heading[1] };
  const point = /^\s*[-*] (\S.*)$/.exec(line);
  if (point) return { tag: "point", rest: point[1] };
  return { tag: "p", rest: line };
}

/** @param {string} text @param {number} [depth] @returns {(string | Span)[]} */
function spans(text, depth = 0) {
  /** @type {(string | Span)[]} */
  const found = [];
  /** @type {Set<string>} marks that nothing closes any more */
  const open = new Set();
  let plain = "";
  const flush = () => {
    for (const piece of pieces(plain)) {
      found.push(piece.href === null ? piece.text : { tag: "a", href: piece.href, children: [piece.text] });
    }
    plain = "";
  };
  for (let at = 0; at < text.length; ) {
    const [span, length] = depth < DEPTH_MAX ? spanAt(text, at, depth, open) : [null, 0];
    if (span !== null) {
      flush();
      found.push(span);
      at += length;
    } else if (text[at] === "\\" && /[\\`*_~|[\]()<>#-]/.test(text[at + 1] ?? "")) {
      plain += text[at + 1];
      at += 2;
    } else {
      // An address is one piece, whatever marks are in it.
      const whole = /^https?:\/\/[^\s<>"`]+/i.exec(text.slice(at, at + 2048))?.[0] ?? text[at];
      plain += whole;
      at += whole.length;
    }
  }
  flush();
  return found;
}

/** What begins at a place, and how long it is.
 * @param {string} text @param {number} at @param {number} depth @param {Set<string>} open
 * @returns {[Span | null, number]} */
function spanAt(text, at, depth, open) {
  if (text[at] === "`") {
    const code = /^(`{1,2})([^`]+)\1(?!`)/.exec(text.slice(at));
    return code ? [{ tag: "code", children: [code[2]] }, code[0].length] : [null, 0];
  }
  if (text[at] === "<" || text[at] === "[") return bracketed(text.slice(at, at + 4096));
  for (const [mark, tag] of MARKS) {
    if (open.has(mark) || !text.startsWith(mark, at) || !opens(text, at, mark)) continue;
    const close = closing(text, at + mark.length, mark);
    if (close < 0) {
      open.add(mark);
      continue;
    }
    const children = spans(text.slice(at + mark.length, close), depth + 1);
    const inner = mark === "***" ? [{ tag: /** @type {const} */ ("em"), children }] : children;
    return [{ tag, children: inner }, close + mark.length - at];
  }
  return [null, 0];
}

/** @param {string} text @param {number} at @param {string} mark */
function opens(text, at, mark) {
  const next = text[at + mark.length] ?? " ";
  // snake_case is no emphasis.
  if (mark === "_" && /\w/.test(text[at - 1] ?? "")) return false;
  return !/\s/.test(next) && next !== mark[0];
}

/** @param {string} text @param {number} from @param {string} mark */
function closing(text, from, mark) {
  for (let at = text.indexOf(mark, from); at >= 0; at = text.indexOf(mark, at + 1)) {
    if (at === from || (text[at - 1] === "\\" && text[at - 2] !== "\\")) continue;
    if (/\s/.test(text[at - 1]) && mark !== "||") continue;
    if (mark.length === 1 && text[at + 1] === mark) {
      at += 1;
      continue;
    }
    if (mark === "_" && /\w/.test(text[at + 1] ?? "")) continue;
    return at;
  }
  return -1;
}

/** @param {string} text @returns {[Span | null, number]} */
function bracketed(text) {
  const moment = /^<t:(-?\d{1,13})(?::[tTdDfFR])?>/.exec(text);
  if (moment) return [{ tag: "time", at: Number(moment[1]) * 1000, children: [] }, moment[0].length];
  const bare = /^<(https?:\/\/[^\s<>]+)>/i.exec(text);
  const named = bare ?? /^\[([^[\]\n]+)\]\(<?(https?:\/\/[^\s<>()]+)>?\)/i.exec(text);
  if (named === null) return [null, 0];
  const href = address(bare ? named[1] : named[2]);
  if (href === null) return [null, 0];
  return [{ tag: "a", href, title: bare ? "" : href, children: [named[1]] }, named[0].length];
}
