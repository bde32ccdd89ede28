/** @param {string} name @param {string} [className] @param {string} [text] @returns {HTMLElement} */
export function make(name, className = "", text = "") {
  const element = document.createElement(name);
  if (className !== "") element.className = className;
  if (text !== "") element.textContent = text;
  return element;
}

/** @param {string} label @param {() => void} pressed @param {string} [className] */
export function button(label, pressed, className = "link") {
  const element = /** @type {HTMLButtonElement} */ (make("button", className, label));
  element.type = "button";
  element.addEventListener("click", pressed);
  return element;
}

/** @param {string} path @param {number} [size] of the box that the path is drawn in */
export function icon(path, size = 16) {
  const namespace = "http://www.w3.org/2000/svg";
  const picture = document.createElementNS(namespace, "svg");
  picture.setAttribute("viewBox", `0 0 ${size} ${size}`);
  picture.setAttribute("class", "icon");
  picture.setAttribute("aria-hidden", "true");
  const stroke = document.createElementNS(namespace, "path");
  stroke.setAttribute("d", path);
  picture.append(stroke);
  return picture;
}

/** A picture of an author, initials until it is there, and if it never is.
 * @param {string} name @param {string} id @param {string} path */
export function avatar(name, id, path) {
  const initials = name.split(/\s+/u).slice(0, 2).map((word) => [...word][0] ?? "").join("");
  const element = make("span", "avatar", initials.toLocaleUpperCase());
  let tint = 0;
  for (const character of id || name) tint = (tint * 31 + (character.codePointAt(0) ?? 0)) % 4;
  element.classList.add(`tint-${tint}`);
  element.setAttribute("aria-hidden", "true");
  if (path === "") return element;
  const picture = document.createElement("img");
  picture.alt = "";
  picture.loading = "lazy";
  picture.width = picture.height = 34;
  picture.addEventListener("load", () => picture.classList.add("loaded"));
  picture.addEventListener("error", () => picture.remove());
  picture.src = path;
  element.append(picture);
  return element;
}
