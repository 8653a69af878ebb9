// The stage: three stacked canvases (picture, boxes, what is in motion) and one scheduler that paints only
// what became dirty. Nothing is painted while nothing changes.
import { intersects } from "../model/geometry.js";
import { Grid } from "../model/grid.js";
import { isShown } from "../model/order.js";
import { paintPeers } from "./colleagues.js";
import * as paint from "./paint.js";
import { CROWD, pixelsFor, raster } from "./raster.js";
import { boundsOf, isPlain } from "../model/shapes.js";
import { Viewport } from "./viewport.js";

/**
 * @typedef {import("../model/geometry.js").Rect} Rect
 * @typedef {import("../model/geometry.js").Point} Point
 * @typedef {import("../model/edits.js").Box} Box
 * @typedef {import("./paint.js").Look} Look
 * @typedef {"picture" | "boxes" | "active"} LayerName
 * @typedef {{canvas: HTMLCanvasElement, ctx: CanvasRenderingContext2D, dirty: boolean, painted: number}} Layer
 * @typedef {import("../model/order.js").Filter} Filter
 * @typedef {{id: string, name: string, color: string, cursor: [number, number] | null, selection: string[], ghosts: Shape[]}} Peer
 * @typedef {import("../model/shapes.js").Shape} Shape
 * @typedef {{selection: Set<string>, peers: Iterable<Peer>, look: (classId: string | null) => Look, find: (id: string) => Box | undefined}} Source
 */

/** Above so many visible boxes their outlines are written as pixels. */
export const RASTER_FROM = 300;
const SETTLE_MS = 140;
const GLIDE_MS = 120;
/** Lines and points are met within so many screen pixels. */
const HIT_PX = 6;
/** The knob that turns a box stands off so far, with its own size. */
const GRIP_PX = 32;

export class Scene {
  /** @param {HTMLElement} stage holds the three canvases @param {Source} source what to show */
  constructor(stage, source) {
    this.stage = stage;
    this.source = source;
    this.viewport = new Viewport();
    const alpha = { alpha: false };
    this.layers = {
      picture: layerOf(stage, "picture", alpha),
      boxes: layerOf(stage, "boxes", { willReadFrequently: true }),
      active: layerOf(stage, "active", {}),
    };
    this.ratio = 1;
    /** @type {Grid<Box>} */
    this.grid = new Grid(this.viewport.picture);
    /** @type {Filter} */
    this.filter = { threshold: 0, rejected: false };
    /** @type {ImageBitmap | null} */
    this.bitmap = null;
    /** @type {import("./tiles.js").Tiles | null} finer parts of a large picture */
    this.tiles = null;
    /** @type {Map<string, Box>} boxes in motion: drawn on the active layer instead of at rest */
    this.drafts = new Map();
    this.dragging = false;
    /** @type {string | null} */
    this.hovered = null;
    /** @type {Rect | null} */
    this.marquee = null;
    /** @type {(Rect & {class_id: string | null, score: number | null}) | null} what a model half believes */
    this.ghost = null;
    /** @type {(Shape & {class_id: string | null}) | null} the shape being drawn */
    this.newborn = null;
    /** @type {number | null} the corner of the only selected shape that the keys move */
    this.corner = null;
    /** @type {{axis: "x" | "y", at: number}[]} lines that something in motion was drawn to, in picture pixels */
    this.guides = [];
    /** @type {Point | null} screen */
    this.crosshair = null;
    this.handles = true;
    /** @type {Rect[]} what the active layer covers now */
    this.inked = [];
    /** @type {{from: import("./viewport.js").Place, to: import("./viewport.js").Place, start: number} | null} */
    this.gliding = null;
    /** Whether the view rests, so that the picture may be drawn as finely as possible. */
    this.settled = true;
    /** @type {import("./overview.js").Overview | null} loaded where there is a crowd */
    this.overview = null;
    this.asked = 0;
    this.painting = () => this.frame();
    /** @type {(() => void) | null} called when the view moved */
    this.onmove = null;
    this.retheme();
    new ResizeObserver(() => this.resize()).observe(stage);
    this.resize();
  }

  /** Something that those layers show has changed: paint them in the next frame. @param {...LayerName} names */
  invalidate(...names) {
    if (names.includes("boxes")) this.overview?.forget();
    this.repaint(...names);
  }

  /** Ask for a paint of some layers in the next frame. @param {...LayerName} names */
  repaint(...names) {
    for (const name of names) this.layers[name].dirty = true;
    this.asked ||= requestAnimationFrame(this.painting);
  }

  invalidateAll() {
    this.invalidate("picture", "boxes", "active");
  }

  frame() {
    this.asked = 0;
    this.glideOn();
    const { picture, boxes, active } = this.layers;
    if (picture.dirty) this.paintPicture();
    if (boxes.dirty) this.paintBoxes();
    if (active.dirty) this.paintActive();
    for (const layer of [picture, boxes, active]) {
      if (layer.dirty) layer.painted++;
      layer.dirty = false;
    }
    if (this.gliding) this.moved();
  }

  /** Fit the canvases to the stage and the screen's pixels. */
  resize() {
    const { width, height } = this.stage.getBoundingClientRect();
    if (!width || !height) return;
    const fitted = this.viewport.isFitted || this.viewport.width <= 1;
    this.ratio = devicePixelRatio || 1;
    Object.assign(this.viewport, { width, height });
    for (const { canvas } of Object.values(this.layers)) {
      canvas.width = Math.round(width * this.ratio);
      canvas.height = Math.round(height * this.ratio);
    }
    const image = this.layers.boxes.ctx.createImageData(this.layers.boxes.canvas.width, this.layers.boxes.canvas.height);
    this.plane = {
      image, pixels: new Uint32Array(image.data.buffer), width: image.width, height: image.height,
      thickness: this.ratio >= 1.5 ? 2 : 1,
    };
    if (fitted) this.viewport.fit();
    this.invalidateAll();
    cancelAnimationFrame(this.asked);
    this.frame();
    this.onmove?.();
  }

  /** Take the surround of the theme. */
  retheme() {
    this.surround = getComputedStyle(this.stage).getPropertyValue("--surround").trim() || "#0b0d10";
    this.invalidate("picture");
  }

  /** Show another picture, whole. @param {{width: number, height: number}} size @param {ImageBitmap | null} bitmap */
  open(size, bitmap) {
    this.viewport.picture = { width: size.width, height: size.height };
    this.bitmap = bitmap;
    this.lay(null);
    this.grid = new Grid(size);
    this.hovered = this.marquee = this.newborn = this.ghost = this.corner = null;
    this.guides = [];
    this.gliding = null;
    this.drafts.clear();
    this.viewport.fit();
    this.moved();
  }

  /** Lay tiles over the picture, or take them away. @param {import("./tiles.js").Tiles | null} tiles */
  lay(tiles) {
    this.tiles?.close();
    this.tiles = tiles;
    this.invalidate("picture");
  }

  /** The boxes with those ids changed, came or went. @param {Iterable<string>} ids @param {Map<string, Box>} view */
  touch(ids, view) {
    for (const id of ids) {
      const box = view.get(id);
      // A tag belongs to the whole picture: it would lie in front of everything.
      if (box && box.shape !== "tag") this.grid.set(box);
      else this.grid.remove(id);
    }
    this.invalidate("boxes", "active");
  }

  /** Whether a box is drawn at all. @param {Box} box */
  shows(box) {
    return isShown(box, this.filter);
  }

  /** The shown boxes under a point of the picture, those in front first, then the smallest; locked ones last. @param {Point} point @returns {Box[]} */
  hits(point) {
    const hits = this.grid.hits(point, HIT_PX / this.viewport.scale).filter((box) => this.shows(box));
    return hits.sort((a, b) => Number(a.locked ?? false) - Number(b.locked ?? false));
  }

  /** Draw boxes in motion; the layer of boxes at rest is painted again only when others start or stop moving. @param {Box[]} boxes */
  showDrafts(boxes) {
    const same = boxes.length === this.drafts.size && boxes.every((box) => this.drafts.has(box.id));
    this.drafts = new Map(boxes.map((box) => [box.id, box]));
    if (!boxes.length) this.guides = [];
    this.invalidate(...(same ? [] : [/** @type {LayerName} */ ("boxes")]), "active");
  }

  /** @param {Partial<{hovered: string | null, marquee: Rect | null, ghost: Scene["ghost"], newborn: (Shape & {class_id: string | null}) | null, crosshair: Point | null, handles: boolean, dragging: boolean, corner: number | null, guides: {axis: "x" | "y", at: number}[]}>} change */
  show(change) {
    Object.assign(this, change);
    this.invalidate("active");
  }

  /** The view moved: everything is painted again, and once more finely when it rests. */
  moved() {
    this.overview?.moved();
    if (this.grid.count > CROWD) import("./overview.js").then(({ Overview }) => (this.overview ??= new Overview(this)));
    this.repaint("picture", "boxes", "active");
    this.onmove?.();
  }

  /** Move the view to a place, gliding where the person allows motion. @param {import("./viewport.js").Place} place */
  glide(place) {
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) {
      this.viewport.go(place);
      this.moved();
      return;
    }
    this.gliding = { from: this.viewport.place, to: place, start: performance.now() };
    this.moved();
  }

  glideOn() {
    if (!this.gliding) return;
    const { from, to, start } = this.gliding;
    const share = Math.min((performance.now() - start) / GLIDE_MS, 1);
    const eased = 1 - (1 - share) ** 3;
    const scale = from.scale * (to.scale / from.scale) ** eased;
    const along = (/** @type {"x" | "y"} */ axis) => from[axis] + (to[axis] - from[axis]) * eased;
    this.viewport.place = { x: along("x"), y: along("y"), scale };
    if (share === 1) this.gliding = null;
  }

  /** Made smaller the picture gains by finer sampling, but that is too dear while it moves. */
  paintPicture() {
    const smaller = this.viewport.scale * this.ratio < 1;
    clearTimeout(this.settling);
    const quality = this.settled && smaller ? "high" : "low";
    paint.paintPicture(this.layers.picture.ctx, this.bitmap, this.viewport, { surround: this.surround ?? "#0b0d10", ratio: this.ratio, quality });
    this.tiles?.draw(this.layers.picture.ctx, this.viewport, this.ratio, this.bitmap?.width ?? 0);
    if (smaller && !this.settled) this.settling = setTimeout(() => this.settle(), SETTLE_MS);
    this.settled = false;
  }

  settle() {
    this.settled = true;
    this.invalidate("picture");
  }

  /** The boxes at rest that are seen now. @returns {Box[]} */
  visibleBoxes() {
    return this.grid.query(this.viewport.visible).filter((box) => this.shows(box) && !this.drafts.has(box.id));
  }

  paintBoxes() {
    if (this.overview?.paint()) return;
    const boxes = this.visibleBoxes();
    const { ctx, canvas } = this.layers.boxes;
    ctx.setTransform(1, 0, 0, 1, 0, 0);
    if (boxes.length > RASTER_FROM) this.rasterBoxes(boxes);
    else {
      ctx.clearRect(0, 0, canvas.width, canvas.height);
      boxes.sort(byDepth);
      ctx.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
      for (const box of boxes) paint.paintBox(ctx, this.viewport, box, this.source.look(box.class_id));
    }
    ctx.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    this.labelBoxes(ctx, boxes);
  }

  /** @param {Box[]} boxes */
  rasterBoxes(boxes) {
    if (!this.plane) return;
    const { x, y, scale } = this.viewport.place;
    raster(this.plane, boxes, { x, y, scale: scale * this.ratio }, pixelsFor((id) => this.source.look(id).color));
    this.layers.boxes.ctx.putImageData(this.plane.image, 0, 0);
  }

  /** A name never covers another one: the box shows its own when it is hovered or selected. @param {CanvasRenderingContext2D} ctx @param {Box[]} boxes */
  labelBoxes(ctx, boxes) {
    const widest = paint.LABEL_WIDTH / this.viewport.scale;
    /** @type {Rect[]} */
    const placed = [];
    for (const box of boxes) {
      if (box.w < widest) continue;
      if (placed.length === paint.LABEL_LIMIT) return;
      const [at, look] = [this.viewport.toScreen(boundsOf(box)), this.source.look(box.class_id)];
      const text = paint.captionOf(box, look);
      const place = paint.labelPlace(ctx, at, text);
      if (placed.some((other) => intersects(place, other))) continue;
      placed.push(place);
      paint.paintLabel(ctx, at, text, look.color);
    }
  }

  paintActive() {
    const { ctx } = this.layers.active;
    ctx.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    for (const { x, y, w, h } of this.inked) ctx.clearRect(x, y, w, h);
    this.inked = [];
    paintPeers(this, ctx);
    this.paintSelection(ctx);
    if (this.hovered && !this.source.selection.has(this.hovered) && !this.drafts.size) this.paintHover(ctx, this.hovered);
    if (this.ghost && !this.newborn) this.paintGhost(ctx, this.ghost);
    if (this.newborn) this.paintNewborn(ctx, this.newborn);
    if (this.marquee) this.paintMarquee(ctx, this.marquee);
    for (const guide of this.guides) this.paintGuide(ctx, guide);
    if (this.crosshair) {
      for (const rect of paint.paintCrosshair(ctx, this.crosshair, this.viewport.width, this.viewport.height)) this.ink(rect);
    }
  }

  /** Remember what was drawn, to clear it next time. @param {Rect} rect @param {number} [margin] */
  ink(rect, margin = 2) {
    const x = Math.floor(rect.x - margin);
    const y = Math.floor(rect.y - margin);
    this.inked.push({ x, y, w: Math.ceil(rect.w + margin * 2) + 1, h: Math.ceil(rect.h + margin * 2) + 1 });
  }

  /** @param {CanvasRenderingContext2D} ctx @param {Shape & {class_id: string | null}} newborn */
  paintNewborn(ctx, newborn) {
    paint.paintShape(ctx, this.viewport, newborn, this.source.look(newborn.class_id), { fill: "1f" });
    this.ink(this.viewport.toScreen(boundsOf(newborn)), 8);
  }

  /** A dashed line through the whole view. @param {CanvasRenderingContext2D} ctx @param {{axis: "x" | "y", at: number}} guide */
  paintGuide(ctx, { axis, at }) {
    const { x, y } = this.viewport.toScreen({ x: at, y: at, w: 0, h: 0 });
    const { width, height } = this.viewport;
    const line = axis === "x" ? { x, y: 0, w: 0, h: height } : { x: 0, y, w: width, h: 0 };
    paint.paintFrame(ctx, line, "#ff5fd2", { dashed: true, width: 1 });
    this.ink(line, 3);
  }

  /** @param {CanvasRenderingContext2D} ctx @param {NonNullable<Scene["ghost"]>} ghost */
  paintGhost(ctx, ghost) {
    const at = this.viewport.toScreen(ghost);
    const { name, color } = this.source.look(ghost.class_id);
    paint.paintFrame(ctx, at, color, { dashed: paint.DOTS, width: 2, fill: "14" });
    this.ink(at, 4);
    this.ink(paint.paintLabel(ctx, at, `${name}${ghost.score === null ? "" : ` ${ghost.score.toFixed(2)}`}?`, color));
  }

  /** @param {CanvasRenderingContext2D} ctx @param {string} id */
  paintHover(ctx, id) {
    const box = this.source.find(id);
    if (!box) return;
    const at = this.viewport.toScreen(boundsOf(box));
    const look = this.source.look(box.class_id);
    paint.paintShape(ctx, this.viewport, box, look, { dashed: box.state === "proposed", width: 2.5, fill: "2e" });
    this.ink(at, 8);
    this.ink(paint.paintLabel(ctx, at, paint.captionOf(box, look), look.color));
  }

  /** @param {CanvasRenderingContext2D} ctx */
  paintSelection(ctx) {
    const ids = new Set([...this.source.selection, ...this.drafts.keys()]);
    for (const id of ids) {
      const box = this.drafts.get(id) ?? this.source.find(id);
      if (!box) continue;
      const at = this.viewport.toScreen(boundsOf(box));
      const look = this.source.look(box.class_id);
      paint.paintShape(ctx, this.viewport, box, look, { dashed: box.state === "proposed", width: 2.5, fill: this.dragging ? "14" : "38" });
      if (box.state === "rejected") paint.paintCross(ctx, at, look.color);
      const isAlone = ids.size === 1 && this.handles && !this.dragging && !box.locked;
      if (isAlone) paint.paintGrips(ctx, this.viewport, box, look.color, this.corner);
      this.ink(at, isAlone ? GRIP_PX : 8);
      if (ids.size <= paint.LABEL_LIMIT) this.ink(paint.paintLabel(ctx, at, paint.captionOf(box, look), look.color));
    }
  }

  /** @param {CanvasRenderingContext2D} ctx @param {Rect} rect */
  paintMarquee(ctx, rect) {
    const at = this.viewport.toScreen(rect);
    paint.paintFrame(ctx, at, "#6aa5ff", { dashed: true, width: 1, fill: "1f" });
    this.ink(at, 3);
  }
}

/** What is in front is drawn last; of the same depth the smaller ones. @param {Box} a @param {Box} b */
const byDepth = (a, b) => (a.z ?? 0) - (b.z ?? 0) || b.w * b.h - a.w * a.h;

/** @param {HTMLElement} stage @param {LayerName} name @param {CanvasRenderingContext2DSettings} settings @returns {Layer} */
function layerOf(stage, name, settings) {
  const canvas = /** @type {HTMLCanvasElement} */ (stage.querySelector(`canvas[data-layer=${name}]`));
  const ctx = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d", settings));
  return { canvas, ctx, dirty: true, painted: 0 };
}
