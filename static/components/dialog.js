// A modal <dialog>: any element with data-opens="its id" opens it, data-closes inside it closes it.
import { listening } from "./modules.js";

/** @param {HTMLDialogElement} dialog */
export function start(dialog) {
  const stops = [
    listening(document, "click", (event) => {
      const opener = event.target.closest?.("[data-opens]");
      if (opener?.dataset.opens === dialog.id && !dialog.open) {
        event.preventDefault();
        dialog.showModal();
      }
    }),
    listening(dialog, "click", (event) => {
      if (event.target === dialog || event.target.closest("[data-closes]")) dialog.close();
    }),
  ];
  return { stop: () => stops.forEach((stop) => stop()) };
}
