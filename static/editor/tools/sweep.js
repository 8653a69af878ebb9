// Judging proposals one key at a time, the least certain first, and finishing an image.
import { judge } from "../commands/boxes.js";
import { neighbour, sweepOrder } from "../model/order.js";

/**
 * @typedef {import("../view/editor.js").Editor} Editor
 * @typedef {import("../model/edits.js").Box} Box
 * @typedef {import("../model/edits.js").State} State
 */

/** A box that is judged may fill so much of the height. */
const LARGE = 0.4;

export class Sweep {
  /** @param {Editor} editor */
  constructor(editor) {
    this.editor = editor;
    /** @type {Set<string>} proposals put off for this round */
    this.skipped = new Set();
    /** @type {string[]} what was judged or put off here, the last one last */
    this.trail = [];
    /** Whether the next picture is to begin with its first proposal, and whether this one still is. */
    this.carries = false;
    this.begins = false;
    editor.on("opened", () => {
      this.skipped.clear();
      this.trail = [];
      this.begins = this.carries;
      this.carries = false;
    });
    editor.on("boxes", () => this.begin());
    editor.on("status", () => this.begin());
  }

  /** Whoever swept this picture sweeps the next one: there the first proposal costs no key. */
  carriesOn() {
    this.carries = this.trail.length > 0;
  }

  begin() {
    const { document, selection } = this.editor;
    if (!this.begins || !document.loaded) return;
    this.begins = false;
    if (this.waits && !selection.size) this.goOn();
  }

  /** The proposals that wait, least certain first; put-off ones last. @returns {Box[]} */
  get queue() {
    const { document, scene } = this.editor;
    const order = sweepOrder([...document.view.values()].filter((box) => scene.shows(box)), scene.filter.threshold);
    return [...order.filter((box) => !this.skipped.has(box.id)), ...order.filter((box) => this.skipped.has(box.id))];
  }

  /** Whether any proposal waits, without putting all in order. */
  get waits() {
    const { document, scene } = this.editor;
    for (const box of document.view.values()) if (box.state === "proposed" && scene.shows(box)) return true;
    return false;
  }

  /** Judge the selected boxes and go on; with nothing selected go to the first proposal. @param {State} state */
  judge(state) {
    const { editor } = this;
    editor.draft?.flush();
    const boxes = editor.selected.filter((box) => box.source !== "human" || box.state === "proposed");
    if (!boxes.length) return this.goOn();
    const word = state === "accepted" ? "accept" : "reject";
    const edits = judge(boxes, state);
    if (edits.length && !editor.submit(edits, word)) return;
    this.passed(boxes);
    if (editor.selection.size === 1) this.goOn(`${this.named(boxes[0])}, ${state}, ${this.queue.length} left.`);
  }

  /** Put the selected proposal off. */
  skip() {
    this.passed(this.editor.selected);
    for (const id of this.editor.selection) this.skipped.add(id);
    this.goOn();
  }

  /** @param {Box[]} boxes */
  passed(boxes) {
    for (const { id } of boxes) this.trail.push(id);
  }

  /** Go back to what was judged before, which stays as it was judged. */
  back() {
    const { editor } = this;
    editor.draft?.flush();
    for (let id = this.trail.pop(); id; id = this.trail.pop()) {
      const box = editor.document.view.get(id);
      if (!box || editor.selection.has(id)) continue;
      editor.select([id]);
      editor.reveal(box, LARGE);
      editor.emit("say", `Back to ${this.named(box)}, ${box.state}.`);
      return;
    }
    editor.emit("say", "Nothing was judged here before.");
  }

  /** Look at the box closely, with its handles. @param {() => void} take takes the tool that has them in hand */
  adjust(take) {
    const { editor } = this;
    const [box] = editor.selected;
    take();
    editor.reveal(box, LARGE);
    editor.emit("say", `Adjust ${this.named(box)}: drag a handle, or use the arrow keys, with Ctrl to resize.`);
  }

  /** Accept all that is shown, and stay. */
  acceptAbove() {
    const count = this.queue.length;
    if (this.acceptRest()) this.editor.emit("toast", { text: `${count} ${count === 1 ? "proposal" : "proposals"} accepted.`, kind: "good", undo: true });
  }

  /** Select and show the next proposal. @param {string} [said] what just happened */
  goOn(said = "") {
    const [next] = this.queue;
    this.editor.emit("say", [said, next ? `${this.named(next)}?` : "No proposals left."].filter(Boolean).join(" "));
    this.editor.select(next ? [next.id] : []);
    if (next) this.editor.reveal(next, LARGE);
    // Whoever has judged the last one wants to see what was forgotten.
    else if (said) this.editor.scene.glide(this.editor.scene.viewport.whole);
  }

  /** @param {Box} box */
  named(box) {
    return this.editor.look(box.class_id).name + (box.score === null ? "" : `, ${box.score.toFixed(2)}`);
  }

  /** Accept every proposal that is shown. @returns {boolean} whether the image may be left now */
  acceptRest() {
    this.editor.draft?.flush();
    const rest = this.queue;
    const left = this.editor.sight.unseen;
    if (left) this.editor.emit("toast", { text: left === 1 ? "One proposal out of sight stayed as it was." : `${left} proposals out of sight stayed as they were.` });
    return !rest.length || this.editor.submit(judge(rest, "accepted"), `accept ${rest.length}`);
  }

  /** Select the next or previous shown box. @param {1 | -1} step @returns {boolean} false at the end of the list */
  visit(step) {
    const { editor } = this;
    const current = editor.selected.at(-1)?.id ?? null;
    const box = neighbour(editor.boxes, current, step);
    if (!box) return false;
    editor.select([box.id]);
    editor.reveal(box);
    return true;
  }
}
