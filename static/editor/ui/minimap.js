// The whole picture in a corner while only a part of it is seen: where I am, where colleagues are, where the
// boxes are. A click or a drag goes there. Loaded when the view is first zoomed in.
import { el, icon, perFrame } from "../../lib/dom.js";

/**
 * @typedef {import("./actions.js").App} App
 * @typedef {import("../model/geometry.js").Rect} Rect
 */

/** The longer side, in CSS pixels. */
const SIDE = 168;
const NARROW_SIDE = 104;
/** A mark of a box is at least this large, in device pixels. */
const DOT = 2;
/** Boxes come and go by the hundred while a model works: so often are they drawn again. */
const BOXES_MS = 250;

export class Minimap {
  /** @param {App} app @param {HTMLElement} frame where it is placed */
  constructor(app, frame) {
    this.app = app;
    this.canvas = el("canvas", { role: "img", "aria-label": "The whole image, with the part that you see" });
    const hide = el("button", {
      class: "button quiet square", type: "button", title: "Hide the overview (M)", "aria-label": "Hide the overview", "aria-keyshortcuts": "M",
      onclick: () => this.editor.set({ minimap: false }),
    }, icon("x"));
    this.root = el("div", { class: "minimap", role: "group", "aria-label": "Overview", hidden: true }, this.canvas, hide);
    frame.append(this.root);
    /** The picture and the boxes, which change seldom. */
    this.still = document.createElement("canvas");
    /** @type {ImageBitmap | null} */
    this.drawnOf = null;
    this.stale = true;
    this.ratio = 1;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.soon = undefined;
    this.paint = perFrame(() => this.draw());
    const { editor } = this;
    for (const name of /** @type {const} */ (["view", "settings", "peers"])) editor.on(name, this.paint);
    for (const name of /** @type {const} */ (["boxes", "classes", "opened"])) editor.on(name, () => this.refresh());
    this.canvas.addEventListener("pointerdown", (event) => this.grab(event));
    this.canvas.addEventListener("pointermove", (event) => this.canvas.hasPointerCapture(event.pointerId) && this.go(event));
    this.paint();
  }

  get editor() {
    return this.app.editor;
  }

  /** CSS pixels of the overview per picture pixel. */
  get scale() {
    const { picture } = this.editor.scene.viewport;
    return (innerWidth <= 820 ? NARROW_SIDE : SIDE) / Math.max(picture.width, picture.height);
  }

  /** The boxes changed: draw them again soon. */
  refresh() {
    this.stale = true;
    this.soon ??= setTimeout(() => {
      this.soon = undefined;
      this.paint();
    }, BOXES_MS);
  }

  draw() {
    const { scene, settings } = this.editor;
    const { viewport } = scene;
    const { x, y, w, h } = viewport.visible;
    const all = x <= 0 && y <= 0 && x + w >= viewport.picture.width && y + h >= viewport.picture.height;
    this.root.hidden = !settings.values.minimap || all || !scene.bitmap;
    if (this.root.hidden) return;
    this.measure();
    if (this.stale || this.drawnOf !== scene.bitmap) this.drawStill();
    const ctx = /** @type {CanvasRenderingContext2D} */ (this.canvas.getContext("2d"));
    ctx.setTransform(1, 0, 0, 1, 0, 0);
    ctx.drawImage(this.still, 0, 0);
    const factor = this.scale * this.ratio;
    for (const { viewport: seen, color } of this.editor.session.peers.present.values()) {
      if (seen) outline(ctx, { x: seen[0], y: seen[1], w: seen[2], h: seen[3] }, factor, color, this.canvas);
    }
    outline(ctx, viewport.visible, factor, "#ffffff", this.canvas);
  }

  measure() {
    const { picture } = this.editor.scene.viewport;
    this.ratio = devicePixelRatio || 1;
    const [wide, high] = [picture.width, picture.height].map((length) => Math.max(Math.round(length * this.scale), 8));
    const size = [wide, high].map((length) => Math.round(length * this.ratio));
    if (this.canvas.width === size[0] && this.canvas.height === size[1]) return;
    for (const canvas of [this.canvas, this.still]) [canvas.width, canvas.height] = size;
    this.canvas.style.inlineSize = `${wide}px`;
    this.canvas.style.blockSize = `${high}px`;
    this.stale = true;
  }

  drawStill() {
    const { scene, document: { view } } = this.editor;
    const { width, height } = this.still;
    const ctx = /** @type {CanvasRenderingContext2D} */ (this.still.getContext("2d"));
    ctx.imageSmoothingQuality = "high";
    if (scene.bitmap) ctx.drawImage(scene.bitmap, 0, 0, width, height);
    const factor = this.scale * this.ratio;
    for (const box of view.values()) {
      if (!scene.shows(box)) continue;
      ctx.fillStyle = this.editor.look(box.class_id).color;
      ctx.fillRect(box.x * factor, box.y * factor, Math.max(box.w * factor, DOT), Math.max(box.h * factor, DOT));
    }
    this.drawnOf = scene.bitmap;
    this.stale = false;
  }

  /** @param {PointerEvent} event */
  grab(event) {
    if (event.button !== 0) return;
    event.preventDefault();
    this.canvas.setPointerCapture(event.pointerId);
    this.go(event);
  }

  /** Centre the view where the pointer is. @param {PointerEvent} event */
  go(event) {
    const { scene } = this.editor;
    const frame = this.canvas.getBoundingClientRect();
    const [x, y] = [(event.clientX - frame.left) / this.scale, (event.clientY - frame.top) / this.scale];
    scene.gliding = null;
    scene.viewport.centre({ x, y, w: 0, h: 0 }, scene.viewport.scale);
    scene.moved();
  }
}

/** A frame that is seen on any picture. @param {CanvasRenderingContext2D} ctx @param {Rect} rect picture pixels @param {number} factor @param {string} color @param {{width: number, height: number}} within */
function outline(ctx, rect, factor, color, within) {
  const left = Math.max(Math.round(rect.x * factor), 0);
  const top = Math.max(Math.round(rect.y * factor), 0);
  const right = Math.min(Math.round((rect.x + rect.w) * factor), within.width);
  const bottom = Math.min(Math.round((rect.y + rect.h) * factor), within.height);
  const [w, h] = [Math.max(right - left, 4), Math.max(bottom - top, 4)];
  for (const [style, width] of /** @type {const} */ ([["rgb(0 0 0 / 70%)", 4], [color, 2]])) {
    ctx.strokeStyle = style;
    ctx.lineWidth = width;
    ctx.strokeRect(Math.min(left, within.width - w) + 1, Math.min(top, within.height - h) + 1, w - 2, h - 2);
  }
}
