// What a selected shape can be held by: the frame's handles and the knob that turns it, or its corners. All in screen pixels.
import { centreOf, turn } from "../model/shapes.js";

/**
 * @typedef {import("../model/edits.js").Box} Box
 * @typedef {import("../model/shapes.js").Shape} Shape
 * @typedef {import("../model/geometry.js").Point} Point
 * @typedef {import("../model/geometry.js").Rect} Rect
 * @typedef {import("./viewport.js").Viewport} Viewport
 */

const KNOB_PX = 24;
const CORNER_PX = 10;
const SIDE_PX = 8;

/** The frame before its turn, a point seen from there, and where the knob is. @param {Viewport} viewport @param {Shape} box @param {Point} [at] @returns {{frame: Rect, local: Point, knob: Point}} */
export function frameOn(viewport, box, at = { x: 0, y: 0 }) {
  const frame = viewport.toScreen(box);
  const centre = centreOf(frame);
  const degrees = box.rotation ?? 0;
  const above = turn({ x: centre.x, y: frame.y - KNOB_PX }, centre, degrees);
  const isSeen = above.y > 8 && above.y < viewport.height - 8 && above.x > 8 && above.x < viewport.width - 8;
  const knob = isSeen ? above : turn({ x: centre.x, y: frame.y + frame.h + KNOB_PX }, centre, degrees);
  return { frame, local: turn(at, centre, -degrees), knob };
}

/** Points of the picture on the screen. @param {Viewport} viewport @param {number[][]} points @returns {Point[]} */
export const onScreen = (viewport, points) => {
  const { x, y, scale } = viewport.place;
  return points.map((point) => ({ x: (point[0] - x) * scale, y: (point[1] - y) * scale }));
};

/** Whether new corners can be pulled out of a shape's sides. @param {Shape} box */
export const hasSides = (box) => box.shape === "polygon" || box.shape === "polyline";

/** The middles of the sides, on the screen. @param {Point[]} corners @param {Shape} box */
export const middlesOf = (corners, box) =>
  corners.slice(0, box.shape === "polygon" ? corners.length : -1).map((corner, at) => {
    const next = corners[(at + 1) % corners.length];
    return { x: (corner.x + next.x) / 2, y: (corner.y + next.y) / 2, long: Math.hypot(next.x - corner.x, next.y - corner.y) > 3 * CORNER_PX };
  });

/** The corner, or the side with its middle, under a point; -1 where there is none. @param {Viewport} viewport @param {Box} box @param {Point} at @returns {{corner: number, side: number}} */
export function cornerNear(viewport, box, at) {
  const corners = onScreen(viewport, box.points);
  const nearest = (/** @type {Point[]} */ points, /** @type {number} */ reach) => {
    let [best, found] = [reach, -1];
    points.forEach((point, index) => {
      const off = Math.hypot(point.x - at.x, point.y - at.y);
      if (off < best && box.points[index]?.[2] !== 0) [best, found] = [off, index];
    });
    return found;
  };
  const corner = nearest(corners, CORNER_PX);
  if (corner >= 0 || !hasSides(box)) return { corner, side: -1 };
  const middles = middlesOf(corners, box).map((middle) => (middle.long ? middle : { x: Infinity, y: 0 }));
  return { corner, side: nearest(middles, SIDE_PX) };
}
