import { words as english } from "./words/en.js";

export const LANGUAGES = ["en", "de", "ar"];

/** What the page says by itself, in the visitor’s language. */
export let words = english;

/** Names the language and, for days, times and numbers, the region. */
export let locale = "en";

/** The first wanted language that there is.
 * @param {readonly string[]} wanted @returns {string} */
export function chosen(wanted) {
  return wanted.find((tag) => LANGUAGES.includes(tag.split("-")[0].toLowerCase())) ?? "en";
}

/** Speaks the first wanted language that there is; English if it can’t be loaded.
 * @param {readonly string[]} wanted */
export async function speak(wanted) {
  const tag = chosen(wanted);
  const language = tag.split("-")[0].toLowerCase();
  try {
    if (language !== "en") ({ words } = await import(`./words/${language}.js`));
    locale = Intl.getCanonicalLocales(tag)[0];
  } catch {
    // English is here already.
  }
}

/** @param {string} text @param {Record<string, string>} values */
export function filled(text, values) {
  return text.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
}

/** The form of a text that goes with a number.
 * @param {Record<string, string>} forms @param {number} n */
export function counted(forms, n) {
  const form = forms[new Intl.PluralRules(locale).select(n)] ?? forms.other;
  return filled(form, { n: new Intl.NumberFormat(locale).format(n) });
}

/** A name that can’t turn the sentence around it.
 * @param {string} name */
export function isolated(name) {
  return `\u2068${name}\u2069`;
}

/** Puts the texts into the page’s own elements.
 * @param {Document} page */
export function translate(page) {
  page.documentElement.lang = locale;
  page.documentElement.dir = words.direction;
  /** @param {string} name @param {(element: any, text: string) => void} put */
  const each = (name, put) => {
    for (const element of page.querySelectorAll(`[data-${name}]`)) {
      const { dataset } = /** @type {HTMLElement} */ (element);
      put(element, /** @type {any} */ (words)[dataset[name] ?? ""]);
    }
  };
  each("word", (element, text) => (element.textContent = text));
  each("label", (element, text) => element.setAttribute("aria-label", text));
  each("hint", (element, text) => (element.placeholder = text));
}
