// Shapes set point by point: polygons, polylines, points and keypoints; turned boxes by an edge and a side; boxes
// by four extreme points (Papadopoulos et al., 2017); and the cut that splits a shape in two.
import { drawShape } from "../commands/boxes.js";
import { boxAround, boxOnEdge, MAX_POINTS, pointed, simplified } from "../model/shapes.js";
import { AimingTool } from "./aim.js";
import { isClick } from "./gestures.js";

/**
 * @typedef {import("../view/editor.js").Editor} Editor
 * @typedef {import("../view/editor.js").At} At
 * @typedef {import("../view/editor.js").Gesture} Gesture
 * @typedef {import("../view/editor.js").Tool} Tool
 * @typedef {import("../model/geometry.js").Point} Point
 * @typedef {import("../model/geometry.js").Size} Size
 * @typedef {import("../model/shapes.js").Geometry} Geometry
 * @typedef {{
 *   shape: string, least: number, most: number, freehand?: boolean,
 *   make: (points: Point[], size: Size) => Geometry}} Kind
 */

/** On the screen: how near the first point a click closes a polygon, and how far apart a stroke leaves points. */
const CLOSE_PX = 10;
const STROKE_PX = 5;

/** @param {Point[]} points @param {Size} size */
const asPoints = (points, size) => pointed(points.map(({ x, y }) => [x, y]), size);

/** @type {Record<string, Kind>} */
export const KINDS = {
  polygon: { shape: "polygon", least: 3, most: MAX_POINTS, freehand: true, make: asPoints },
  polyline: { shape: "polyline", least: 2, most: MAX_POINTS, freehand: true, make: asPoints },
  point: { shape: "point", least: 1, most: 1, make: asPoints },
  keypoints: { shape: "keypoints", least: 1, most: MAX_POINTS, make: asPoints },
  oriented: { shape: "box", least: 3, most: 3, make: ([a, b, side], size) => boxOnEdge(a, b, side, size) },
  extreme: { shape: "box", least: 4, most: 4, make: boxAround },
  cut: { shape: "polyline", least: 2, most: 2, make: asPoints },
};

export class PathTool extends AimingTool {
  /**
   * @param {string} id one of KINDS
   * @param {Editor} editor
   * @param {Tool} select what Ctrl reaches
   * @param {((points: Point[]) => void) | null} [done] what to do with the points instead of drawing a shape
   */
  constructor(id, editor, select, done = null) {
    super(id, editor, select);
    this.kind = KINDS[id];
    this.done = done;
    /** @type {(Point & {seen?: number})[]} `seen` is the visibility of a keypoint: 0 absent, 1 hidden, 2 visible */
    this.points = [];
  }

  get busy() {
    return this.points.length > 0;
  }

  /** The names of the keypoints that the class in use has. @returns {string[]} */
  get names() {
    return this.id === "keypoints" ? this.editor.classes.get(this.editor.currentClass ?? "")?.skeleton?.points ?? [] : [];
  }

  get most() {
    return this.names.length || this.kind.most;
  }

  /** @param {At} at @returns {Gesture | null} */
  press(at) {
    if (at.ctrl && !this.busy) return this.select.press(at);
    if (!this.editor.allowed()) return null;
    this.aim = null;
    /** @type {Point[]} */
    const stroke = [];
    let last = at;
    return {
      move: (now) => {
        if (!this.kind.freehand || isClick(at, now)) return this.preview(now);
        if (!stroke.length) stroke.push(at.picture);
        if (Math.hypot(now.screen.x - last.screen.x, now.screen.y - last.screen.y) >= STROKE_PX) {
          stroke.push(now.picture);
          last = now;
        }
        this.preview(now, stroke);
      },
      release: (end) => (stroke.length ? this.addStroke([...stroke, end.picture], end) : this.add(end)),
      cancel: () => this.reset(),
    };
  }

  /** @param {{picture: Point, shift?: boolean}} at @param {Point[]} [stroke] */
  preview(at, stroke = []) {
    const to = this.editor.snap.point(at.picture, at);
    const points = [...this.points.filter((point) => point.seen !== 0), ...stroke, to];
    const size = this.editor.data.image;
    const whole = this.kind.shape === "box" && points.length >= this.kind.least;
    if (whole) return this.showNewborn(this.kind.make(points, size), to);
    const shape = this.kind.shape === "box" || points.length < 3 ? "polyline" : this.kind.shape;
    this.showNewborn({ shape: this.id === "keypoints" ? "keypoints" : shape, ...asPoints(points, size) }, to);
  }

  /** @param {{picture: Point, shift?: boolean}} at */
  add(at) {
    const point = this.editor.snap.point(at.picture, at);
    if (this.points.length >= this.kind.least && this.closes(point)) return this.finish();
    this.points.push(this.id === "keypoints" ? { ...point, seen: at.shift ? 1 : 2 } : point);
    if (this.points.length >= this.most) return this.finish();
    this.preview(at);
    this.hint();
  }

  hint() {
    const next = this.names[this.points.length];
    const more = next ? `Now ${next}. N says that it is not there.` : "Enter or a double click finishes, Backspace takes one back.";
    this.editor.emit("say", `Point ${this.points.length} set. ${this.kind.most > 4 ? more : `${this.kind.least} are needed.`}`);
  }

  /** A click on the first point closes a polygon; one on the last point (a double click) finishes. @param {Point} point */
  closes(point) {
    if (this.kind.most <= 4) return false;
    const at = this.screen(point);
    const near = (/** @type {Point} */ other, /** @type {number} */ reach) => {
      const there = this.screen(other);
      return Math.hypot(there.x - at.x, there.y - at.y) < reach;
    };
    return near(this.points[this.points.length - 1], 4) || (this.id === "polygon" && near(this.points[0], CLOSE_PX));
  }

  /** A line drawn in one stroke; where it ends the shape ends too, unless points were set before. @param {Point[]} stroke @param {At} end */
  addStroke(stroke, end) {
    const tolerance = 1 / this.editor.scene.viewport.scale;
    const alone = !this.points.length;
    const kept = simplified(stroke.map(({ x, y }) => [x, y]), tolerance).map(([x, y]) => ({ x, y }));
    this.points = [...this.points, ...kept].slice(0, MAX_POINTS);
    if (alone && this.points.length >= this.kind.least) this.finish();
    else this.preview(end);
  }

  /** A keypoint that cannot be seen anywhere. */
  absent() {
    if (!this.names.length) return;
    this.points.push({ x: 0, y: 0, seen: 0 });
    if (this.points.length >= this.most) this.finish();
    else this.hint();
  }

  finish() {
    const { points, kind } = this;
    const size = this.editor.data.image;
    this.reset();
    if (points.length < kind.least || points.every((point) => point.seen === 0)) return;
    if (this.done) return this.done(points);
    const geometry = this.id === "keypoints" ? pointed(points.map(({ x, y, seen }) => [x, y, seen ?? 2]), size) : kind.make(points, size);
    this.finished(drawShape(kind.shape, geometry, this.editor.currentClass));
  }

  /** Take the last point back. @returns {boolean} whether there was one */
  back() {
    if (!this.points.pop()) return false;
    const to = this.aim ?? this.editor.pointer;
    if (this.busy && to) this.preview({ picture: to });
    else this.hideNewborn();
    return true;
  }

  reset() {
    this.points = [];
    this.hideNewborn();
  }

  cancel() {
    if (!this.busy) return false;
    this.reset();
    return true;
  }

  /** By keys, Enter sets a point, and again at the same place finishes; by pointer it finishes. */
  enter() {
    if (!this.editor.allowed()) return;
    if (!this.aim && this.points.length >= this.kind.least) return this.finish();
    const aim = this.aimed();
    const last = this.points.at(-1);
    if (last && last.x === aim.x && last.y === aim.y) {
      if (this.points.length >= this.kind.least) this.finish();
    } else this.add({ picture: aim });
  }
}

