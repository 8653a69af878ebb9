// A spatial index of boxes: a uniform grid, with the few very large boxes kept aside.
// Inserting and removing are as cheap as asking, because colleagues and models edit all the time.
import { intersects } from "./geometry.js";
import { areaOf, boundsOf, covers } from "./shapes.js";

/**
 * @typedef {import("./geometry.js").Rect} Rect
 * @typedef {import("./geometry.js").Point} Point
 */

const SIDE = 64;
const LARGE = 64;

/**
 * @template {Rect & {id: string, z?: number}} T
 */
export class Grid {
  /** @param {{width: number, height: number}} size */
  constructor(size) {
    this.cell = Math.max(size.width, size.height, 1) / SIDE;
    this.columns = Math.ceil(size.width / this.cell) || 1;
    this.rows = Math.ceil(size.height / this.cell) || 1;
    /** @type {Set<{box: T, at: Rect, stamp: number}>[]} */
    this.cells = Array.from({ length: this.columns * this.rows }, () => new Set());
    /** @type {Set<{box: T, at: Rect, stamp: number}>} */
    this.large = new Set();
    /** @type {Map<string, {entry: {box: T, at: Rect, stamp: number}, homes: Set<{box: T, at: Rect, stamp: number}>[]}>} */
    this.places = new Map();
    this.stamp = 0;
  }

  get count() {
    return this.places.size;
  }

  /** Put a box in, in the place of the one with the same id. @param {T} box */
  set(box) {
    this.remove(box.id);
    const at = boundsOf(box);
    const entry = { box, at, stamp: 0 };
    const homes = this.homesOf(at);
    for (const home of homes) home.add(entry);
    this.places.set(box.id, { entry, homes });
  }

  /** @param {string} id */
  remove(id) {
    const place = this.places.get(id);
    if (!place) return;
    for (const home of place.homes) home.delete(place.entry);
    this.places.delete(id);
  }

  /** @param {Rect} rect @returns {[number, number, number, number]} */
  range(rect) {
    const at = (/** @type {number} */ value, /** @type {number} */ count) =>
      Math.min(Math.max(Math.floor(value / this.cell), 0), count - 1);
    return [at(rect.x, this.columns), at(rect.y, this.rows), at(rect.x + rect.w, this.columns), at(rect.y + rect.h, this.rows)];
  }

  /** @param {Rect} rect */
  homesOf(rect) {
    const [left, top, right, bottom] = this.range(rect);
    if ((right - left + 1) * (bottom - top + 1) > LARGE) return [this.large];
    const homes = [];
    for (let row = top; row <= bottom; row++) {
      for (let column = left; column <= right; column++) homes.push(this.cells[row * this.columns + column]);
    }
    return homes;
  }

  /** Every box that touches the rectangle. @param {Rect} rect @returns {T[]} */
  query(rect) {
    const stamp = ++this.stamp;
    /** @type {T[]} */
    const found = [];
    const [left, top, right, bottom] = this.range(rect);
    for (const entry of this.large) if (intersects(entry.at, rect)) found.push(entry.box);
    for (let row = top; row <= bottom; row++) {
      for (let column = left; column <= right; column++) {
        for (const entry of this.cells[row * this.columns + column]) {
          if (entry.stamp === stamp) continue;
          entry.stamp = stamp;
          if (intersects(entry.at, rect)) found.push(entry.box);
        }
      }
    }
    return found;
  }

  /** The shapes under a point, those in front first, of the same depth the smallest; lines and points are met within `reach`. @param {Point} point @param {number} [reach] @returns {T[]} */
  hits(point, reach = 0) {
    return this.query({ x: point.x - reach, y: point.y - reach, w: reach * 2, h: reach * 2 })
      .filter((box) => covers(box, point, reach))
      .sort((a, b) => (b.z ?? 0) - (a.z ?? 0) || areaOf(a) - areaOf(b));
  }
}
