// The dialogs of the editor: they open at once, and what fills them is loaded when they are first asked for.
import { must } from "../../lib/dom.js";

/**
 * @typedef {import("./actions.js").App} App
 * @typedef {import("./actions.js").Action} Action
 */

/** @param {string} id */
const dialogOf = (id) => /** @type {HTMLDialogElement} */ (must(id));

export class Dialogs {
  /** @param {App} app */
  constructor(app) {
    this.app = app;
    /** @type {Action[]} with the keys that they came with */
    this.defaults = [];
    /** @type {import("./palette.js").Palette | null} */
    this.palette = null;
    /** @type {import("./keymap.js").Keys | null} */
    this.keys = null;
    /** Enter was pressed before the palette was there to take it. */
    this.hasty = false;
    must("#picker-search").addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !this.palette) this.hasty = true;
    });
    const changes = /** @type {HTMLFormElement} */ (must("#changes-form"));
    changes.addEventListener("submit", () => this.sendBack(changes));
    for (const dialog of document.querySelectorAll("dialog")) {
      dialog.addEventListener("close", () => must("#stage").focus({ preventScroll: true }));
    }
  }

  /** @param {Action[]} defaults */
  show(defaults) {
    this.defaults = defaults;
    this.keys?.draw();
  }

  /** @param {"help" | "palette" | "classes" | "changes"} name */
  ask(name) {
    const dialog = dialogOf(name === "help" || name === "changes" ? `#${name}` : "#picker");
    if (dialog.open) return;
    dialog.showModal();
    if (name === "help") void this.help(dialog);
    else if (name !== "changes") void this.search(name);
  }

  /** @param {HTMLDialogElement} dialog */
  async help(dialog) {
    const { Keys } = await import("./keymap.js");
    this.keys ??= new Keys(this, dialog);
    this.keys.open();
  }

  /** What is typed while the palette is on its way counts. @param {"palette" | "classes"} name */
  async search(name) {
    const field = /** @type {HTMLInputElement} */ (must("#picker-search"));
    field.placeholder = name === "palette" ? "What do you want to do?" : "Which class?";
    field.value = "";
    must("#picker-options").replaceChildren();
    field.focus();
    this.hasty = false;
    const { Palette } = await import("./palette.js");
    this.palette ??= new Palette(this.app, dialogOf("#picker"));
    this.palette.open(name);
    if (this.hasty) this.palette.take();
  }

  /** @param {HTMLFormElement} form */
  sendBack(form) {
    const comment = /** @type {HTMLTextAreaElement} */ (must("#changes-comment", form));
    const step = /** @type {import("./review.js").Step} */ (form.dataset.step ?? "reject");
    void this.app.review.send(step, comment.value.trim());
    comment.value = "";
  }
}
