// Shows a part of a page as the server would render it now: asks for the page again and takes over
// what changed, so that nothing is worded or laid out twice.

/**
 * The page at a URL, as a document.
 * @param {string} url
 * @returns {Promise<Document>}
 */
export async function loadPage(url) {
  const response = await fetch(url, { headers: { Accept: "text/html" }, credentials: "same-origin" });
  if (!response.ok || response.redirected) throw new Error(`The page answered ${response.status}.`);
  return pageOf(await response.text());
}

/** @param {string} html */
export function pageOf(html) {
  return new DOMParser().parseFromString(html, "text/html");
}

/**
 * Make `root` show what `fresh` shows, leaving alone what is the same, so that focus stays.
 * @param {HTMLElement} root
 * @param {HTMLElement} fresh
 * @param {"job" | "key"} name the data attribute that names the pieces; those of equal data-look differ only in words and numbers
 */
export function takeOver(root, fresh, name) {
  if (namesOf(root, name).join() !== namesOf(fresh, name).join()) {
    root.replaceChildren(...fresh.childNodes);
    return;
  }
  for (const after of pieces(fresh, name)) {
    const before = /** @type {HTMLElement} */ (root.querySelector(`[data-${name}="${after.dataset[name]}"]`));
    if (before.dataset.look === after.dataset.look) refresh(before, after);
    else replace(before, after);
  }
}

/** @param {HTMLElement} root @param {string} name @returns {HTMLElement[]} */
function pieces(root, name) {
  return [...root.querySelectorAll(`[data-${name}]`)].map((piece) => /** @type {HTMLElement} */ (piece));
}

/** @param {HTMLElement} root @param {string} name */
function namesOf(root, name) {
  return pieces(root, name).map((piece) => piece.dataset[name]);
}

/** @param {HTMLElement} before @param {HTMLElement} after */
function refresh(before, after) {
  for (const part of after.querySelectorAll("[data-part]")) {
    const shown = before.querySelector(`[data-part="${part.getAttribute("data-part")}"]`);
    if (shown && shown.textContent !== part.textContent) shown.textContent = part.textContent;
  }
  const [bar, fresh] = [before.querySelector("progress"), after.querySelector("progress")];
  if (!bar || !fresh?.hasAttribute("value")) return;
  bar.max = fresh.max;
  bar.value = fresh.value;
}

/** @param {HTMLElement} before @param {HTMLElement} after */
function replace(before, after) {
  const focused = controls(before).find((control) => control === document.activeElement);
  const heir = focused && controls(after).find((control) => aim(control) === aim(focused));
  before.replaceWith(after);
  if (focused) (heir ?? controls(after)[0])?.focus();
}

/** @param {HTMLElement} piece @returns {(HTMLAnchorElement | HTMLButtonElement)[]} */
function controls(piece) {
  return [...piece.querySelectorAll("a, button")].map((found) => /** @type {HTMLAnchorElement} */ (found));
}

/** What a control leads to: the same in two renderings. @param {HTMLAnchorElement | HTMLButtonElement} control */
function aim(control) {
  return control instanceof HTMLAnchorElement ? control.getAttribute("href") : control.form?.getAttribute("action");
}
