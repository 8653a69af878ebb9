// What a shape is beyond its frame: turned boxes, polygons, polylines, points, keypoints. Plain boxes take the
// quick way through every function here.
import { between, clamp, contains, cut, moved, pulled, rectOf, tenth } from "./geometry.js";

/**
 * @typedef {import("./edits.js").Box} Box
 * @typedef {import("./geometry.js").Rect} Rect
 * @typedef {import("./geometry.js").Point} Point
 * @typedef {import("./geometry.js").Size} Size
 * @typedef {import("./geometry.js").Handle} Handle
 * @typedef {Rect & {shape?: string, rotation?: number, points?: number[][]}} Shape
 * @typedef {{x: number, y: number, w: number, h: number, rotation?: number, points?: number[][]}} Geometry
 */

/** The fewest points of each shape that is made of points. @type {Record<string, number>} */
export const POINTED = { polygon: 3, polyline: 2, point: 1, keypoints: 1 };
export const MAX_POINTS = 2000;

/** Whether a shape is only its frame. @param {Shape} box */
export const isPlain = (box) => !box.rotation && !isPointed(box);

/** @param {Shape} box */
export const isPointed = (box) => box.shape !== undefined && box.shape in POINTED;

/** @param {Rect} rect @returns {Point} */
export const centreOf = (rect) => ({ x: rect.x + rect.w / 2, y: rect.y + rect.h / 2 });

/** A point turned clockwise around a centre. @param {number[] | Point} point @param {Point} centre @param {number} degrees @returns {Point} */
export function turn(point, centre, degrees) {
  const [x, y] = Array.isArray(point) ? point : [point.x, point.y];
  const angle = (degrees * Math.PI) / 180;
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const [dx, dy] = [x - centre.x, y - centre.y];
  return { x: centre.x + dx * cos - dy * sin, y: centre.y + dx * sin + dy * cos };
}

/** The points that exist: an absent keypoint has the visibility 0. @param {Shape} box @returns {number[][]} */
export const presentPoints = (box) => (box.points ?? []).filter((point) => point[2] !== 0);

/** @param {Rect} rect */
const cornersOf = ({ x, y, w, h }) => [[x, y], [x + w, y], [x + w, y + h], [x, y + h]];

/** The line around or along a shape; null for single points. @param {Shape} box @returns {{points: number[][], closed: boolean} | null} */
export function outlineOf(box) {
  if (!isPointed(box)) {
    const centre = centreOf(box);
    const turned = (/** @type {number[]} */ corner) => {
      const { x, y } = turn(corner, centre, box.rotation ?? 0);
      return [x, y];
    };
    return { points: box.rotation ? cornersOf(box).map(turned) : cornersOf(box), closed: true };
  }
  if (box.shape === "point" || box.shape === "keypoints") return null;
  return { points: box.points ?? [], closed: box.shape === "polygon" };
}

/** @param {number[][]} points @returns {Rect} */
export function frameOf(points) {
  const [xs, ys] = [points.map((point) => point[0]), points.map((point) => point[1])];
  const [x, y] = [Math.min(...xs), Math.min(...ys)];
  return { x, y, w: Math.max(Math.max(...xs) - x, 0.01), h: Math.max(Math.max(...ys) - y, 0.01) };
}

/** The upright rectangle that holds the shape. @param {Shape} box @returns {Rect} */
export function boundsOf(box) {
  return box.rotation ? frameOf(/** @type {{points: number[][]}} */ (outlineOf(box)).points) : box;
}

/** The part of a shape that must stay inside the picture: a turned box may stick out with its corners. @param {Shape} box @returns {Rect} */
export const heldOf = (box) => (box.rotation ? { ...centreOf(box), w: 0, h: 0 } : box);

/** @param {Point} point @param {number[]} a @param {number[]} b */
function farFromLine(point, a, b) {
  const [dx, dy] = [b[0] - a[0], b[1] - a[1]];
  const share = clamp(((point.x - a[0]) * dx + (point.y - a[1]) * dy) / (dx * dx + dy * dy || 1), 0, 1);
  return Math.hypot(point.x - a[0] - share * dx, point.y - a[1] - share * dy);
}

/** Whether a point lies in a polygon, by the even-odd rule. @param {number[][]} points @param {Point} at */
export function inside(points, at) {
  let odd = false;
  for (let i = 0, j = points.length - 1; i < points.length; j = i++) {
    const [[ax, ay], [bx, by]] = [points[i], points[j]];
    if (ay > at.y !== by > at.y && at.x < ((bx - ax) * (at.y - ay)) / (by - ay) + ax) odd = !odd;
  }
  return odd;
}

/** Whether a press at a point means this shape; thin ones are hit within `reach` pixels. @param {Shape} box @param {Point} at @param {number} reach */
export function covers(box, at, reach) {
  if (!isPointed(box)) return contains(box, box.rotation ? turn(at, centreOf(box), -box.rotation) : at);
  const line = outlineOf(box);
  if (!line) return presentPoints(box).some(([x, y]) => Math.hypot(at.x - x, at.y - y) <= reach);
  if (line.closed && inside(line.points, at)) return true;
  const last = line.closed ? line.points.length : line.points.length - 1;
  for (let i = 0; i < last; i++) if (farFromLine(at, line.points[i], line.points[(i + 1) % line.points.length]) <= reach) return true;
  return false;
}

/** How much of the picture a shape covers: what covers least is picked first. @param {Shape} box */
export const areaOf = (box) => (!isPointed(box) || box.shape === "polygon" ? box.w * box.h : 0);

/** The keys of a shape's place, as a patch says them. @param {Shape} box @returns {Geometry} */
export function geometryOf(box) {
  if (isPointed(box)) return { ...rectOf(box), points: box.points };
  return box.rotation === undefined ? rectOf(box) : { ...rectOf(box), rotation: box.rotation };
}

/** @param {Shape} a @param {Shape} b */
export const sameGeometry = (a, b) => JSON.stringify(geometryOf(a)) === JSON.stringify(geometryOf(b));

/** Points rounded and inside the picture, with the frame they make. @param {number[][]} points @param {Size} size @returns {Geometry} */
export function pointed(points, size) {
  const kept = points.map(([x, y, ...rest]) =>
    rest[0] === 0 ? [0, 0, 0] : [tenth(clamp(x, 0, size.width)), tenth(clamp(y, 0, size.height)), ...rest],
  );
  return { ...frameOf(kept.filter((point) => point[2] !== 0)), points: kept };
}

/** A turned box with its middle inside the picture. @param {Rect} rect @param {number} degrees @param {Size} size @returns {Geometry} */
export function turnedBox(rect, degrees, size) {
  const middle = centreOf(rect);
  const [w, h] = [Math.max(tenth(rect.w), 1), Math.max(tenth(rect.h), 1)];
  const [x, y] = [clamp(middle.x, 0, size.width) - w / 2, clamp(middle.y, 0, size.height) - h / 2];
  return { x: tenth(x), y: tenth(y), w, h, rotation: ((tenth(degrees) % 360) + 360) % 360 };
}

/** The shape elsewhere; the picture's edge stops it. @param {Shape} box @param {number} dx @param {number} dy @param {Size} size @returns {Geometry} */
export function shifted(box, dx, dy, size) {
  if (isPlain(box)) return moved(box, dx, dy, size);
  if (!isPointed(box)) return turnedBox({ ...rectOf(box), x: box.x + dx, y: box.y + dy }, box.rotation ?? 0, size);
  const [x, y] = [clamp(dx, -box.x, size.width - box.x - box.w), clamp(dy, -box.y, size.height - box.y - box.h)];
  return pointed((box.points ?? []).map(([px, py, ...rest]) => [px + x, py + y, ...rest]), size);
}

/** The shape in another frame, its points where they are in proportion. @param {Shape} box @param {Rect} to @param {Size} size @returns {Geometry} */
export function reframed(box, to, size) {
  if (isPlain(box)) return cut(to, size);
  if (!isPointed(box)) return turnedBox(to, box.rotation ?? 0, size);
  const place = (/** @type {number} */ value, /** @type {"x" | "y"} */ axis, /** @type {"w" | "h"} */ side) =>
    to[axis] + ((value - box[axis]) * to[side]) / box[side];
  return pointed((box.points ?? []).map(([x, y, ...rest]) => [place(x, "x", "w"), place(y, "y", "h"), ...rest]), size);
}

/** The shape turned clockwise around its middle. @param {Shape} box @param {number} degrees @param {Size} size @returns {Geometry} */
export function turned(box, degrees, size) {
  if (!isPointed(box)) return straightened(turnedBox(box, (box.rotation ?? 0) + degrees, size), size);
  const centre = centreOf(box);
  return pointed((box.points ?? []).map(([px, py, ...rest]) => {
    const { x, y } = turn([px, py], centre, degrees);
    return [x, y, ...rest];
  }), size);
}

/** A box that stands upright again lies inside the picture again. @param {Geometry} box @param {Size} size */
const straightened = (box, size) => (box.rotation ? box : { ...cut(box, size), rotation: 0 });

/**
 * A box pulled by one of its handles, in its own turned frame: the opposite handle stays where it is.
 * @param {Shape} box @param {Handle} handle @param {Point} pull @param {{aspect: boolean, centre: boolean}} keep @param {Size} size
 * @returns {Geometry}
 */
export function resizedShape(box, handle, pull, keep, size) {
  if (!box.rotation) return cut(pulled(box, handle, pull, keep), size);
  const centre = centreOf(box);
  const rect = pulled(box, handle, turn(pull, { x: 0, y: 0 }, -box.rotation), keep);
  const middle = turn(centreOf(rect), centre, box.rotation);
  return turnedBox({ x: middle.x - rect.w / 2, y: middle.y - rect.h / 2, w: rect.w, h: rect.h }, box.rotation, size);
}

/** A rectangle by its first edge and how far it reaches to the side. @param {Point} a @param {Point} b @param {Point} side @param {Size} size @returns {Geometry} */
export function boxOnEdge(a, b, side, size) {
  const length = Math.hypot(b.x - a.x, b.y - a.y) || 1;
  const [ux, uy] = [(b.x - a.x) / length, (b.y - a.y) / length];
  const depth = (side.x - a.x) * -uy + (side.y - a.y) * ux;
  const middle = { x: (a.x + b.x) / 2 - (uy * depth) / 2, y: (a.y + b.y) / 2 + (ux * depth) / 2 };
  const [w, h] = [Math.max(length, 1), Math.max(Math.abs(depth), 1)];
  const degrees = (Math.atan2(uy, ux) * 180) / Math.PI;
  return straightened(turnedBox({ x: middle.x - w / 2, y: middle.y - h / 2, w, h }, degrees, size), size);
}

/** The smallest box that touches the four extreme points of an object. @param {Point[]} points @param {Size} size */
export function boxAround(points, size) {
  const { x, y, w, h } = frameOf(points.map((point) => [point.x, point.y]));
  return between({ x, y }, { x: x + w, y: y + h }, size);
}

/** A drawn line with fewer points, none further off than `tolerance` (Douglas and Peucker, 1973). @param {number[][]} points @param {number} tolerance @returns {number[][]} */
export function simplified(points, tolerance) {
  if (points.length < 3) return points;
  const [first, last] = [points[0], points[points.length - 1]];
  let [worst, at] = [0, 0];
  for (let i = 1; i < points.length - 1; i++) {
    const off = farFromLine({ x: points[i][0], y: points[i][1] }, first, last);
    if (off > worst) [worst, at] = [off, i];
  }
  if (worst <= tolerance) return [first, last];
  return [...simplified(points.slice(0, at + 1), tolerance).slice(0, -1), ...simplified(points.slice(at), tolerance)];
}
