// What others wrote, made fit to be shown.

const NAME_MAX = 40;
// What turns text around, tags, what has no width; not the two joiners that some scripts need.
const UNSEEN = /(?![\u200c\u200d])\p{Cf}/gu;

/** Marks that pile up on one letter would cover the lines above and below.
 * @param {string} text */
export function withoutPiles(text) {
  return text.replace(/(\p{M}{8})\p{M}+/gu, "$1");
}

/** @param {string} name @returns {string} */
export function shownName(name) {
  const seen = name.replace(UNSEEN, "").replace(/[\s\p{Cc}]+/gu, " ");
  // A name of nothing that can be seen would be nobody’s, or anybody’s.
  if (!/[^\s\p{DI}]/u.test(seen)) return "";
  return [...withoutPiles(seen).trim()].slice(0, NAME_MAX).join("");
}
