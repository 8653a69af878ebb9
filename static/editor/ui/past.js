// How the picture looked: a canvas over the stage that shows the boxes of a moment, and what is different now.
import { isShown } from "../model/order.js";
import { areaOf, boundsOf, covers } from "../model/shapes.js";
import * as paint from "../view/paint.js";
import { pixelOf, raster } from "../view/raster.js";
import { RASTER_FROM } from "../view/scene.js";

/**
 * @typedef {import("../view/editor.js").Editor} Editor
 * @typedef {import("../model/edits.js").Box} Box
 * @typedef {import("../model/moments.js").Difference} Difference
 */

const REACH_PX = 6;

export class Past {
  /** @param {Editor} editor @param {HTMLElement} stage */
  constructor(editor, stage) {
    this.editor = editor;
    this.stage = stage;
    this.canvas = document.createElement("canvas");
    this.canvas.className = "past";
    this.ctx = /** @type {CanvasRenderingContext2D} */ (this.canvas.getContext("2d", { willReadFrequently: true }));
    /** @type {Map<string, Box>} */
    this.boxes = new Map();
    /** @type {Difference} */
    this.difference = { added: [], changed: [], deleted: [] };
    /** @type {Set<string>} */
    this.picked = new Set();
    this.asked = 0;
  }

  get isShown() {
    return this.canvas.isConnected;
  }

  /** @param {Map<string, Box>} boxes @param {Difference} difference */
  show(boxes, difference) {
    this.boxes = boxes;
    this.difference = difference;
    if (!this.isShown) {
      this.stage.append(this.canvas);
      this.editor.past = true;
      this.editor.hideBoxes(false);
      this.editor.emit("canvas", null);
    }
    this.invalidate();
  }

  hide() {
    if (!this.isShown) return;
    this.canvas.remove();
    this.editor.past = false;
    this.editor.hideBoxes(false);
    this.editor.emit("canvas", null);
  }

  invalidate() {
    if (!this.isShown) return;
    this.asked ||= requestAnimationFrame(() => {
      this.asked = 0;
      this.draw();
    });
  }

  /** The smallest box of that moment under a point of the picture. @param {import("../model/geometry.js").Point} point @returns {Box | undefined} */
  hit(point) {
    const { filter, viewport } = this.editor.scene;
    const hits = [...this.boxes.values()].filter((box) => covers(box, point, REACH_PX / viewport.scale) && isShown(box, filter));
    return hits.sort((a, b) => areaOf(a) - areaOf(b))[0];
  }

  /** Empty the canvas, as large as the others. */
  clear() {
    const { width, height } = this.editor.scene.layers.boxes.canvas;
    if (this.canvas.width !== width || this.canvas.height !== height) Object.assign(this.canvas, { width, height });
    this.ctx.setTransform(1, 0, 0, 1, 0, 0);
    this.ctx.clearRect(0, 0, width, height);
    return { width, height };
  }

  draw() {
    const { scene } = this.editor;
    const { width, height } = this.clear();
    const boxes = [...this.boxes.values()].filter((box) => isShown(box, scene.filter));
    if (boxes.length > RASTER_FROM) this.rasterBoxes(boxes, width, height);
    this.ctx.setTransform(scene.ratio, 0, 0, scene.ratio, 0, 0);
    if (boxes.length <= RASTER_FROM) this.paintBoxes(boxes);
    this.paintDifference();
    for (const id of this.picked) this.paintPicked(this.boxes.get(id));
  }

  /** @param {Box[]} boxes */
  paintBoxes(boxes) {
    const { scene } = this.editor;
    boxes.sort((a, b) => b.w * b.h - a.w * a.h);
    for (const box of boxes) paint.paintBox(this.ctx, scene.viewport, box, this.editor.look(box.class_id));
  }

  /** @param {Box[]} boxes @param {number} width @param {number} height */
  rasterBoxes(boxes, width, height) {
    const { scene } = this.editor;
    const image = this.ctx.createImageData(width, height);
    const plane = { image, pixels: new Uint32Array(image.data.buffer), width, height, thickness: scene.ratio >= 1.5 ? 2 : 1 };
    const { x, y, scale } = scene.viewport.place;
    raster(plane, boxes, { x, y, scale: scale * scene.ratio }, (id) => pixelOf(this.editor.look(id).color));
    this.ctx.putImageData(image, 0, 0);
  }

  paintDifference() {
    const { added, changed, deleted } = this.difference;
    const colors = getComputedStyle(this.stage);
    const color = (/** @type {string} */ name) => colors.getPropertyValue(name).trim();
    const frame = (/** @type {Box} */ box, /** @type {string} */ name, /** @type {boolean} */ dashed) =>
      paint.paintShape(this.ctx, this.editor.scene.viewport, box, { name: "", color: color(name) }, { dashed, width: 2.5 });
    for (const [then, now] of changed) {
      frame(then, "--warn", false);
      frame(now, "--warn", true);
    }
    for (const box of deleted) frame(box, "--bad", false);
    for (const box of added) frame(box, "--ok", true);
  }

  /** @param {Box | undefined} box */
  paintPicked(box) {
    if (!box) return;
    const look = this.editor.look(box.class_id);
    const { viewport } = this.editor.scene;
    paint.paintShape(this.ctx, viewport, box, look, { width: 3, fill: "38" });
    paint.paintLabel(this.ctx, viewport.toScreen(boundsOf(box)), paint.captionOf(box, look), look.color);
  }
}
