// In which order boxes are visited: reading order for Tab, least certain first for the sweep.

/** @typedef {import("./edits.js").Box} Box */

/** @typedef {{threshold: number, rejected: boolean, narrow?: ((box: Box) => boolean) | null}} Filter `narrow` is the filter that the person has set */

/** Whether a box is shown: one that the filter leaves out is not, nor a proposal under the threshold. @param {Box} box @param {Filter} filter */
export const isShown = (box, filter) => isAbove(box, filter) && (!filter.narrow || filter.narrow(box));

/** Whether a box would be shown without a filter. @param {Box} box @param {Filter} filter */
export function isAbove(box, filter) {
  if (box.state === "rejected") return filter.rejected;
  return box.state !== "proposed" || box.score === null || box.score >= filter.threshold;
}

/** Top to bottom in rows of a twentieth of the picture, left to right in a row. @param {Box[]} boxes @param {number} height */
export function readingOrder(boxes, height) {
  const row = Math.max(height / 20, 1);
  return [...boxes].sort((a, b) => Math.floor(a.y / row) - Math.floor(b.y / row) || a.x - b.x || (a.id < b.id ? -1 : 1));
}

/** How near a proposal is to being doubtful; boxes without a score come last. @param {Box} box @param {number} threshold */
const certainty = (box, threshold) => (box.score === null ? 2 : Math.abs(box.score - threshold));

/** The proposals above the threshold, least certain first. @param {Iterable<Box>} boxes @param {number} threshold */
export function sweepOrder(boxes, threshold) {
  return [...boxes]
    .filter((box) => box.state === "proposed" && isShown(box, { threshold, rejected: false }))
    .sort((a, b) => certainty(a, threshold) - certainty(b, threshold) || (a.id < b.id ? -1 : 1));
}

/** The neighbour of `id` in a list, none at either end; without `id` the first (or last). @param {Box[]} boxes @param {string | null} id @param {1 | -1} step */
export function neighbour(boxes, id, step) {
  const at = boxes.findIndex((box) => box.id === id);
  if (at < 0) return step > 0 ? boxes[0] : boxes[boxes.length - 1];
  return boxes[at + step];
}
