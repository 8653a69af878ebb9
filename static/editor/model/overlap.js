// How rectangles meet: each other, and the stroke of a pointer.

/**
 * @typedef {import("./geometry.js").Rect} Rect
 * @typedef {import("./geometry.js").Point} Point
 */

/** Two boxes that overlap by so much show one thing. */
export const SAME_FROM = 0.5;

/** Intersection over union. @param {Rect} a @param {Rect} b */
export function iou(a, b) {
  const across = Math.min(a.x + a.w, b.x + b.w) - Math.max(a.x, b.x);
  const down = Math.min(a.y + a.h, b.y + b.h) - Math.max(a.y, b.y);
  if (across <= 0 || down <= 0) return 0;
  const shared = across * down;
  return shared / (a.w * a.h + b.w * b.h - shared);
}

/** Whether a point lies well inside: further from each edge than a share of the side. @param {Rect} rect @param {Point} point @param {number} share */
export function isWellInside(rect, point, share) {
  const [dx, dy] = [rect.w * share, rect.h * share];
  return point.x >= rect.x + dx && point.x <= rect.x + rect.w - dx && point.y >= rect.y + dy && point.y <= rect.y + rect.h - dy;
}

/** Whether a stroke from a to b crosses an edge of the rectangle; one that stays inside does not. @param {Rect} rect @param {Point} a @param {Point} b */
export function crosses(rect, a, b) {
  if (isWellInside(rect, a, 0) && isWellInside(rect, b, 0)) return false;
  let [enter, leave] = [0, 1];
  const sides = /** @type {const} */ ([["x", "w"], ["y", "h"]]);
  for (const [axis, length] of sides) {
    const step = b[axis] - a[axis];
    const near = rect[axis] - a[axis];
    const far = near + rect[length];
    if (step === 0) {
      if (near > 0 || far < 0) return false;
      continue;
    }
    enter = Math.max(enter, Math.min(near / step, far / step));
    leave = Math.min(leave, Math.max(near / step, far / step));
  }
  return enter <= leave;
}
