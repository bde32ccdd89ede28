import { make } from "./elements.js";
import { words } from "./words.js";

/** Asks whether something that can’t be taken back is meant.
 * @param {{title: string, text: string, yes: string}} question @returns {Promise<boolean>} */
export function confirmed({ title, text, yes }) {
  const dialog = /** @type {HTMLDialogElement} */ (make("dialog"));
  const form = /** @type {HTMLFormElement} */ (make("form"));
  form.method = "dialog";
  const heading = make("h2", "", title);
  heading.id = "question";
  dialog.setAttribute("aria-labelledby", heading.id);
  const choices = make("div", "choices");
  choices.append(choice(words.cancel, ""), choice(yes, "yes", "danger"));
  form.append(heading, make("p", "", text), choices);
  dialog.append(form);
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue === "yes");
    });
  });
}

/** @param {string} label @param {string} value @param {string} [className] */
function choice(label, value, className = "") {
  const button = /** @type {HTMLButtonElement} */ (make("button", className, label));
  button.value = value;
  return button;
}
