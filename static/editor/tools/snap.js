// Snapping: edges and corners in motion are drawn to other shapes, the picture's border and edges in the picture.
// Loaded when it is first switched on; Ctrl switches it off while held.
import { union } from "../model/geometry.js";
import { boundsOf, isPlain, outlineOf, presentPoints } from "../model/shapes.js";
import { strongestEdge } from "../view/edges.js";

/**
 * @typedef {import("../view/editor.js").Editor} Editor
 * @typedef {import("../model/edits.js").Box} Box
 * @typedef {import("../model/geometry.js").Point} Point
 * @typedef {import("../model/geometry.js").Rect} Rect
 * @typedef {"x" | "y"} Axis
 * @typedef {{axis: Axis, at: number, to: number}} Pull a line that goes from one place to another
 */

const REACH_PX = 6;
const SIDES = /** @type {const} */ ({ x: "w", y: "h" });
const SPANS = /** @type {const} */ ({ x: "height", y: "width" });

export class Snapper {
  /** @param {Editor} editor */
  constructor(editor) {
    this.editor = editor;
  }

  get reach() {
    return REACH_PX / this.editor.scene.viewport.scale;
  }

  /** The shapes near a rectangle that do not move. @param {Rect} rect @param {string[]} moving @returns {Box[]} */
  others(rect, moving) {
    const { scene } = this.editor;
    const { reach } = this;
    const near = { x: rect.x - reach, y: rect.y - reach, w: rect.w + reach * 2, h: rect.h + reach * 2 };
    return scene.grid.query(near).filter((box) => scene.shows(box) && !moving.includes(box.id));
  }

  /**
   * Where an upright or level line is drawn to; null where nothing is near.
   * @param {Axis} axis
   * @param {number} at
   * @param {[number, number]} span where the line runs
   * @param {Box[]} others
   * @param {boolean} seesPicture whether edges of the picture count
   * @returns {number | null}
   */
  line(axis, at, span, others, seesPicture) {
    const { image } = this.editor.data;
    const { reach } = this;
    const lines = others.flatMap((box) => {
      const bounds = boundsOf(box);
      return [bounds[axis], bounds[axis] + bounds[SIDES[axis]]];
    });
    const near = [0, axis === "x" ? image.width : image.height, ...lines].filter((line) => Math.abs(line - at) <= reach);
    if (near.length) return near.reduce((best, line) => (Math.abs(line - at) < Math.abs(best - at) ? line : best));
    const { bitmap } = this.editor.scene;
    if (!seesPicture || !bitmap || span[1] - span[0] < 4 * reach) return null;
    const [from, to] = [Math.max(span[0], 0), Math.min(span[1], image[SPANS[axis]])];
    return strongestEdge(bitmap, image, axis, at, [from, to], reach);
  }

  /** How far shapes go that would go `step`. @param {Box[]} boxes @param {{dx: number, dy: number}} step */
  move(boxes, step) {
    const frame = union(boxes.map(boundsOf));
    const moved = { ...frame, x: frame.x + step.dx, y: frame.y + step.dy };
    const others = this.others(moved, boxes.map((box) => box.id));
    const seesPicture = boxes.length === 1 && isPlain(boxes[0]);
    const by = { x: 0, y: 0 };
    /** @type {Pull[]} */
    const guides = [];
    for (const axis of /** @type {Axis[]} */ (["x", "y"])) {
      const across = axis === "x" ? "y" : "x";
      const span = /** @type {[number, number]} */ ([moved[across], moved[across] + moved[SIDES[across]]]);
      const pulls = [moved[axis], moved[axis] + moved[SIDES[axis]]].flatMap((at) => {
        const to = this.line(axis, at, span, others, seesPicture);
        return to === null ? [] : [{ axis, at, to }];
      });
      const nearest = pulls.sort((a, b) => Math.abs(a.to - a.at) - Math.abs(b.to - b.at))[0];
      if (!nearest) continue;
      by[axis] = nearest.to - nearest.at;
      guides.push(nearest);
    }
    this.guide(guides);
    return { dx: step.dx + by.x, dy: step.dy + by.y };
  }

  /** How far a handle is pulled. @param {Box} box @param {string} handle @param {Point} pull @param {{aspect: boolean}} keep @returns {Point} */
  pull(box, handle, pull, keep) {
    if (!isPlain(box) || keep.aspect) return pull;
    const to = { ...pull };
    /** @type {Pull[]} */
    const guides = [];
    const others = this.others({ x: box.x + Math.min(pull.x, 0), y: box.y + Math.min(pull.y, 0), w: box.w + Math.abs(pull.x), h: box.h + Math.abs(pull.y) }, [box.id]);
    for (const [axis, low, high] of /** @type {[Axis, string, string][]} */ ([["x", "w", "e"], ["y", "n", "s"]])) {
      if (!handle.includes(low) && !handle.includes(high)) continue;
      const across = axis === "x" ? "y" : "x";
      const start = handle.includes(low) ? box[axis] : box[axis] + box[SIDES[axis]];
      const at = start + pull[axis];
      const found = this.line(axis, at, [box[across], box[across] + box[SIDES[across]]], others, true);
      if (found === null) continue;
      to[axis] = found - start;
      guides.push({ axis, at, to: found });
    }
    this.guide(guides);
    return to;
  }

  /** A corner: to the nearest corner of another shape, else line by line. @param {Point} point @param {string[]} moving @param {Point} [from] the corner across, for a box that is being drawn */
  point(point, moving, from) {
    const others = this.others({ ...point, w: 0, h: 0 }, moving);
    const corners = others.flatMap((box) => outlineOf(box)?.points ?? presentPoints(box));
    const nearest = corners.map(([x, y]) => ({ x, y, off: Math.hypot(x - point.x, y - point.y) })).sort((a, b) => a.off - b.off)[0];
    if (nearest && nearest.off <= this.reach) {
      this.guide([{ axis: "x", at: nearest.x, to: nearest.x }, { axis: "y", at: nearest.y, to: nearest.y }]);
      return { x: nearest.x, y: nearest.y };
    }
    const to = { ...point };
    /** @type {Pull[]} */
    const guides = [];
    for (const axis of /** @type {Axis[]} */ (["x", "y"])) {
      const across = axis === "x" ? "y" : "x";
      const other = from ? from[across] : point[across];
      const span = /** @type {[number, number]} */ ([Math.min(other, point[across]), Math.max(other, point[across])]);
      const found = this.line(axis, point[axis], span, others, from !== undefined);
      if (found === null) continue;
      to[axis] = found;
      guides.push({ axis, at: point[axis], to: found });
    }
    this.guide(guides);
    return to;
  }

  /** @param {Pull[]} pulls */
  guide(pulls) {
    this.editor.scene.show({ guides: pulls.map(({ axis, to }) => ({ axis, at: to })) });
  }
}
