// Whether and how what moves is drawn to something; what finds the places is loaded when it is first switched on.

/**
 * @typedef {import("./editor.js").Editor} Editor
 * @typedef {import("../model/edits.js").Box} Box
 * @typedef {import("../model/geometry.js").Point} Point
 * @typedef {{picture: Point, ctrl?: boolean}} Pointed
 * @typedef {{
 *   move(boxes: Box[], step: {dx: number, dy: number}): {dx: number, dy: number},
 *   pull(box: Box, handle: string, pull: Point, keep: {aspect: boolean}): Point,
 *   point(point: Point, moving: string[], from?: Point): Point}} Snapper
 */

export class Snapping {
  /** @param {Editor} editor */
  constructor(editor) {
    this.editor = editor;
    /** @type {Snapper | null} */
    this.snapper = null;
  }

  /** What snaps now; Ctrl lets go. @param {Pointed} at */
  now(at) {
    return this.editor.settings.values.snap && !at.ctrl ? this.snapper : null;
  }

  /** How far shapes go that would go `step`. @param {Box[]} boxes @param {{dx: number, dy: number}} step @param {Pointed} at */
  move(boxes, step, at) {
    return this.now(at)?.move(boxes, step) ?? step;
  }

  /** How far a handle is pulled. @param {Box} box @param {string} handle @param {Point} pull @param {{aspect: boolean}} keep @param {Pointed} at */
  pull(box, handle, pull, keep, at) {
    return this.now(at)?.pull(box, handle, pull, keep) ?? pull;
  }

  /** Where a corner goes; `from` is the one across, of a box that is being drawn. @param {Point} point @param {Pointed} at @param {string[]} [moving] @param {Point} [from] */
  point(point, at, moving = [], from) {
    return this.now(at)?.point(point, moving, from) ?? point;
  }
}
