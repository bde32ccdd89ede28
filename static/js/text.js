export const LIMITS = { scalars: 4000, bytes: 16384 };

const encoder = new TextEncoder();
const SEEN = /[^\s\p{DI}\p{Cf}\u2800]/u;

/** Makes typed text fit for the wire: no NUL, no lone surrogate, no blank lines around it.
 * @param {string} typed @returns {string} */
export function cleaned(typed) {
  const text = typed
    .replace(/\r\n?/g, "\n")
    .replace(/[\u0000-\u0008\u000b-\u001f\u007f]/g, "")
    .replace(/\p{Surrogate}/gu, "\ufffd")
    .replace(/^(?:[^\S\n]*\n)+/, "")
    .trimEnd();
  // What has no width says nothing, however much of it there is.
  return SEEN.test(text) ? text : "";
}

/** @param {string} text @returns {Limits} */
export function measured(text) {
  let scalars = 0;
  for (const _ of text) scalars += 1;
  return { scalars, bytes: encoder.encode(text).length };
}

/** How much longer a text may get, in characters; negative: it is too long.
 * @param {string} text @param {Limits} limits @returns {number} */
export function room(text, limits = LIMITS) {
  const { scalars, bytes } = measured(text);
  const bytesLeft = limits.bytes - bytes;
  // Four bytes are the longest scalar: a text that is over by one byte is over by one.
  const byBytes = bytesLeft < 0 ? Math.floor(bytesLeft / 4) : bytesLeft;
  return Math.min(limits.scalars - scalars, byBytes);
}
