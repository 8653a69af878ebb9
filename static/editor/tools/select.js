// The select tool: the smallest shape under the pointer wins, a repeated click goes through the others below.
// The only selected shape can be pulled by its handles, turned, or bent by its corners.
import { handleAt } from "../model/geometry.js";
import { isPointed, pointed, POINTED } from "../model/shapes.js";
import { placeBox } from "../commands/boxes.js";
import { cornerNear, frameOn } from "../view/grips.js";
import { CornerGesture, isClick, MarqueeGesture, MoveGesture, ResizeGesture, TurnGesture } from "./gestures.js";

/**
 * @typedef {import("../view/editor.js").Editor} Editor
 * @typedef {import("../view/editor.js").At} At
 * @typedef {import("../view/editor.js").Gesture} Gesture
 * @typedef {import("../model/edits.js").Box} Box
 * @typedef {{cursor: string, press: (at: At) => Gesture | null}} Grip what is under the pointer, and what a press on it does
 */

const CURSORS = ["ns-resize", "nesw-resize", "ew-resize", "nwse-resize"];
const WAYS = { n: 0, ne: 45, e: 90, se: 135, s: 180, sw: 225, w: 270, nw: 315 };
const NO_GESTURE = { move() {}, release() {}, cancel() {} };

export class SelectTool {
  /** @param {Editor} editor */
  constructor(editor) {
    this.id = "select";
    this.editor = editor;
    /** @type {At | null} where the last click was, to tell a repeated one */
    this.clicked = null;
  }

  /** What of the only selected shape is under the pointer. @param {At} at @returns {Grip | null} */
  grip(at) {
    const [box, ...others] = this.editor.selected;
    if (!box || others.length || box.locked) return null;
    return isPointed(box) ? this.cornerGrip(box, at) : this.frameGrip(box, at);
  }

  /** @param {Box} box @param {At} at @returns {Grip | null} */
  frameGrip(box, at) {
    const { editor } = this;
    const { knob, frame, local } = frameOn(editor.scene.viewport, box, at.screen);
    if (Math.hypot(at.screen.x - knob.x, at.screen.y - knob.y) < 10) {
      return { cursor: "grab", press: () => new TurnGesture(editor, at, [box]) };
    }
    const handle = handleAt(frame, local);
    if (!handle) return null;
    const cursor = CURSORS[Math.round((WAYS[handle] + (box.rotation ?? 0)) / 45) % 4];
    return { cursor, press: () => new ResizeGesture(editor, at, box, handle) };
  }

  /** A corner, or the middle of a side where a new one can be pulled out. @param {Box} box @param {At} at @returns {Grip | null} */
  cornerGrip(box, at) {
    const { editor } = this;
    const { corner, side } = cornerNear(editor.scene.viewport, box, at.screen);
    if (corner >= 0) {
      const press = () => (at.alt ? this.dropCorner(box, corner) : new CornerGesture(editor, at, box, corner, box.points));
      return { cursor: at.alt ? "not-allowed" : "crosshair", press };
    }
    if (side < 0) return null;
    const grown = [...box.points.slice(0, side + 1), [at.picture.x, at.picture.y], ...box.points.slice(side + 1)];
    return { cursor: "copy", press: () => new CornerGesture(editor, at, box, side + 1, grown) };
  }

  /** Take one corner away, as long as the shape still is one; of keypoints it says whether one is hidden. @param {Box} box @param {number} corner @returns {Gesture} */
  dropCorner(box, corner) {
    const hidden = box.points.map(([x, y, seen], at) => (at === corner ? [x, y, seen === 1 ? 2 : 1] : [x, y, seen]));
    const points = box.shape === "keypoints" ? hidden : box.points.filter((_, at) => at !== corner);
    if (points.length >= POINTED[box.shape]) this.editor.submit([placeBox(box, pointed(points, this.editor.data.image))], "corner");
    this.editor.scene.show({ corner: null });
    return NO_GESTURE;
  }

  /** @param {At | null} at */
  cursor(at) {
    if (!at) return "default";
    return this.grip(at)?.cursor ?? (this.editor.scene.hits(at.picture).length ? "move" : "default");
  }

  /** @param {At} at @returns {Gesture | null} */
  press(at) {
    const { editor } = this;
    editor.draft?.flush();
    const grip = this.grip(at);
    if (grip) return grip.press(at);
    const hits = editor.scene.hits(at.picture);
    if (at.shift) return new MarqueeGesture(editor, at, () => this.toggle(hits[0]));
    if (!hits.length) return new MarqueeGesture(editor, at, (end) => this.clickNothing(at, end));
    // A locked shape gives way: boxes on a locked background are dragged around like on the bare picture.
    if (hits[0].locked) return new MarqueeGesture(editor, at, (end) => this.pick(end, hits));
    if (hits.some((box) => editor.selection.has(box.id))) {
      return new MoveGesture(editor, at, editor.selected, (end) => this.pick(end, hits));
    }
    this.clicked = at;
    editor.select([hits[0].id]);
    return new MoveGesture(editor, at, [hits[0]], () => {});
  }

  /** Where no box is there may be a ghost. @param {At} at @param {At} end */
  clickNothing(at, end) {
    if (!this.editor.ghosts?.adoptAt(end)) this.pick(at, []);
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
    this.editor.ghosts?.point(top ? null : at);
  }

  leave() {
    this.editor.ghosts?.point(null);
    this.editor.scene.show({ hovered: null });
  }

  cancel() {
    if (this.editor.scene.corner !== null) {
      this.editor.scene.show({ corner: null });
      return true;
    }
    if (!this.editor.selection.size) return false;
    this.editor.select([]);
    return true;
  }
}
