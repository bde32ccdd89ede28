const NAME = "chatbox.reloaded";
const REASONS_MAX = 20;

/** Loads the page anew, once for each reason: a server that asks again has no newer page to give.
 * @param {string} reason @param {() => Storage} area @param {() => void} reload */
export function reloadOnce(reason, area = () => sessionStorage, reload = () => location.reload()) {
  const mark = encodeURIComponent(reason.slice(0, 64));
  try {
    const known = (area().getItem(NAME) ?? "").split(" ");
    if (known.includes(mark)) return;
    area().setItem(NAME, [...known, mark].slice(-REASONS_MAX).join(" "));
  } catch {
    return; // Without a note that it happened it could happen for ever.
  }
  reload();
}
