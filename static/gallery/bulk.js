// What is done to the selected pictures, or to all that the search finds.
import { listening } from "../components/modules.js";
import { toast } from "../components/toasts.js";
import { call } from "../lib/api.js";
import { must } from "../lib/dom.js";

const DONE = {
  archive: "archived",
  restore: "taken back",
  split: "changed",
  add_keyword: "changed",
  remove_keyword: "changed",
  delete: "deleted",
};

/** @typedef {keyof typeof DONE} Action */

export class Bulk {
  /**
   * @param {HTMLElement} bar
   * @param {{dataset: string, line: string}} where
   * @param {import("./selection.js").Selection} selection
   * @param {import("./source.js").Source} source
   * @param {() => void} changed
   */
  constructor(bar, where, selection, source, changed) {
    this.bar = bar;
    this.where = where;
    this.selection = selection;
    this.source = source;
    this.changed = changed;
    const stops = [
      listening(bar, "click", (event) => this.press(event.target.closest("button[data-does]"))),
      listening(bar, "change", (event) => this.split(event.target)),
      listening(bar, "keydown", (event) => {
        if (event.key === "Enter" && event.target.id === "bulk-keyword") this.run("add_keyword");
      }),
    ];
    this.stop = () => {
      bar.hidden = true;
      stops.forEach((stop) => stop());
    };
  }

  render() {
    const { selection, source, bar } = this;
    const number = selection.size(source.total);
    bar.hidden = !number;
    must("[data-part=words]", bar).textContent = `${number.toLocaleString("en")} selected`;
    const all = must("[data-part=all]", bar);
    all.hidden = number >= source.total;
    all.textContent = `Select all ${source.total.toLocaleString("en")}`;
  }

  /** @param {HTMLElement | null} button */
  press(button) {
    const does = button?.dataset.does;
    if (!does) return;
    if (does === "clear") this.selection.clear();
    else if (does === "all") this.selection.all();
    else if (does === "label") this.label();
    else this.run(/** @type {Action} */ (does));
  }

  /** @param {HTMLSelectElement} field */
  split(field) {
    if (field.dataset.does !== "split" || !field.value) return;
    this.run("split", field.value);
    field.value = "";
  }

  /** @param {Action} action @param {string} [value] */
  async run(action, value) {
    if (this.bar.hidden) return;
    const order = { action, ...this.chosen(), ...this.valued(action, value) };
    if (action.endsWith("keyword") && !order.value) {
      must("#bulk-keyword").focus();
      return;
    }
    const confirm = action === "delete" ? await this.sure() : null;
    if (confirm === "") return;
    try {
      const answer = await call(`/api/v1/datasets/${this.where.dataset}/bulk`, {
        method: "POST",
        json: confirm === null ? order : { ...order, confirm },
      });
      this.tell(action, answer, order);
    } catch (error) {
      toast(/** @type {Error} */ (error).message, { kind: "bad" });
    }
  }

  /** @param {Action} action @param {string} [value] */
  valued(action, value) {
    if (action === "split") return { value };
    const word = /** @type {HTMLInputElement} */ (must("#bulk-keyword", this.bar)).value.trim();
    return action.endsWith("keyword") ? { value: word } : {};
  }

  chosen() {
    const { selection, where } = this;
    return selection.isAll ? { filter: { q: where.line } } : { images: [...selection.ids] };
  }

  /** The dataset's name, typed; nothing where one thought better of it. @returns {Promise<string>} */
  sure() {
    const dialog = /** @type {HTMLDialogElement} */ (must("#delete-dialog"));
    const form = /** @type {HTMLFormElement} */ (must("form", dialog));
    const number = this.selection.size(this.source.total);
    must("[data-part=delete-words]", dialog).textContent = number === 1 ? "1 picture" : `${number.toLocaleString("en")} pictures`;
    form.reset();
    dialog.showModal();
    return new Promise((resolve) => {
      let typed = "";
      const stop = listening(form, "submit", () => (typed = String(new FormData(form).get("name")).trim()));
      dialog.addEventListener("close", () => {
        stop();
        resolve(typed);
      }, { once: true });
    });
  }

  /** @param {Action} action @param {any} answer @param {{images?: string[], value?: string}} order */
  tell(action, answer, order) {
    if (answer.job) {
      toast("That is a job now. Its progress is above the pictures.", { kind: "good" });
      document.dispatchEvent(new CustomEvent("job:started"));
    } else {
      const undo = action === "archive" && order.images ? { label: "Undo", run: () => this.takeBack(order.images ?? []) } : undefined;
      const words = answer.changed === 1 ? "1 picture" : `${answer.changed.toLocaleString("en")} pictures`;
      toast(`${words} ${DONE[action]}.`, { kind: "good", action: undo });
      this.changed();
    }
    if (action === "archive" || action === "delete" || action === "restore") this.selection.clear();
  }

  /** @param {string[]} images */
  async takeBack(images) {
    try {
      await call(`/api/v1/datasets/${this.where.dataset}/bulk`, { method: "POST", json: { action: "restore", images } });
      this.changed();
    } catch (error) {
      toast(/** @type {Error} */ (error).message, { kind: "bad" });
    }
  }

  /** Open the auto-label dialog with these pictures chosen. */
  label() {
    const dialog = /** @type {HTMLDialogElement | null} */ (document.getElementById("label-dialog"));
    const choice = dialog?.querySelector("[data-part=chosen]");
    if (!dialog || !choice) return;
    const { selection, source, where } = this;
    const radio = /** @type {HTMLInputElement} */ (must("input", choice));
    must("[data-part=chosen-words]", choice).textContent = `Only the ${selection.size(source.total).toLocaleString("en")} selected`;
    if (selection.isAll) delete radio.dataset.images;
    else radio.dataset.images = JSON.stringify([...selection.ids]);
    radio.dataset.line = where.line;
    /** @type {HTMLElement} */ (choice).hidden = false;
    radio.checked = true;
    dialog.showModal();
  }
}
