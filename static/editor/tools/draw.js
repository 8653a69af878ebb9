// The draw tool: press and drag, or click two corners, or set the corners by keys. It stays on and remembers
// the class; boxes that are there cannot be grabbed by accident, Ctrl reaches them.
import { drawBox } from "../commands/boxes.js";
import { between, clamp } from "../model/geometry.js";
import { isClick } from "./gestures.js";

/**
 * @typedef {import("../view/editor.js").Editor} Editor
 * @typedef {import("../view/editor.js").At} At
 * @typedef {import("../view/editor.js").Gesture} Gesture
 * @typedef {import("../view/editor.js").Tool} Tool
 * @typedef {import("../model/geometry.js").Point} Point
 */

export class DrawTool {
  /** @param {Editor} editor @param {Tool} select what Ctrl reaches */
  constructor(editor, select) {
    this.id = "draw";
    this.editor = editor;
    this.select = select;
    /** @type {Point | null} the first corner, while the second is awaited */
    this.corner = null;
    /** @type {Point | null} the crosshair of the keyboard */
    this.aim = null;
  }

  /** @param {At | null} at */
  cursor(at) {
    return at?.ctrl ? this.select.cursor(at) : "crosshair";
  }

  /** @param {At} at @returns {Gesture | null} */
  press(at) {
    if (at.ctrl && !this.corner) return this.select.press(at);
    if (!this.editor.allowed()) return null;
    this.aim = null;
    const first = this.corner;
    const corner = first ?? at.picture;
    return {
      move: (now) => this.show(corner, now),
      release: (end) => {
        if (!first && isClick(at, end)) this.await(corner, end);
        else this.finish(corner, end);
      },
      cancel: () => this.reset(),
    };
  }

  /** Shift draws a square. @param {Point} corner @param {{picture: Point, shift?: boolean}} at */
  rect(corner, at) {
    let { x, y } = at.picture;
    if (at.shift) {
      const side = Math.max(Math.abs(x - corner.x), Math.abs(y - corner.y));
      x = corner.x + side * Math.sign(x - corner.x || 1);
      y = corner.y + side * Math.sign(y - corner.y || 1);
    }
    return between(corner, { x, y }, this.editor.data.image);
  }

  /** @param {Point} corner @param {{picture: Point, shift?: boolean}} at */
  show(corner, at) {
    this.editor.scene.show({ newborn: { ...this.rect(corner, at), class_id: this.editor.currentClass }, crosshair: this.screen(at.picture) });
    this.editor.tell();
  }

  /** @param {Point} picture */
  screen(picture) {
    const { x, y } = this.editor.scene.viewport.toScreen({ ...picture, w: 0, h: 0 });
    return { x, y };
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
    const edit = drawBox(rect, this.editor.currentClass);
    if (!this.editor.submit([edit], "draw")) return;
    this.editor.select([edit.box_id]);
    this.editor.emit("say", `${this.editor.look(this.editor.currentClass).name} drawn.`);
  }

  reset() {
    this.corner = null;
    this.editor.scene.show({ newborn: null });
    this.editor.tell();
  }

  /** @param {At} at */
  hover(at) {
    this.aim = null;
    if (this.corner) this.show(this.corner, at);
    else this.editor.scene.show({ crosshair: at.ctrl || at.touch || !this.editor.settings.values.crosshair ? null : at.screen, handles: at.ctrl });
    if (at.ctrl) this.select.hover(at);
  }

  leave() {
    this.editor.scene.show({ crosshair: null, hovered: null });
  }

  cancel() {
    if (!this.corner) return false;
    this.reset();
    return true;
  }

  /** Move the crosshair by keys, in screen pixels. @param {number} dx @param {number} dy */
  steer(dx, dy) {
    const { viewport } = this.editor.scene;
    const from = this.aim ?? this.editor.pointer ?? viewport.toPicture({ x: viewport.width / 2, y: viewport.height / 2 });
    const { width, height } = this.editor.data.image;
    const step = 1 / Math.min(viewport.scale, 1);
    this.aim = { x: clamp(from.x + dx * step, 0, width), y: clamp(from.y + dy * step, 0, height) };
    if (this.corner) this.show(this.corner, { picture: this.aim });
    else this.editor.scene.show({ crosshair: this.screen(this.aim) });
  }

  /** Set a corner where the crosshair is. */
  enter() {
    if (!this.editor.allowed()) return;
    if (!this.aim) this.steer(0, 0);
    const aim = /** @type {Point} */ (this.aim);
    if (!this.corner) this.await(aim, { picture: aim });
    else if (this.corner.x !== aim.x && this.corner.y !== aim.y) this.finish(this.corner, { picture: aim });
  }
}
