// Judging proposals one key at a time, the least certain first, and finishing an image.
import { judge } from "../commands/boxes.js";
import { neighbour, sweepOrder } from "../model/order.js";

/**
 * @typedef {import("../view/editor.js").Editor} Editor
 * @typedef {import("../model/edits.js").Box} Box
 * @typedef {import("../model/edits.js").State} State
 */

export class Sweep {
  /** @param {Editor} editor */
  constructor(editor) {
    this.editor = editor;
    /** @type {Set<string>} proposals put off for this round */
    this.skipped = new Set();
    editor.on("opened", () => this.skipped.clear());
  }

  /** The proposals that wait, least certain first; put-off ones last. @returns {Box[]} */
  get queue() {
    const order = sweepOrder(this.editor.document.view.values(), this.editor.scene.filter.threshold);
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
    if (!editor.submit(judge(boxes, state), word)) return;
    if (editor.selection.size === 1) this.goOn(`${this.named(boxes[0])}, ${state}, ${this.queue.length} left.`);
  }

  /** Put the selected proposal off. */
  skip() {
    for (const id of this.editor.selection) this.skipped.add(id);
    this.goOn();
  }

  /** Select and show the next proposal. @param {string} [said] what just happened */
  goOn(said = "") {
    const [next] = this.queue;
    this.editor.emit("say", [said, next ? `${this.named(next)}?` : "No proposals left."].filter(Boolean).join(" "));
    this.editor.select(next ? [next.id] : []);
    if (next) this.editor.reveal(next);
  }

  /** @param {Box} box */
  named(box) {
    return this.editor.look(box.class_id).name + (box.score === null ? "" : `, ${box.score.toFixed(2)}`);
  }

  /** Accept every proposal at or above the threshold. @returns {boolean} whether the image may be left now */
  acceptRest() {
    this.editor.draft?.flush();
    const rest = this.queue;
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
