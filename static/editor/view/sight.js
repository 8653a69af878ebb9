// What the person wants to see of the open picture: the filter, which lasts until the page is loaded again, and
// the boxes hidden by hand, until the picture is left.
import { anything, asked, counted, narrowing } from "../model/filter.js";
import { isAbove } from "../model/order.js";

/**
 * @typedef {import("./editor.js").Editor} Editor
 * @typedef {import("../model/filter.js").Choice} Choice
 */

export class Sight {
  /** @param {Editor} editor */
  constructor(editor) {
    this.editor = editor;
    this.choice = anything();
    /** @type {Set<string>} */
    this.hidden = new Set();
    /** @type {Set<string>} drawn or brought back while the filter is on: shown whatever it asks for */
    this.kept = new Set();
    editor.on("opened", () => {
      if (!this.hidden.size && !this.kept.size) return;
      this.hidden.clear();
      this.kept.clear();
      editor.applySettings();
    });
  }

  /** Whether anything is left out, apart from the threshold. */
  get isNarrow() {
    return this.hidden.size > 0 || asked(this.choice) > 0;
  }

  /** The question to every box; null where all are shown. */
  get narrow() {
    const { data } = this.editor;
    return narrowing(this.choice, { me: data.me.id, nameOf: (id) => this.editor.look(id).name, hidden: this.hidden, kept: this.kept });
  }

  /** How many boxes are shown, of how many. */
  get counts() {
    const { document, scene } = this.editor;
    return counted(document.view.values(), (box) => isAbove(box, scene.filter), scene.filter.narrow ?? null);
  }

  /** How many proposals the filter alone keeps from being judged. */
  get unseen() {
    const { document, scene } = this.editor;
    const { narrow } = scene.filter;
    if (!narrow) return 0;
    return [...document.view.values()].filter((box) => box.state === "proposed" && isAbove(box, scene.filter) && !narrow(box)).length;
  }

  /** @param {Partial<Choice>} change */
  ask(change) {
    Object.assign(this.choice, change);
    this.kept.clear();
    this.changed();
  }

  /** Take boxes out of sight. @param {Iterable<string>} ids */
  hide(ids) {
    for (const id of ids) this.hidden.add(id);
    this.changed();
  }

  /** Every box again. */
  clear() {
    this.hidden.clear();
    this.ask(anything());
  }

  changed() {
    const { editor } = this;
    editor.set({});
    const seen = editor.selected.filter((box) => editor.scene.shows(box));
    if (seen.length < editor.selection.size) editor.select(seen.map((box) => box.id));
    const { shown, total } = this.counts;
    editor.emit("say", this.isNarrow ? `${shown} of ${total} boxes shown.` : `All ${total} boxes shown.`);
  }
}
