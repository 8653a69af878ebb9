// Copied boxes: kept for the tab, so that they can be pasted on another image.
import { copiesOf } from "../commands/boxes.js";

/**
 * @typedef {import("../view/editor.js").Editor} Editor
 * @typedef {import("../model/edits.js").Box} Box
 */

const KEY = "modelship.clipboard";

export class Clipboard {
  /** @param {Editor} editor */
  constructor(editor) {
    this.editor = editor;
    /** @type {{image: string, project: string, boxes: Box[]}} */
    this.held = { image: "", project: "", boxes: [] };
    try {
      this.held = JSON.parse(sessionStorage.getItem(KEY) ?? "") ?? this.held;
    } catch {
      // Nothing was copied yet.
    }
    /** How often this was pasted on the image it came from: each copy a step further. */
    this.times = 0;
  }

  get isEmpty() {
    return this.held.boxes.length === 0;
  }

  copy() {
    const { image, project } = this.editor.data;
    this.held = { image: image.id, project: project.id, boxes: this.editor.selected };
    this.times = 0;
    try {
      sessionStorage.setItem(KEY, JSON.stringify(this.held));
    } catch {
      // Too much for the browser to keep: it still pastes until the page is left.
    }
    this.editor.emit("say", `${this.held.boxes.length} copied.`);
  }

  paste() {
    const { data } = this.editor;
    const same = this.held.image === data.image.id;
    this.times = same ? this.times + 1 : 0;
    const known = this.held.boxes.map((box) => ({ ...box, class_id: this.editor.classes.has(box.class_id ?? "") ? box.class_id : null }));
    const edits = copiesOf(known, this.times * 10, data.image);
    if (this.editor.submit(edits, "paste")) this.editor.select(edits.map((edit) => edit.box_id));
  }
}
