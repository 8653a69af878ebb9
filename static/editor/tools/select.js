// The select tool: the smallest box under the pointer wins, a repeated click goes through the others below.
import { handleAt } from "../model/geometry.js";
import { isClick, MarqueeGesture, MoveGesture, ResizeGesture } from "./gestures.js";

/**
 * @typedef {import("../view/editor.js").Editor} Editor
 * @typedef {import("../view/editor.js").At} At
 * @typedef {import("../view/editor.js").Gesture} Gesture
 * @typedef {import("../model/edits.js").Box} Box
 */

const HANDLE_CURSORS = { nw: "nwse-resize", n: "ns-resize", ne: "nesw-resize", e: "ew-resize",
  se: "nwse-resize", s: "ns-resize", sw: "nesw-resize", w: "ew-resize" };

export class SelectTool {
  /** @param {Editor} editor */
  constructor(editor) {
    this.id = "select";
    this.editor = editor;
    /** @type {At | null} where the last click was, to tell a repeated one */
    this.clicked = null;
  }

  /** The handle of the only selected box under the pointer. @param {At} at */
  handle(at) {
    const [box, ...others] = this.editor.selected;
    if (!box || others.length) return null;
    const handle = handleAt(this.editor.scene.viewport.toScreen(box), at.screen);
    return handle && { box, handle };
  }

  /** @param {At | null} at */
  cursor(at) {
    if (!at) return "default";
    const grip = this.handle(at);
    if (grip) return HANDLE_CURSORS[grip.handle];
    return this.editor.scene.hits(at.picture).length ? "move" : "default";
  }

  /** @param {At} at @returns {Gesture} */
  press(at) {
    const { editor } = this;
    editor.draft?.flush();
    const grip = this.handle(at);
    if (grip && !at.shift) return new ResizeGesture(editor, at, grip.box, grip.handle);
    const hits = editor.scene.hits(at.picture);
    if (at.shift && grip) return new ResizeGesture(editor, at, grip.box, grip.handle);
    if (at.shift) return new MarqueeGesture(editor, at, () => this.toggle(hits[0]));
    if (!hits.length) return new MarqueeGesture(editor, at, () => this.pick(at, []));
    if (hits.some((box) => editor.selection.has(box.id))) {
      return new MoveGesture(editor, at, editor.selected, (end) => this.pick(end, hits));
    }
    this.clicked = at;
    editor.select([hits[0].id]);
    return new MoveGesture(editor, at, [hits[0]], () => {});
  }

  /** A click selects the smallest box; again at the same place, the next larger one. @param {At} at @param {Box[]} hits */
  pick(at, hits) {
    const again = this.clicked && isClick(this.clicked, at);
    this.clicked = at;
    const current = hits.findIndex((box) => this.editor.selection.has(box.id));
    const next = again ? hits[(current + 1) % hits.length] : hits[0];
    this.editor.select(next ? [next.id] : []);
  }

  /** @param {Box | undefined} box */
  toggle(box) {
    if (!box) return;
    const ids = new Set(this.editor.selection);
    if (!ids.delete(box.id)) ids.add(box.id);
    this.editor.select(ids);
  }

  /** @param {At} at */
  hover(at) {
    const top = this.editor.scene.hits(at.picture)[0]?.id ?? null;
    if (top !== this.editor.scene.hovered) this.editor.scene.show({ hovered: top });
  }

  leave() {
    this.editor.scene.show({ hovered: null });
  }

  cancel() {
    if (!this.editor.selection.size) return false;
    this.editor.select([]);
    return true;
  }
}
