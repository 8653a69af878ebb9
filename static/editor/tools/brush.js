// Judging by a stroke: with A or X held, every box that the pointer crosses is judged, all of them as one change.
import { judge } from "../commands/boxes.js";
import { between } from "../model/geometry.js";
import { crosses } from "../model/overlap.js";

/**
 * @typedef {import("../view/editor.js").Editor} Editor
 * @typedef {import("../view/editor.js").At} At
 * @typedef {import("../model/edits.js").Box} Box
 * @typedef {import("../model/edits.js").State} State
 */

export class Brush {
  /** @param {Editor} editor @param {State} state @param {At} at */
  constructor(editor, state, at) {
    this.editor = editor;
    this.state = state;
    this.last = at.picture;
    /** @type {Map<string, Box>} */
    this.crossed = new Map();
    // A stroke that begins in a box means the smallest there; others count once their edge is crossed.
    this.take(editor.scene.hits(at.picture).slice(0, 1));
  }

  /** @param {Box[]} boxes */
  take(boxes) {
    const before = this.crossed.size;
    for (const box of boxes) {
      if (box.state !== this.state && (box.source !== "human" || box.state === "proposed")) this.crossed.set(box.id, box);
    }
    if (this.crossed.size === before) return;
    this.editor.scene.showDrafts([...this.crossed.values()].map((box) => ({ ...box, state: this.state })));
  }

  /** @param {At} at */
  move({ picture }) {
    const { scene, data } = this.editor;
    const near = scene.grid.query(between(this.last, picture, data.image));
    this.take(near.filter((box) => scene.shows(box) && crosses(box, this.last, picture)));
    this.last = picture;
  }

  /** @param {At} at */
  release(at) {
    this.move(at);
    this.cancel();
    const { editor } = this;
    const now = [...this.crossed.keys()].flatMap((id) => editor.document.view.get(id) ?? []);
    const edits = judge(now, this.state);
    if (!editor.submit(edits, `${this.state === "accepted" ? "accept" : "reject"} ${edits.length}`)) return;
    editor.select([]);
    const left = [...editor.document.view.values()].filter((box) => box.state === "proposed" && editor.scene.shows(box)).length;
    editor.emit("say", `${edits.length} ${this.state}, ${left} left.`);
  }

  cancel() {
    this.editor.scene.showDrafts([]);
  }
}
