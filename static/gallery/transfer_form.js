// Copy or move the selected pictures into another dataset.
import { listening } from "../components/modules.js";
import { toast } from "../components/toasts.js";
import { call, Problem } from "../lib/api.js";
import { el, must } from "../lib/dom.js";

export class TransferForm {
  /** @param {{number: number, chosen(): Record<string, unknown>, selection: {clear(): void}}} bulk */
  constructor(bulk) {
    this.bulk = bulk;
    this.dialog = /** @type {HTMLDialogElement} */ (must("#transfer-dialog"));
    this.form = /** @type {HTMLFormElement} */ (must("form", this.dialog));
    const stops = [
      listening(this.form, "submit", (event) => this.submit(event)),
      listening(this.form, "change", (event) => this.dress(event.target.name)),
    ];
    this.stop = () => stops.forEach((stop) => stop());
  }

  open() {
    must("[data-part=number]", this.dialog).textContent = this.bulk.number.toLocaleString("en");
    this.form.reset();
    this.dress("to");
    this.dialog.showModal();
  }

  /** @param {string} name of the field that changed */
  dress(name) {
    const original = new FormData(this.form).get("original"), isFinal = original === "delete";
    must("[data-part=verb]", this.form).textContent = original === "keep" ? "Copy" : "Move";
    const confirm = must("[data-part=confirm]", this.form);
    confirm.hidden = !isFinal;
    /** @type {HTMLInputElement} */ (must("input", confirm)).required = isFinal;
    // Another place lacks other classes.
    if (name === "to") this.offerClasses([]);
    this.say("");
  }

  /** @param {SubmitEvent} event */
  async submit(event) {
    event.preventDefault();
    const fields = new FormData(this.form), original = String(fields.get("original"));
    const json = {
      to: fields.get("to"),
      original,
      classes: fields.has("classes") ? "create" : "refuse",
      ...(original === "delete" && { confirm: String(fields.get("confirm")).trim() }),
      ...this.bulk.chosen(),
    };
    const button = /** @type {HTMLButtonElement} */ (must("[type=submit]", this.form));
    button.disabled = true;
    try {
      const { status } = await call(this.form.dataset.url ?? "", { method: "POST", json });
      this.dialog.close();
      toast(status === "started" ? "Started. Its progress is above the pictures." : "The same is under way already.", { kind: "good" });
      document.dispatchEvent(new CustomEvent("job:started"));
      if (original !== "keep") this.bulk.selection.clear();
    } catch (error) {
      this.refused(/** @type {Error} */ (error));
    } finally {
      button.disabled = false;
    }
  }

  /** @param {Error} error */
  refused(error) {
    if (error instanceof Problem && error.code === "classes_missing") this.offerClasses(error.body.missing);
    else this.say(error.message);
  }

  /** @param {string[]} missing classes that the other project lacks; none to offer nothing */
  offerClasses(missing) {
    const part = must("[data-part=classes]", this.form);
    part.hidden = !missing.length;
    /** @type {HTMLInputElement} */ (must("input", part)).checked = false;
    must("[data-part=missing]", part).replaceChildren(...missing.map((name) => el("li", { class: "chip" }, name)));
    if (missing.length) must("input", part).focus();
  }

  /** @param {string} words */
  say(words) {
    const box = must("[data-part=problem]", this.form);
    box.hidden = !words;
    must(".problem > div", box).textContent = words;
  }
}
