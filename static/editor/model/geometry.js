// Rectangles in pixels of the original picture: the arithmetic of every gesture.

/**
 * @typedef {{x: number, y: number}} Point
 * @typedef {{x: number, y: number, w: number, h: number}} Rect
 * @typedef {{width: number, height: number}} Size
 * @typedef {"nw"|"n"|"ne"|"e"|"se"|"s"|"sw"|"w"} Handle
 */

/** The shortest side that a box may have, in pixels of the picture. */
export const MIN_SIDE = 1;
/** @type {Handle[]} */
export const HANDLES = ["nw", "n", "ne", "e", "se", "s", "sw", "w"];

/** Coordinates are kept to a tenth of a pixel. @param {number} value */
export const tenth = (value) => Math.round(value * 10) / 10;

/** @param {number} value @param {number} low @param {number} high */
export const clamp = (value, low, high) => Math.min(Math.max(value, low), Math.max(low, high));

/** Only the rectangle of a box. @param {Rect} box @returns {Rect} */
export const rectOf = ({ x, y, w, h }) => ({ x, y, w, h });

/** @param {Rect} a @param {Rect} b */
export const sameRect = (a, b) => a.x === b.x && a.y === b.y && a.w === b.w && a.h === b.h;

/** @param {Rect} rect @param {Point} point */
export const contains = (rect, point) =>
  point.x >= rect.x && point.y >= rect.y && point.x <= rect.x + rect.w && point.y <= rect.y + rect.h;

/** @param {Rect} a @param {Rect} b */
export const intersects = (a, b) =>
  a.x <= b.x + b.w && b.x <= a.x + a.w && a.y <= b.y + b.h && b.y <= a.y + a.h;

/** @param {Rect[]} rects @returns {Rect} */
export function union(rects) {
  const x = Math.min(...rects.map((rect) => rect.x));
  const y = Math.min(...rects.map((rect) => rect.y));
  const right = Math.max(...rects.map((rect) => rect.x + rect.w));
  const bottom = Math.max(...rects.map((rect) => rect.y + rect.h));
  return { x, y, w: right - x, h: bottom - y };
}

/** @param {number} start @param {number} length @param {number} limit @returns {[number, number]} */
function fitSide(start, length, limit) {
  const from = tenth(clamp(start, 0, limit - MIN_SIDE));
  let side = tenth(clamp(length, MIN_SIDE, limit - from));
  // Tenths are not exact in binary: a sum a hair over the edge would be refused.
  while (from + side > limit) side = tenth(side - 0.1);
  return [from, side];
}

/** Cut a rectangle to the picture, rounded, never thinner than MIN_SIDE. @param {Rect} rect @param {Size} size @returns {Rect} */
export function cut(rect, size) {
  const left = clamp(rect.x, 0, size.width);
  const top = clamp(rect.y, 0, size.height);
  const [x, w] = fitSide(left, clamp(rect.x + rect.w, 0, size.width) - left, size.width);
  const [y, h] = fitSide(top, clamp(rect.y + rect.h, 0, size.height) - top, size.height);
  return { x, y, w, h };
}

/** Move without changing the size; the picture's edge stops it. @param {Rect} rect @param {number} dx @param {number} dy @param {Size} size */
export function moved(rect, dx, dy, size) {
  const x = clamp(rect.x + dx, 0, size.width - rect.w);
  const y = clamp(rect.y + dy, 0, size.height - rect.h);
  return cut({ x, y, w: rect.w, h: rect.h }, size);
}

/** The step that all rectangles can take together without leaving the picture. @param {Rect[]} rects @param {number} dx @param {number} dy @param {Size} size */
export function sharedStep(rects, dx, dy, size) {
  const all = union(rects);
  return { dx: clamp(dx, -all.x, size.width - all.x - all.w), dy: clamp(dy, -all.y, size.height - all.y - all.h) };
}

/** @param {Point} a @param {Point} b @param {Size} size */
export function between(a, b, size) {
  return cut({ x: Math.min(a.x, b.x), y: Math.min(a.y, b.y), w: Math.abs(a.x - b.x), h: Math.abs(a.y - b.y) }, size);
}

/**
 * A rectangle pulled by one handle. `aspect` keeps the proportions, `centre` mirrors the pull on the other side;
 * pulling past the opposite side turns it over.
 * @param {Rect} rect
 * @param {Handle} handle
 * @param {Point} pull
 * @param {{aspect: boolean, centre: boolean}} keep
 * @returns {Rect}
 */
export function pulled(rect, handle, pull, keep) {
  const across = handle.includes("e") ? 1 : handle.includes("w") ? -1 : 0;
  const down = handle.includes("s") ? 1 : handle.includes("n") ? -1 : 0;
  const times = keep.centre ? 2 : 1;
  let w = rect.w + across * pull.x * times;
  let h = rect.h + down * pull.y * times;
  if (keep.aspect) [w, h] = proportioned(rect, w, h, across, down);
  const x = anchored(rect.x, rect.w, w, keep.centre ? 0 : across);
  const y = anchored(rect.y, rect.h, h, keep.centre ? 0 : down);
  return { x: Math.min(x, x + w), y: Math.min(y, y + h), w: Math.abs(w), h: Math.abs(h) };
}

/** @param {Rect} rect @param {number} w @param {number} h @param {number} across @param {number} down @returns {[number, number]} */
function proportioned(rect, w, h, across, down) {
  const ratio = rect.w / rect.h;
  const byWidth = down === 0 || (across !== 0 && Math.abs(w / rect.w) > Math.abs(h / rect.h));
  const signed = (/** @type {number} */ length, /** @type {number} */ like) => Math.abs(length) * (like < 0 ? -1 : 1);
  return byWidth ? [w, signed(w / ratio, h)] : [signed(h * ratio, w), h];
}

/** Where a side starts after its length changed; 0 keeps the middle. @param {number} start @param {number} was @param {number} now @param {number} side */
function anchored(start, was, now, side) {
  if (side === 0) return start + (was - now) / 2;
  return side > 0 ? start : start + was - now;
}

/** @param {Rect} rect @param {Handle} handle @returns {Point} */
export function handlePoint(rect, handle) {
  const x = handle.includes("w") ? rect.x : handle.includes("e") ? rect.x + rect.w : rect.x + rect.w / 2;
  const y = handle.includes("n") ? rect.y : handle.includes("s") ? rect.y + rect.h : rect.y + rect.h / 2;
  return { x, y };
}

/**
 * The handle under a point, all in screen pixels. The target is 24 px wide, but reaches at most a quarter of
 * the box inwards, so that a small box can still be grabbed in its middle.
 * @param {Rect} rect
 * @param {Point} point
 * @returns {Handle | null}
 */
export function handleAt(rect, point) {
  const outside = 12;
  const inside = { x: Math.min(outside, rect.w / 4), y: Math.min(outside, rect.h / 4) };
  const within = contains(rect, point);
  let best = null;
  let nearest = Infinity;
  for (const handle of HANDLES) {
    const at = handlePoint(rect, handle);
    const [dx, dy] = [Math.abs(point.x - at.x), Math.abs(point.y - at.y)];
    const [reachX, reachY] = within ? [reach(handle, "n", "s", inside.x), reach(handle, "w", "e", inside.y)] : [outside, outside];
    if (dx > reachX || dy > reachY || dx + dy >= nearest) continue;
    nearest = dx + dy;
    best = handle;
  }
  return best;
}

/** The middle of an edge may be wide along the edge. @param {Handle} handle @param {string} a @param {string} b @param {number} inside */
const reach = (handle, a, b, inside) => (handle === a || handle === b ? Math.max(inside, 4) : inside);
