// What is done to the selected pictures, or to all that the search finds.
import { ask } from "../components/modal.js";
import { listening } from "../components/modules.js";
import { toast } from "../components/toasts.js";
import { call } from "../lib/api.js";
import { must } from "../lib/dom.js";
import { openAssigning } from "./assign.js";
import { DescribeForm } from "./describe_form.js";
import { TransferForm } from "./transfer_form.js";

const DONE = {
  archive: "archived",
  restore: "taken back",
  split: "changed",
  add_keyword: "changed",
  remove_keyword: "changed",
  metadata: "changed",
  delete: "deleted",
  assign: "assigned",
  unassign: "taken away",
  set_due: "given another day",
  take: "taken",
  give_back: "given back",
};
// After these the pictures are no longer where they were.
const GONE = ["archive", "delete", "restore"];

/** @typedef {keyof typeof DONE} Action */

/** @param {number} number */
export const pictures = (number) => (number === 1 ? "1 picture" : `${number.toLocaleString("en")} pictures`);

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
    const describe = new DescribeForm(this), transfer = document.getElementById("transfer-dialog") && new TransferForm(this);
    /** What opens instead of being done at once. @type {Record<string, (() => void) | undefined>} */
    this.opens = {
      clear: () => selection.clear(),
      all: () => selection.all(),
      label: () => this.offer("label-dialog"),
      export: () => this.offer("export-dialog"),
      assign: () => openAssigning(this),
      describe: () => describe.open(),
      transfer: transfer ? () => transfer.open() : undefined,
    };
    const stops = [
      listening(bar, "click", (event) => this.press(event.target.closest("button[data-does]"))),
      listening(bar, "change", (event) => this.split(event.target)),
    ];
    this.stop = () => {
      bar.hidden = true;
      describe.stop();
      transfer?.stop();
      stops.forEach((stop) => stop());
    };
  }

  /** How many pictures are meant. */
  get number() {
    return this.selection.size(this.source.total);
  }

  render() {
    const { source, bar, number } = this;
    bar.hidden = !number;
    must("[data-part=words]", bar).textContent = `${number.toLocaleString("en")} selected`;
    const all = must("[data-part=all]", bar);
    all.hidden = number >= source.total;
    all.textContent = `Select all ${source.total.toLocaleString("en")}`;
  }

  /** @param {HTMLElement | null} button */
  press(button) {
    if (button) this.does(String(button.dataset.does));
  }

  /** Do what the bar offers. @param {string} action @returns {boolean} whether it offers it */
  does(action) {
    if (this.bar.hidden || !this.bar.querySelector(`[data-does="${action}"]`)) return false;
    const opens = this.opens[action];
    if (opens) opens();
    else this.run(/** @type {Action} */ (action));
    return true;
  }

  /** @param {HTMLSelectElement} field */
  split(field) {
    if (field.dataset.does !== "split" || !field.value) return;
    this.run("split", field.value);
    field.value = "";
  }

  /** Do it now, and say so; or say why not. @param {Action} action @param {string} [value] */
  async run(action, value) {
    const confirm = action === "delete" ? await this.sure() : undefined;
    if (confirm === "") return;
    try {
      await this.order(action, { ...(value !== undefined && { value }), ...(confirm && { confirm }) });
    } catch (error) {
      toast(/** @type {Error} */ (error).message, { kind: "bad" });
    }
  }

  /** @param {Action} action @param {{value?: unknown, confirm?: string}} values @throws {Error} what the server refuses */
  async order(action, values) {
    const json = { action, ...this.chosen(), ...values };
    this.tell(action, await call(`/api/v1/datasets/${this.where.dataset}/bulk`, { method: "POST", json }), json);
  }

  /** @returns {{images?: string[], filter?: {q: string}}} */
  chosen() {
    const { selection, where } = this;
    return selection.isAll ? { filter: { q: where.line } } : { images: [...selection.ids] };
  }

  /** The dataset's name, typed; nothing where one thought better of it. @returns {Promise<string>} */
  sure() {
    const dialog = /** @type {HTMLDialogElement} */ (must("#delete-dialog"));
    const form = /** @type {HTMLFormElement} */ (must("form", dialog));
    return new Promise((resolve) => {
      let typed = "";
      ask(dialog, () => {
        stop();
        resolve(typed);
      });
      must("[data-part=delete-words]", dialog).textContent = pictures(this.number);
      form.reset();
      const stop = listening(form, "submit", () => (typed = String(new FormData(form).get("name")).trim()));
    });
  }

  /** @param {Action} action @param {any} answer @param {{images?: string[]}} order */
  tell(action, answer, order) {
    if (answer.job) {
      toast("That is a job now. Its progress is above the pictures.", { kind: "good" });
      document.dispatchEvent(new CustomEvent("job:started"));
    } else {
      const undo = action === "archive" && order.images ? { label: "Undo", run: () => this.takeBack(order.images ?? []) } : undefined;
      const left = answer.refused ? ` ${pictures(answer.refused)} could not hold more.` : "";
      toast(`${pictures(answer.changed)} ${DONE[action]}.${left}`, { kind: answer.refused ? "bad" : "good", action: undo });
      this.changed();
    }
    if (GONE.includes(action)) this.selection.clear();
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

  /** Open a dialog with these pictures chosen; closed again, it knows nothing of them. @param {string} id */
  offer(id) {
    const dialog = /** @type {HTMLDialogElement | null} */ (document.getElementById(id));
    const choice = /** @type {HTMLElement | null | undefined} */ (dialog?.querySelector("[data-part=chosen]"));
    if (!dialog || !choice) return;
    const radio = /** @type {HTMLInputElement} */ (must("input", choice));
    ask(dialog, () => {
      choice.hidden = true;
      if (radio.checked) /** @type {HTMLInputElement} */ (must(`input[name=${radio.name}][value=all]`, dialog)).checked = true;
    });
    must("[data-part=chosen-words]", choice).textContent = `Only the ${this.number.toLocaleString("en")} selected`;
    if (this.selection.isAll) delete radio.dataset.images;
    else radio.dataset.images = JSON.stringify([...this.selection.ids]);
    radio.dataset.line = this.where.line;
    choice.hidden = false;
    radio.checked = true;
  }
}
