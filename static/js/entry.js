const KEY = /^[A-Za-z0-9._:-]{1,64}$/;
const STATES = ["queued", "refused", "stored"];

/** @param {any} value @returns {value is string} */
const isKey = (value) => typeof value === "string" && KEY.test(value);

/** What each kind has to carry.
 * @type {Record<string, (value: any) => boolean>} */
const CARRIES = {
  send: ({ body }) => body !== "",
  edit: ({ body, target, revision }) =>
    body !== "" && isKey(target) && Number.isSafeInteger(revision) && revision > 0,
  delete: ({ target }) => isKey(target),
  requeue: ({ seq }) => Number.isSafeInteger(seq) && seq > 0,
};

/** Something to say, as it was kept on the device; null if it can’t be one.
 * @param {any} value @returns {Entry | null} */
export function validEntry(value) {
  if (value === null || typeof value !== "object") return null;
  const { key, kind = "send", body, at, state } = value;
  if (!isKey(key) || typeof body !== "string" || !Number.isFinite(at)) return null;
  if (!STATES.includes(state) || !Object.hasOwn(CARRIES, kind) || !CARRIES[kind](value)) return null;
  /** @type {any} */
  const entry = { key, kind, body, at, state };
  for (const name of ["target", "code", "reply_to", "visitor", "epoch"]) {
    if (typeof value[name] === "string") entry[name] = value[name];
  }
  for (const name of ["revision", "seq", "place"]) {
    if (Number.isSafeInteger(value[name])) entry[name] = value[name];
  }
  if (value.tried === true) entry.tried = true;
  return entry;
}
