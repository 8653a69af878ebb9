// Edits that expect something are narrowed by the server to what nobody changed meanwhile: which ones were.

import { still } from "./edits.js";

/**
 * @typedef {import("./edits.js").Edit} Edit
 * @typedef {import("./edits.js").Box} Box
 */

/** The server rounds and clips what it stores by less than a pixel. */
const ROUNDING = 0.6;

/** @param {unknown} asked @param {unknown} got */
const holds = (asked, got) =>
  typeof asked === "number" && typeof got === "number" ? Math.abs(asked - got) < ROUNDING : JSON.stringify(asked) === JSON.stringify(got);

/** My edits of which a field was not taken. @param {Edit[]} edits @param {Box[]} boxes as they are right after those edits @returns {Edit[]} */
export function narrowedOf(edits, boxes) {
  const kept = new Map(boxes.map((box) => [box.id, /** @type {Record<string, any>} */ (box)]));
  const asked = edits.filter((edit) => edit.expect && (edit.kind === "update" || edit.kind === "review"));
  return asked.filter((edit, at) => {
    const box = kept.get(edit.box_id);
    const later = asked.slice(at + 1).filter((one) => one.box_id === edit.box_id);
    const own = Object.keys(edit.patch).filter((key) => !later.some((one) => key in one.patch));
    return box && own.some((key) => !(key === "attributes" ? still(box, edit.patch, [key]) : holds(edit.patch[key], box[key])));
  });
}
