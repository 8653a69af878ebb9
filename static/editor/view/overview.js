// All boxes of a crowded picture as one drawing of the whole, kept until a box changes: it stands in while
// the view moves, when drawing so many anew would take longer than a frame. At rest every box is drawn itself.
import { CROWD, pixelsFor, raster } from "./raster.js";

/**
 * @typedef {import("./viewport.js").Viewport} Viewport
 * @typedef {import("./scene.js").Scene} Scene
 */

/** How long the view has to rest. */
const REST_MS = 140;

/** About how many boxes are in view, were they spread evenly. @param {number} count of all @param {Pick<Viewport, "picture" | "visible">} viewport */
export function crowdIn(count, { picture, visible }) {
  const share = (/** @type {number} */ from, /** @type {number} */ length, /** @type {number} */ most) =>
    Math.max(Math.min(from + length, most) - Math.max(from, 0), 0) / most;
  return count * share(visible.x, visible.w, picture.width) * share(visible.y, visible.h, picture.height);
}

export class Overview {
  /** @param {Scene} scene whose boxes layer it paints */
  constructor(scene) {
    this.scene = scene;
    /** Whether the view has moved just now. */
    this.moving = false;
    /** @type {HTMLCanvasElement | null} */
    this.canvas = null;
    /** Device pixels of the drawing per picture pixel. */
    this.scale = 1;
  }

  /** The view moves, and will come to rest. */
  moved() {
    this.moving = true;
    clearTimeout(this.resting);
    this.resting = setTimeout(() => {
      this.moving = false;
      if (this.isCrowded) this.scene.repaint("boxes");
    }, REST_MS);
  }

  /** A box, or how boxes look, has changed. */
  forget() {
    this.canvas = null;
  }

  get isCrowded() {
    const { grid, viewport, drafts } = this.scene;
    return !drafts.size && grid.count > CROWD && crowdIn(grid.count, viewport) > CROWD;
  }

  /** Paint the layer of boxes from the drawing, if now is the time to. @returns {boolean} whether it did */
  paint() {
    if (!this.moving || !this.isCrowded) return false;
    this.canvas ??= this.draw();
    const { viewport, ratio, layers } = this.scene;
    const { ctx } = layers.boxes;
    const scale = viewport.scale * ratio;
    const zoom = scale / this.scale;
    // On whole pixels where it is as large, so that it looks as the boxes do at rest.
    const [x, y] = [Math.round(-viewport.place.x * scale), Math.round(-viewport.place.y * scale)];
    ctx.setTransform(1, 0, 0, 1, 0, 0);
    ctx.clearRect(0, 0, ctx.canvas.width, ctx.canvas.height);
    ctx.imageSmoothingEnabled = zoom !== 1;
    ctx.drawImage(this.canvas, x, y, this.canvas.width * zoom, this.canvas.height * zoom);
    return true;
  }

  /** All boxes, as large as the whole picture fits the stage. */
  draw() {
    const { viewport, ratio, grid } = this.scene;
    const { width, height } = viewport.picture;
    this.scale = viewport.fitting * ratio;
    const canvas = document.createElement("canvas");
    canvas.width = Math.ceil(width * this.scale) + 1;
    canvas.height = Math.ceil(height * this.scale) + 1;
    const ctx = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d", { willReadFrequently: true }));
    const image = ctx.createImageData(canvas.width, canvas.height);
    const plane = { pixels: new Uint32Array(image.data.buffer), width: image.width, height: image.height, thickness: ratio >= 1.5 ? 2 : 1 };
    const boxes = grid.query({ x: 0, y: 0, w: width, h: height }).filter((box) => this.scene.shows(box));
    raster(plane, boxes, { x: 0, y: 0, scale: this.scale }, pixelsFor((id) => this.scene.source.look(id).color));
    ctx.putImageData(image, 0, 0);
    return canvas;
  }
}
