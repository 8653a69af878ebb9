// The pictures of the archive: one box ticks all of the page, and the button says how many come back.
import { must } from "../lib/dom.js";
import { listening } from "./modules.js";

/** @param {HTMLFormElement} form */
export function start(form) {
  const all = form.querySelector("[data-part=all]");
  if (!all) return { stop() {} };
  const button = /** @type {HTMLButtonElement} */ (must("[type=submit]", form));
  const boxes = /** @type {HTMLInputElement[]} */ ([...form.querySelectorAll("input[name=image]")]);
  const every = /** @type {HTMLInputElement} */ (must("input", /** @type {HTMLElement} */ (all)));
  const label = /** @type {Text} */ (button.lastChild);
  const show = () => {
    const count = boxes.filter((box) => box.checked).length;
    button.disabled = !count;
    label.textContent = count ? `Take back ${count}` : "Take back";
    every.checked = count === boxes.length;
    every.indeterminate = count > 0 && count < boxes.length;
  };
  /** @type {HTMLElement} */ (all).hidden = false;
  show();
  const stop = listening(form, "change", (event) => {
    if (event.target === every) for (const box of boxes) box.checked = every.checked;
    show();
  });
  return { stop };
}
