// Small DOM vocabulary: build elements, find them, run a render at most once a frame.

/** @typedef {Node | string | number | null | false | undefined} Child */

/**
 * Build an element. Properties starting with "on" become listeners, the others attributes;
 * null, undefined and false leave the attribute out.
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {Record<string, unknown>} [props]
 * @param {...Child} children
 * @returns {HTMLElementTagNameMap[T]}
 */
export function el(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on") && typeof value === "function") {
      node.addEventListener(name.slice(2), /** @type {EventListener} */ (value));
    } else node.setAttribute(name, value === true ? "" : String(value));
  }
  node.append(...texts(children));
  return node;
}

/** @param {Child[]} children */
function texts(children) {
  return children
    .filter((child) => child !== null && child !== undefined && child !== false)
    .map((child) => (typeof child === "number" ? String(child) : /** @type {Node | string} */ (child)));
}

/**
 * The one element that a selector names; a page without it is broken and says so at once.
 * @param {string} selector
 * @param {ParentNode} [root]
 * @returns {HTMLElement}
 */
export function must(selector, root = document) {
  const node = root.querySelector(selector);
  if (!node) throw new Error(`The page lacks ${selector}.`);
  return /** @type {HTMLElement} */ (node);
}

/**
 * The icon of that name from the page's <template id="icons">.
 * @param {string} name
 */
export function icon(name) {
  const store = /** @type {HTMLTemplateElement} */ (must("#icons"));
  const found = store.content.querySelector(`[data-icon="${name}"] > svg`);
  return found ? /** @type {SVGElement} */ (found.cloneNode(true)) : el("span");
}

/**
 * Run `render` in the next frame, however often the result is called until then.
 * @param {() => void} render
 * @returns {() => void}
 */
export function perFrame(render) {
  let asked = 0;
  return () => {
    asked ||= requestAnimationFrame(() => {
      asked = 0;
      render();
    });
  };
}

/** Whether keys typed now belong to a field and not to the page. @param {EventTarget | null} target */
export function isTyping(target) {
  if (!(target instanceof HTMLElement)) return false;
  if (target instanceof HTMLInputElement) return !["range", "checkbox", "radio", "button"].includes(target.type);
  return target.isContentEditable || target.matches("textarea, select");
}
