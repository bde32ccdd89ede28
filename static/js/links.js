// A link that reorders text could show another address than it opens.
const REORDERING = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u;

/** @param {string} text @returns {Piece[]} */
export function pieces(text) {
  /** @type {Piece[]} */
  const found = [];
  let end = 0;
  for (const match of text.matchAll(/\bhttps?:\/\/[^\s<>"`]+/giu)) {
    const start = match.index ?? 0;
    const shown = withoutTail(match[0]);
    const href = address(shown);
    if (href === null) continue;
    if (start > end) found.push({ text: text.slice(end, start), href: null });
    found.push({ text: shown, href });
    end = start + shown.length;
  }
  if (end < text.length) found.push({ text: text.slice(end), href: null });
  return found;
}

/** @param {string} address */
function withoutTail(address) {
  let end = address.length;
  // A bracket is the address's own if it was opened inside.
  let excess = address.split(")").length - address.split("(").length;
  for (; end > 0; end -= 1) {
    const last = address[end - 1];
    if (last === ")" ? (excess -= 1) < 0 : !".,;:!?'*_~|]}".includes(last)) break;
  }
  return address.slice(0, end);
}

/** Where a link leads; null if it isn’t one that may be followed.
 * @param {string} shown @returns {string | null} */
export function address(shown) {
  if (REORDERING.test(shown)) return null;
  try {
    const url = new URL(shown);
    const web = url.protocol === "http:" || url.protocol === "https:";
    return web && url.username === "" && url.password === "" ? url.href : null;
  } catch {
    return null; // Not an address after all: it stays text.
  }
}
