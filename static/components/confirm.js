// Asks before something is lost: <form data-confirm="This deletes …" data-confirm-label="Delete">.
import { must } from "../lib/dom.js";
import { ask } from "./modal.js";
import { listening } from "./modules.js";

/**
 * @param {string} text
 * @param {string} [label] what the dangerous button says
 * @returns {Promise<boolean>}
 */
export function confirmed(text, label = "Delete") {
  const dialog = /** @type {HTMLDialogElement} */ (must("#confirm"));
  const yes = must("[data-confirm-yes]", dialog);
  return new Promise((resolve) => {
    ask(dialog, () => {
      stops.forEach((stop) => stop());
      resolve(dialog.returnValue === "yes");
    });
    must("[data-confirm-text]", dialog).textContent = text;
    yes.textContent = label;
    dialog.returnValue = "no";
    const stops = [
      listening(yes, "click", () => dialog.close("yes")),
      listening(must("[data-confirm-no]", dialog), "click", () => dialog.close("no")),
    ];
  });
}

/** Guards every form and button of the page that carries data-confirm. @param {Document} page */
export function start(page) {
  /** @type {HTMLFormElement | null} the form whose question has been answered with yes */
  let agreed = null;
  const stop = listening(page, "submit", async (event) => {
    const form = event.target;
    const asks = event.submitter?.dataset.confirm ? event.submitter : form;
    if (!asks.dataset.confirm || form === agreed) return;
    event.preventDefault();
    if (!(await confirmed(asks.dataset.confirm, asks.dataset.confirmLabel))) return;
    agreed = form;
    form.requestSubmit(event.submitter);
    agreed = null;
  });
  return { stop };
}
