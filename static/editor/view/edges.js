// Where the picture itself has an edge: the line along which brightness changes most.

/**
 * @typedef {import("../model/geometry.js").Size} Size
 * @typedef {"x" | "y"} Axis
 */

/** The band is read at most so many pixels long: more would not move the line. */
const LONGEST = 128;
/** An edge changes brightness by at least this much (of 255) on average, and stands out from the band by this factor. */
const LEAST = 8;
const OUTSTANDING = 2;

/**
 * The strongest edge near a line, in picture pixels; null where none stands out.
 * @param {ImageBitmap} bitmap
 * @param {Size} picture
 * @param {Axis} axis "x" for an upright line at x = `at`
 * @param {number} at
 * @param {[number, number]} span from where to where the line runs
 * @param {number} reach how far to look to either side
 * @returns {number | null}
 */
export function strongestEdge(bitmap, picture, axis, at, [from, to], reach) {
  const share = bitmap.width / picture.width;
  const across = Math.max(Math.round(reach * 2 * share), 4) + 1;
  const length = Math.min(Math.max(Math.round((to - from) * share), 1), LONGEST);
  const start = at - reach;
  const [sx, sy, sw, sh] = axis === "x" ? [start, from, reach * 2, to - from] : [from, start, to - from, reach * 2];
  const [w, h] = axis === "x" ? [across, length] : [length, across];
  const ctx = new OffscreenCanvas(w, h).getContext("2d", { willReadFrequently: true });
  if (!ctx) return null;
  ctx.drawImage(bitmap, sx * share, sy * share, sw * share, sh * share, 0, 0, w, h);
  const found = steepest(ctx.getImageData(0, 0, w, h).data, w, h, axis);
  return found === null ? null : start + (found * reach * 2) / across;
}

/**
 * Between which two lines of a small picture brightness changes most, counted from its start.
 * @param {Uint8ClampedArray} pixels RGBA
 * @param {number} w
 * @param {number} h
 * @param {Axis} axis
 * @returns {number | null}
 */
export function steepest(pixels, w, h, axis) {
  const [lines, length] = axis === "x" ? [w, h] : [h, w];
  const light = (/** @type {number} */ line, /** @type {number} */ along) => {
    const at = (axis === "x" ? along * w + line : line * w + along) * 4;
    return pixels[at] * 0.299 + pixels[at + 1] * 0.587 + pixels[at + 2] * 0.114;
  };
  let [best, at, sum] = [0, 0, 0];
  for (let line = 1; line < lines; line++) {
    let change = 0;
    for (let along = 0; along < length; along++) change += light(line, along) - light(line - 1, along);
    change = Math.abs(change) / length;
    sum += change;
    if (change > best) [best, at] = [change, line];
  }
  return best >= LEAST && best >= (OUTSTANDING * sum) / Math.max(lines - 1, 1) ? at : null;
}
