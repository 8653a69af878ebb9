// The words of the editor: each function says in edits what a person did to boxes.
import { uuid } from "../../lib/ids.js";
import { moved, rectOf } from "../model/geometry.js";

/**
 * @typedef {import("../model/edits.js").Box} Box
 * @typedef {import("../model/edits.js").Edit} Edit
 * @typedef {import("../model/edits.js").State} State
 * @typedef {import("../model/geometry.js").Rect} Rect
 * @typedef {import("../model/geometry.js").Size} Size
 */

/** @param {Edit["kind"]} kind @param {string} box_id @param {Record<string, any>} [patch] @returns {Edit} */
const edit = (kind, box_id, patch = {}) => ({ op_id: uuid(), kind, box_id, patch });

/** A new box drawn by a person. @param {Rect} rect @param {string | null} classId @returns {Edit} */
export function drawBox(rect, classId) {
  return edit("add", uuid(), { ...shapeOf(rect), class_id: classId, state: "accepted", source: "human", score: null, attributes: {} });
}

/** @param {Rect} rect */
const shapeOf = (rect) => ({ shape: "box", ...rectOf(rect), rotation: 0, points: [] });

/** Whoever corrects a proposal has judged it: said openly, so that undo takes it back too. @param {Box} box */
const accepting = (box) => (box.state === "proposed" ? { state: "accepted" } : {});

/** @param {Box} box @param {Rect} rect */
export const placeBox = (box, rect) => edit("update", box.id, { ...rectOf(rect), ...accepting(box) });

/** @param {string} id */
export const deleteBox = (id) => edit("delete", id);

/** Give boxes a class. @param {Box[]} boxes @param {string} classId */
export function relabel(boxes, classId) {
  return boxes
    .filter((box) => box.class_id !== classId || box.state === "proposed")
    .map((box) => edit("update", box.id, { class_id: classId, ...accepting(box) }));
}

/** @param {Box[]} boxes @param {State} state */
export const judge = (boxes, state) => boxes.filter((box) => box.state !== state).map((box) => edit("review", box.id, { state }));

/** Copies of boxes as new boxes of the person who copies them. @param {Box[]} boxes @param {number} step @param {Size} size */
export function copiesOf(boxes, step, size) {
  return boxes.map((box) =>
    edit("add", uuid(), {
      ...shapeOf(moved(box, step, step, size)),
      class_id: box.class_id, state: "accepted", source: "human", score: null, attributes: box.attributes,
    }),
  );
}
