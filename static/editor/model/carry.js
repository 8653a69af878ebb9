// Boxes of one picture on another one: where they lie there, and which of them are there already.
import { cut, intersects, tenth } from "./geometry.js";
import { iou, SAME_FROM } from "./overlap.js";

/**
 * @typedef {import("./geometry.js").Rect} Rect
 * @typedef {import("./geometry.js").Size} Size
 * @typedef {import("./edits.js").Box} Box
 * @typedef {Rect & {rotation: number, points: number[][]}} Shape
 */

/** Sides whose ratios differ by less are of the same shape: a resized copy is rounded to whole pixels. */
const SAME_ASPECT = 0.01;

/** By how much boxes grow on the other picture: pictures of another shape are not the same view, so nothing is stretched. @param {Size} from @param {Size} to */
export function scaleBetween(from, to) {
  const aspects = (from.width / from.height) / (to.width / to.height);
  return Math.abs(aspects - 1) <= SAME_ASPECT ? { x: to.width / from.width, y: to.height / from.height } : { x: 1, y: 1 };
}

/**
 * Where a shape of one picture lies on another, cut at its edge; null where nothing of it is left.
 * @param {Shape & {shape: string}} box @param {Size} from @param {Size} to
 * @returns {Shape | null}
 */
export function carried(box, from, to) {
  const scale = scaleBetween(from, to);
  const rect = { x: box.x * scale.x, y: box.y * scale.y, w: box.w * scale.x, h: box.h * scale.y };
  const inner = { x: 0.5, y: 0.5, w: to.width - 1, h: to.height - 1 };
  if (!intersects(rect, inner)) return null;
  if (box.points.length) return carriedPoints(box, scale, to);
  if (!box.rotation) return { ...cut(rect, to), rotation: 0, points: [] };
  // A turned box may stick out with its corners, not with its middle.
  const middle = { x: rect.x + rect.w / 2, y: rect.y + rect.h / 2, w: 0, h: 0 };
  if (!intersects(middle, inner)) return null;
  return { x: tenth(rect.x), y: tenth(rect.y), w: tenth(rect.w), h: tenth(rect.h), rotation: box.rotation, points: [] };
}

/** @param {Shape} box @param {{x: number, y: number}} scale @param {Size} to @returns {Shape} */
function carriedPoints(box, scale, to) {
  const within = (/** @type {number} */ value, /** @type {number} */ limit) => tenth(Math.min(Math.max(value, 0), limit));
  const points = box.points.map(([x, y]) => [within(x * scale.x, to.width), within(y * scale.y, to.height)]);
  const [xs, ys] = [points.map(([x]) => x), points.map(([, y]) => y)];
  const [x, y] = [Math.min(...xs), Math.min(...ys)];
  return { x, y, w: tenth(Math.max(...xs) - x), h: tenth(Math.max(...ys) - y), rotation: box.rotation, points };
}

/** Whether a box that nobody rejected shows this already. @param {Rect & {class_id: string | null}} one @param {Iterable<Box>} others */
export function isThere(one, others) {
  for (const box of others) {
    if (box.state !== "rejected" && box.class_id === one.class_id && (iou(one, box) >= SAME_FROM || isSame(one, box))) return true;
  }
  return false;
}

/** Points have no area to compare. @param {Rect} a @param {Rect} b */
const isSame = (a, b) => a.x === b.x && a.y === b.y && a.w === b.w && a.h === b.h;
