// The draw tool: press and drag, or click two corners, or set the corners by keys. A click in the middle of a
// ghost makes it a box; near its rim, or with Shift, it sets a corner.
import { drawBox } from "../commands/boxes.js";
import { between } from "../model/geometry.js";
import { AimingTool } from "./aim.js";
import { isClick } from "./gestures.js";

/**
 * @typedef {import("../view/editor.js").Editor} Editor
 * @typedef {import("../view/editor.js").At} At
 * @typedef {import("../view/editor.js").Gesture} Gesture
 * @typedef {import("../view/editor.js").Tool} Tool
 * @typedef {import("../model/geometry.js").Point} Point
 */

export class DrawTool extends AimingTool {
  /** @param {Editor} editor @param {Tool} select what Ctrl reaches */
  constructor(editor, select) {
    super("draw", editor, select);
    /** @type {Point | null} the first corner, while the second is awaited */
    this.corner = null;
  }

  get busy() {
    return this.corner !== null;
  }

  /** @param {At} at @returns {Gesture | null} */
  press(at) {
    if (at.ctrl && !this.corner) return this.select.press(at);
    if (!this.editor.allowed()) return null;
    this.aim = null;
    const first = this.corner;
    const corner = first ?? this.editor.snap.point(at.picture, at);
    return {
      move: (now) => this.show(corner, now),
      release: (end) => {
        if (!first && isClick(at, end)) this.click(corner, end);
        else this.finish(corner, end);
      },
      cancel: () => this.reset(),
    };
  }

  /** Shift draws a square. @param {Point} corner @param {{picture: Point, shift?: boolean}} at */
  rect(corner, at) {
    let { x, y } = this.editor.snap.point(at.picture, at, [], corner);
    if (at.shift) {
      const side = Math.max(Math.abs(x - corner.x), Math.abs(y - corner.y));
      x = corner.x + side * Math.sign(x - corner.x || 1);
      y = corner.y + side * Math.sign(y - corner.y || 1);
    }
    return between(corner, { x, y }, this.editor.data.image);
  }

  /** @param {Point} corner @param {{picture: Point, shift?: boolean}} at */
  show(corner, at) {
    this.showNewborn(this.rect(corner, at), at.picture);
  }

  /** @param {{picture: Point, shift?: boolean}} at */
  preview(at) {
    if (this.corner) this.show(this.corner, at);
  }

  /** @param {Point} corner @param {At} at */
  click(corner, at) {
    if (at.shift || !this.editor.ghosts?.adoptAt(at)) this.await(corner, at);
  }

  /** @param {Point} corner @param {{picture: Point}} at */
  await(corner, at) {
    this.corner = corner;
    this.show(corner, at);
    this.editor.emit("say", "First corner set. Click or press Enter at the opposite corner.");
  }

  /** @param {Point} corner @param {{picture: Point, shift?: boolean}} at */
  finish(corner, at) {
    const rect = this.rect(corner, at);
    this.reset();
    this.finished(drawBox(rect, this.editor.currentClass));
  }

  reset() {
    this.corner = null;
    this.hideNewborn();
  }

  /** @param {At} at */
  hover(at) {
    super.hover(at);
    if (!at.ctrl) this.editor.ghosts?.point(this.busy || at.shift ? null : at);
  }

  leave() {
    this.editor.ghosts?.point(null);
    super.leave();
  }

  cancel() {
    if (!this.corner) return false;
    this.reset();
    return true;
  }

  /** Set a corner where the crosshair is. */
  enter() {
    if (!this.editor.allowed()) return;
    const aim = this.aimed();
    if (!this.corner) this.await(aim, { picture: aim });
    else if (this.corner.x !== aim.x && this.corner.y !== aim.y) this.finish(this.corner, { picture: aim });
  }
}
