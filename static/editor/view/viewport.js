// Which part of the picture is seen, and how large: picture pixels to screen pixels and back.
import { clamp } from "../model/geometry.js";

/**
 * @typedef {import("../model/geometry.js").Rect} Rect
 * @typedef {import("../model/geometry.js").Point} Point
 * @typedef {import("../model/geometry.js").Size} Size
 * @typedef {{x: number, y: number, scale: number}} Place
 */

export const LARGEST = 32;
const MARGIN = 24;
/** So many screen pixels of the picture can never be panned away. */
const KEPT = 48;

export class Viewport {
  constructor() {
    /** Screen size in CSS pixels. */
    this.width = 1;
    this.height = 1;
    /** @type {Size} */
    this.picture = { width: 1, height: 1 };
    /** @type {Place} picture point at the screen's origin, screen pixels per picture pixel */
    this.place = { x: 0, y: 0, scale: 1 };
  }

  get scale() {
    return this.place.scale;
  }

  /** What is seen, in picture pixels. @returns {Rect} */
  get visible() {
    const { x, y, scale } = this.place;
    return { x, y, w: this.width / scale, h: this.height / scale };
  }

  /** @param {Point} point screen @returns {Point} picture */
  toPicture(point) {
    return { x: this.place.x + point.x / this.scale, y: this.place.y + point.y / this.scale };
  }

  /** @param {Rect} rect picture @returns {Rect} screen */
  toScreen(rect) {
    const { x, y, scale } = this.place;
    return { x: (rect.x - x) * scale, y: (rect.y - y) * scale, w: rect.w * scale, h: rect.h * scale };
  }

  /** The scale at which the whole picture is seen. */
  get fitting() {
    const across = (this.width - MARGIN) / this.picture.width;
    const down = (this.height - MARGIN) / this.picture.height;
    return Math.max(Math.min(across, down), 0.001);
  }

  /** Whether the whole picture is seen as large as it can be. */
  get isFitted() {
    return Math.abs(this.scale - this.fitting) < 1e-6;
  }

  /** From where the whole picture is seen. @returns {Place} */
  get whole() {
    const scale = this.fitting;
    const { width, height } = this.picture;
    return this.held({ x: width / 2 - this.width / scale / 2, y: height / 2 - this.height / scale / 2, scale });
  }

  fit() {
    this.place = this.whole;
  }

  /** @param {Rect} rect @param {number} scale */
  centre(rect, scale) {
    this.go({ x: rect.x + rect.w / 2 - this.width / scale / 2, y: rect.y + rect.h / 2 - this.height / scale / 2, scale });
  }

  /** Where the view must be for a rectangle to fill `share` of it. @param {Rect} rect @param {number} share @param {number} [most] scale @returns {Place} */
  placeFor(rect, share, most = LARGEST) {
    const wanted = Math.min((this.height * share) / rect.h, (this.width * Math.min(share * 1.5, 0.9)) / rect.w);
    const scale = clamp(wanted, this.fitting, Math.min(most, LARGEST));
    return this.held({ x: rect.x + rect.w / 2 - this.width / scale / 2, y: rect.y + rect.h / 2 - this.height / scale / 2, scale });
  }

  /** Whether a rectangle is seen whole and large enough to judge. @param {Rect} rect @param {number} [least] share of the view */
  shows(rect, least = 0.06) {
    const { x, y, w, h } = this.toScreen(rect);
    return x >= 0 && y >= 0 && x + w <= this.width && y + h <= this.height && Math.max(h / this.height, w / this.width) > least;
  }

  /** @param {Point} at screen @param {number} factor */
  zoom(at, factor) {
    const under = this.toPicture(at);
    const scale = clamp(this.scale * factor, Math.min(this.fitting / 2, 1), LARGEST);
    this.go({ x: under.x - at.x / scale, y: under.y - at.y / scale, scale });
  }

  /** @param {number} dx screen @param {number} dy screen */
  pan(dx, dy) {
    this.go({ x: this.place.x - dx / this.scale, y: this.place.y - dy / this.scale, scale: this.scale });
  }

  /** @param {Place} place */
  go(place) {
    this.place = this.held(place);
  }

  /** The nearest place from which some of the picture is seen. @param {Place} place @returns {Place} */
  held({ x, y, scale }) {
    const along = (/** @type {number} */ from, /** @type {number} */ screen, /** @type {number} */ length) => {
      const kept = Math.min(KEPT, length * scale) / scale;
      return clamp(from, kept - screen / scale, length - kept);
    };
    return { x: along(x, this.width, this.picture.width), y: along(y, this.height, this.picture.height), scale };
  }
}
