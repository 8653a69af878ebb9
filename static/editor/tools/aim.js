// What all drawing tools share: they stay on, remember the class, reach what is there only with Ctrl, and can
// be led by keys.
import { clamp } from "../model/geometry.js";

/**
 * @typedef {import("../view/editor.js").Editor} Editor
 * @typedef {import("../view/editor.js").At} At
 * @typedef {import("../view/editor.js").Tool} Tool
 * @typedef {import("../model/geometry.js").Point} Point
 */

export class AimingTool {
  /** @param {string} id @param {Editor} editor @param {Tool} select what Ctrl reaches */
  constructor(id, editor, select) {
    this.id = id;
    this.draws = true;
    this.editor = editor;
    this.select = select;
    /** @type {Point | null} the crosshair of the keyboard */
    this.aim = null;
  }

  /** Whether a shape is begun and not finished. */
  get busy() {
    return false;
  }

  /** @param {At | null} at */
  cursor(at) {
    return at?.ctrl && !this.busy ? this.select.cursor(at) : "crosshair";
  }

  /** @param {Point} picture */
  screen(picture) {
    const { x, y } = this.editor.scene.viewport.toScreen({ ...picture, w: 0, h: 0 });
    return { x, y };
  }

  /** Show what is begun, up to a point. @param {{picture: Point, shift?: boolean}} _at */
  preview(_at) {}

  /** @param {At} at */
  hover(at) {
    this.aim = null;
    if (this.busy) this.preview(at);
    else this.editor.scene.show({ crosshair: at.ctrl || at.touch || !this.editor.settings.values.crosshair ? null : at.screen, handles: at.ctrl });
    if (at.ctrl && !this.busy) this.select.hover(at);
  }

  leave() {
    this.editor.scene.show({ crosshair: null, hovered: null });
  }

  /** Move the crosshair by keys, in screen pixels. @param {number} dx @param {number} dy */
  steer(dx, dy) {
    const { viewport } = this.editor.scene;
    const from = this.aim ?? this.editor.pointer ?? viewport.toPicture({ x: viewport.width / 2, y: viewport.height / 2 });
    const { width, height } = this.editor.data.image;
    const step = 1 / Math.min(viewport.scale, 1);
    this.aim = { x: clamp(from.x + dx * step, 0, width), y: clamp(from.y + dy * step, 0, height) };
    if (this.busy) this.preview({ picture: this.aim });
    else this.editor.scene.show({ crosshair: this.screen(this.aim) });
  }

  /** The point that the keys aim at. @returns {Point} */
  aimed() {
    if (!this.aim) this.steer(0, 0);
    return /** @type {Point} */ (this.aim);
  }

  /** Show a shape that is being drawn. @param {import("../model/shapes.js").Shape} shape @param {Point} to */
  showNewborn(shape, to) {
    this.editor.scene.show({ newborn: { ...shape, class_id: this.editor.currentClass }, crosshair: this.screen(to) });
    this.editor.tell();
  }

  hideNewborn() {
    this.editor.scene.show({ newborn: null, guides: [] });
    this.editor.tell();
  }

  /** Make a drawn shape an edit, and select it. @param {import("../model/edits.js").Edit} edit */
  finished(edit) {
    if (!this.editor.submit([edit], "draw")) return;
    this.editor.select([edit.box_id]);
    this.editor.emit("say", `${this.editor.look(edit.patch.class_id).name} drawn.`);
  }
}
