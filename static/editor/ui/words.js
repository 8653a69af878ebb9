// Where the project wants to know why, a step waits for the words.
import { must } from "../../lib/dom.js";

/** The dialog that asks, in whose form the step is noted; nothing is taken yet. @param {import("./review.js").Step} step */
export function ask(step) {
  const dialog = /** @type {HTMLDialogElement} */ (must("#changes"));
  const form = must("#changes-form");
  form.dataset.step = step;
  // After the form was sent, which reads it.
  dialog.addEventListener("close", () => setTimeout(() => delete form.dataset.step), { once: true });
  if (!dialog.open) dialog.showModal();
  return false;
}
