// The words of the editor: each function says in edits what a person did to boxes.
import { uuid } from "../../lib/ids.js";
import { still } from "../model/edits.js";
import { geometryOf, shifted } from "../model/shapes.js";

/**
 * @typedef {import("../model/edits.js").Box} Box
 * @typedef {import("../model/edits.js").Edit} Edit
 * @typedef {import("../model/edits.js").State} State
 * @typedef {import("../model/geometry.js").Size} Size
 * @typedef {import("../model/shapes.js").Geometry} Geometry
 */

/** @param {Edit["kind"]} kind @param {string} box_id @param {Record<string, any>} [patch] @returns {Edit} */
const edit = (kind, box_id, patch = {}) => ({ op_id: uuid(), kind, box_id, patch });

/** A new shape drawn by a person. @param {string} shape @param {Geometry} geometry @param {string | null} classId @param {Record<string, unknown>} [attributes] @returns {Edit} */
export function drawShape(shape, geometry, classId, attributes = {}) {
  const drawn = { shape, rotation: 0, points: [], ...geometry };
  return edit("add", uuid(), { ...drawn, class_id: classId, state: "accepted", source: "human", score: null, attributes });
}

/** @param {import("../model/geometry.js").Rect} rect @param {string | null} classId */
export const drawBox = ({ x, y, w, h }, classId) => drawShape("box", { x, y, w, h }, classId);

/** Whoever corrects a proposal has judged it: said openly, so that undo takes it back too. @param {Box} box */
const accepting = (box) => (box.state === "proposed" ? { state: "accepted" } : {});

/** @param {Box} box @param {Geometry} geometry */
export const placeBox = (box, geometry) => edit("update", box.id, { ...geometry, ...accepting(box) });

/** Another shape, and its class and attributes, in the place of a box: a shape never changes its kind. @param {Box} box @param {string} shape @param {Geometry} geometry */
export const replaceBox = (box, shape, geometry) => [deleteBox(box.id), drawShape(shape, geometry, box.class_id, box.attributes)];

/** @param {string} id */
export const deleteBox = (id) => edit("delete", id);

/** Give boxes a class. @param {Box[]} boxes @param {string} classId */
export function relabel(boxes, classId) {
  return boxes
    .filter((box) => box.class_id !== classId || box.state === "proposed")
    .map((box) => edit("update", box.id, { class_id: classId, ...accepting(box) }));
}

/** Give boxes attributes; null takes one away. @param {Box[]} boxes @param {Record<string, unknown>} values @returns {Edit[]} */
export function describe(boxes, values) {
  const differing = boxes.filter((box) => !still(box, { attributes: values }, ["attributes"]));
  return differing.map((box) => edit("update", box.id, { attributes: values, ...accepting(box) }));
}

/** A tag for the whole picture. @param {string} classId @param {Size} size */
export const tagPicture = (classId, { width, height }) => drawShape("tag", { x: 0, y: 0, w: width, h: height }, classId);

/** @param {Box[]} boxes @param {State} state */
export const judge = (boxes, state) => boxes.filter((box) => box.state !== state).map((box) => edit("review", box.id, { state }));

/** A box of another picture, proposed on this one: no score, and the person's own. @param {Box} box where it lies here @returns {Edit} */
export function proposeBox({ x, y, w, h, shape, rotation, points, class_id, attributes }) {
  return edit("add", uuid(), { x, y, w, h, shape, rotation, points, class_id, attributes, state: "proposed", source: "human", score: null });
}

/** Copies of boxes as new boxes of the person who copies them. @param {Box[]} boxes @param {number} step @param {Size} size */
export const copiesOf = (boxes, step, size) =>
  boxes.map((box) => drawShape(box.shape, step ? shifted(box, step, step, size) : fitted(box, size), box.class_id, box.attributes));

/** The shape where it is, as far as it lies in a picture of that size. @param {Box} box @param {Size} size @returns {Geometry} */
const fitted = (box, size) => ({ ...geometryOf(box), ...shifted(box, 0, 0, size) });
