import { withoutPiles } from "./foreign.js";
import { pieces } from "./links.js";
import { blocks } from "./markdown.js";
import { words } from "./words.js";

// Longer than anything Discord takes: looking for marks in it would only cost time.
const MARKDOWN_MAX = 8_000;

// A message must not come among the page’s own headings and lists.
/** @type {Record<string, string>} */
const ELEMENTS = { spoiler: "span", point: "div", heading: "div" };

/** Fills an element with a message’s text. Foreign text gets in as text nodes only.
 * @param {HTMLElement} element @param {string} body @param {string} format @param {import("./dates.js").Dates} dates */
export function fillText(element, body, format, dates) {
  const text = withoutPiles(body);
  /** @type {(string | Span)[]} */
  const tree = format === "markdown" && text.length <= MARKDOWN_MAX
    ? blocks(text).flatMap((/** @type {any} */ block) => (block.tag === "p" ? block.children : [block]))
    : pieces(text).map(({ text: shown, href }) =>
      href === null ? shown : { tag: "a", href, children: [shown] });
  element.append(...tree.map((node) => built(node, dates)));
}

/** @param {string | Span} node @param {import("./dates.js").Dates} dates @returns {Node} */
function built(node, dates) {
  if (typeof node === "string") return document.createTextNode(node);
  const { tag, children } = node;
  if (tag === "time") return moment(node.at ?? 0, dates);
  const element = document.createElement(ELEMENTS[tag] ?? tag);
  if (Object.hasOwn(ELEMENTS, tag)) element.className = tag;
  element.append(...children.map((child) => built(child, dates)));
  if (tag === "a") link(/** @type {HTMLAnchorElement} */ (element), node);
  if (tag === "spoiler") return covered(element);
  return element;
}

/** @param {HTMLAnchorElement} element @param {Span} node */
function link(element, { href = "", title = "" }) {
  element.href = href;
  element.target = "_blank";
  element.rel = "noopener noreferrer nofollow ugc";
  // A link with a name of its own says where it leads.
  if (title !== "") element.title = title;
}

/** @param {number} at @param {import("./dates.js").Dates} dates */
function moment(at, dates) {
  const element = document.createElement("time");
  const isTime = Math.abs(at) <= 8.64e15;
  element.textContent = isTime ? dates.moment(at) : "…";
  if (isTime) element.dateTime = new Date(at).toISOString();
  return element;
}

/** @param {HTMLElement} hidden */
function covered(hidden) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "cover";
  button.setAttribute("aria-label", words.hidden);
  button.append(hidden);
  hidden.setAttribute("aria-hidden", "true");
  button.addEventListener("click", () => {
    hidden.removeAttribute("aria-hidden");
    button.replaceWith(hidden);
  });
  return button;
}
