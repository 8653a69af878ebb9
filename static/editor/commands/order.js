// In edits: which shape lies in front of which, and which are locked.
import { uuid } from "../../lib/ids.js";

/**
 * @typedef {import("../model/edits.js").Box} Box
 * @typedef {import("../model/edits.js").Edit} Edit
 * @typedef {"front" | "forward" | "backward" | "back"} Place
 */

/** The server keeps depths from -FAR to FAR. */
const FAR = 1000;

/** @param {Box} box @param {Record<string, unknown>} patch @returns {Edit} */
const update = (box, patch) => ({ op_id: uuid(), kind: "update", box_id: box.id, patch });

/** Give shapes another depth among all of the picture. @param {Box[]} boxes @param {Box[]} all @param {Place} place */
export function reorder(boxes, all, place) {
  const moving = new Set(boxes.map((box) => box.id));
  const depths = all.filter((box) => !moving.has(box.id)).map((box) => box.z ?? 0);
  const highest = depths.reduce((most, z) => Math.max(most, z), -FAR);
  const lowest = depths.reduce((least, z) => Math.min(least, z), FAR);
  /** @param {number} z */
  const target = (z) => ({ front: Math.max(z, highest + 1), forward: z + 1, backward: z - 1, back: Math.min(z, lowest - 1) })[place];
  return boxes.flatMap((box) => {
    const from = box.z ?? 0;
    const z = Math.min(Math.max(depths.length ? target(from) : from, -FAR), FAR);
    return z === from ? [] : [update(box, { z })];
  });
}

/** @param {Box[]} boxes @param {boolean} locked */
export const lock = (boxes, locked) => boxes.filter((box) => (box.locked ?? false) !== locked).map((box) => update(box, { locked }));
