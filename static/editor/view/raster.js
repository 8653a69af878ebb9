// Many boxes at once: their outlines written straight into the pixels of one image, several times faster
// than any drawing call. Solid = accepted, dashed = proposed, crossed = rejected; each in its class colour
// over a dark casing, so that it is seen on any picture.
import { isPlain, outlineOf, presentPoints } from "../model/shapes.js";

/**
 * @typedef {import("../model/shapes.js").Shape & {state: string, class_id: string | null, z?: number}} Outlined
 * @typedef {{pixels: Uint32Array, width: number, height: number, thickness: number}} Plane
 */

/** As many boxes in view as can be drawn anew within a frame, with room for slower machines. */
export const CROWD = 8000;
const CASING = 0xb0000000;
const DASH = 8;
const INK = 0b0001_1111;

/** "#rrggbb" as one opaque pixel of a little-endian RGBA buffer. @param {string} color */
export function pixelOf(color) {
  const value = parseInt(color.slice(1), 16);
  return (0xff000000 | ((value & 0xff) << 16) | (value & 0xff00) | (value >> 16)) >>> 0;
}

/** @param {Plane} plane @param {number} row @param {number} from @param {number} to @param {number} color @param {boolean} dashed */
function across(plane, row, from, to, color, dashed) {
  if (row < 0 || row >= plane.height) return;
  const start = Math.max(from, 0);
  const end = Math.min(to, plane.width - 1);
  if (start > end) return;
  const base = row * plane.width;
  if (!dashed) {
    plane.pixels.fill(color, base + start, base + end + 1);
    return;
  }
  for (let x = start; x <= end; x++) if ((INK >> ((x - from) % DASH)) & 1) plane.pixels[base + x] = color;
}

/** @param {Plane} plane @param {number} column @param {number} from @param {number} to @param {number} color @param {boolean} dashed */
function down(plane, column, from, to, color, dashed) {
  if (column < 0 || column >= plane.width) return;
  const end = Math.min(to, plane.height - 1);
  const { pixels, width } = plane;
  let y = Math.max(from, 0);
  for (let at = y * width + column; y <= end; y++, at += width) {
    if (!dashed || (INK >> ((y - from) % DASH)) & 1) pixels[at] = color;
  }
}

/** @param {Plane} plane @param {number} x0 @param {number} y0 @param {number} x1 @param {number} y1 @param {number} color @param {boolean} dashed */
function frame(plane, x0, y0, x1, y1, color, dashed) {
  across(plane, y0, x0, x1, color, dashed);
  across(plane, y1, x0, x1, color, dashed);
  down(plane, x0, y0, y1, color, dashed);
  down(plane, x1, y0, y1, color, dashed);
}

/** A line between any two points, after Bresenham. @param {Plane} plane @param {number} x0 @param {number} y0 @param {number} x1 @param {number} y1 @param {number} color @param {boolean} dashed */
function line(plane, x0, y0, x1, y1, color, dashed) {
  const [steepX, steepY] = [Math.abs(x1 - x0), Math.abs(y1 - y0)];
  const steps = Math.max(steepX, steepY, 1);
  // Far outside there is nothing to see, however long the way there is.
  if (Math.max(x0, x1) < 0 || Math.max(y0, y1) < 0 || Math.min(x0, x1) >= plane.width || Math.min(y0, y1) >= plane.height) return;
  for (let step = 0; step <= steps; step++) {
    if (dashed && !((INK >> (step % DASH)) & 1)) continue;
    const x = Math.round(x0 + ((x1 - x0) * step) / steps);
    const y = Math.round(y0 + ((y1 - y0) * step) / steps);
    if (x < 0 || y < 0 || x >= plane.width || y >= plane.height) continue;
    plane.pixels[y * plane.width + x] = color;
    if (plane.thickness > 1 && x + 1 < plane.width) plane.pixels[y * plane.width + x + 1] = color;
  }
}

/** A shape that is more than its frame. @param {Plane} plane @param {Outlined} box @param {{x: number, y: number, scale: number}} place @param {number} color */
function bent(plane, box, place, color) {
  const at = (/** @type {number[]} */ [x, y]) => [Math.round((x - place.x) * place.scale), Math.round((y - place.y) * place.scale)];
  const outline = outlineOf(box);
  if (!outline) {
    for (const [x, y] of presentPoints(box).map(at)) for (let row = y - 2; row <= y + 2; row++) across(plane, row, x - 2, x + 2, color, false);
    return;
  }
  const points = outline.points.map(at);
  const sides = outline.closed ? points.length : points.length - 1;
  for (let side = 0; side < sides; side++) {
    const [[x0, y0], [x1, y1]] = [points[side], points[(side + 1) % points.length]];
    line(plane, x0, y0, x1, y1, color, box.state === "proposed");
  }
}

/** Both diagonals. @param {Plane} plane @param {number} x0 @param {number} y0 @param {number} x1 @param {number} y1 @param {number} color */
function cross(plane, x0, y0, x1, y1, color) {
  const steps = Math.max(x1 - x0, y1 - y0, 1);
  for (let step = 0; step <= steps; step++) {
    const y = Math.round(y0 + ((y1 - y0) * step) / steps);
    if (y < 0 || y >= plane.height) continue;
    const offset = Math.round(((x1 - x0) * step) / steps);
    for (const x of [x0 + offset, x1 - offset]) if (x >= 0 && x < plane.width) plane.pixels[y * plane.width + x] = color;
  }
}

/**
 * Write the outlines of `boxes` into the plane, which is cleared first; what lies in front comes last.
 * @param {Plane} plane
 * @param {Outlined[]} boxes
 * @param {{x: number, y: number, scale: number}} place scale in device pixels per picture pixel
 * @param {(classId: string | null) => number} pixelFor
 */
export function raster(plane, boxes, place, pixelFor) {
  plane.pixels.fill(0);
  // Few pictures have depths, and sorting thousands of boxes in every frame is not free.
  if (boxes.some((box) => box.z)) boxes.sort((a, b) => (a.z ?? 0) - (b.z ?? 0));
  for (const box of boxes) {
    if (box.shape && !isPlain(box)) {
      bent(plane, box, place, pixelFor(box.class_id));
      continue;
    }
    const x0 = Math.round((box.x - place.x) * place.scale);
    const y0 = Math.round((box.y - place.y) * place.scale);
    const x1 = Math.max(Math.round((box.x + box.w - place.x) * place.scale), x0 + 1);
    const y1 = Math.max(Math.round((box.y + box.h - place.y) * place.scale), y0 + 1);
    if (x1 < 0 || y1 < 0 || x0 >= plane.width || y0 >= plane.height) continue;
    outline(plane, x0, y0, x1, y1, pixelFor(box.class_id), box.state);
  }
}

/** @param {Plane} plane @param {number} x0 @param {number} y0 @param {number} x1 @param {number} y1 @param {number} color @param {string} state */
function outline(plane, x0, y0, x1, y1, color, state) {
  const thickness = plane.thickness;
  if (x1 - x0 < 3 * thickness && y1 - y0 < 3 * thickness) {
    for (let row = y0; row <= y1; row++) across(plane, row, x0, x1, color, false);
    return;
  }
  if (x1 - x0 > 8 * thickness && y1 - y0 > 8 * thickness) frame(plane, x0 - 1, y0 - 1, x1 + 1, y1 + 1, CASING, false);
  for (let ring = 0; ring < thickness; ring++) {
    frame(plane, x0 + ring, y0 + ring, x1 - ring, y1 - ring, color, state === "proposed");
  }
  if (state === "rejected") cross(plane, x0, y0, x1, y1, color);
}

/** The pixel of each class, read from its colour once. @param {(classId: string | null) => string} colorOf @returns {(classId: string | null) => number} */
export function pixelsFor(colorOf) {
  /** @type {Map<string | null, number>} */
  const pixels = new Map();
  return (id) => {
    let pixel = pixels.get(id);
    if (pixel === undefined) pixels.set(id, (pixel = pixelOf(colorOf(id))));
    return pixel;
  };
}
