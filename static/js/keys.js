/** @param {Uint8Array} bytes */
export function hexadecimal(bytes) {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** @param {string} digits */
export function dashed(digits) {
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

/** A UUIDv7 that sorts after `after`, even if the clock stands still or goes back.
 * @param {number} now @param {Uint8Array} random @param {string | null} after */
export function messageKey(now, random, after = null) {
  let time = Math.max(0, Math.floor(now));
  let counter = 0;
  const last = after === null ? null : /^([0-9a-f]{8})-([0-9a-f]{4})-7([0-9a-f]{3})-/.exec(after);
  if (last) {
    const lastTime = parseInt(last[1] + last[2], 16);
    if (lastTime >= time) {
      time = lastTime;
      counter = parseInt(last[3], 16) + 1;
      if (counter > 0xfff) {
        time += 1;
        counter = 0;
      }
    }
  }
  const variant = Uint8Array.from(random.slice(0, 8));
  variant[0] = (variant[0] & 0x3f) | 0x80;
  const head = time.toString(16).padStart(12, "0") + "7" + counter.toString(16).padStart(3, "0");
  return dashed(head + hexadecimal(variant));
}
