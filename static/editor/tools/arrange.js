// Several shapes at once: put in line, spread, joined into one; and one shape cut in two or made a polygon.
// Loaded when it is first used.
import { deleteBox, drawShape, placeBox, replaceBox } from "../commands/boxes.js";
import { cut, union } from "../model/geometry.js";
import { splitBy, unionOf } from "../model/polygons.js";
import { boundsOf, geometryOf, isPlain, outlineOf, pointed, sameGeometry, shifted } from "../model/shapes.js";

/**
 * @typedef {import("../view/editor.js").Editor} Editor
 * @typedef {import("../model/edits.js").Box} Box
 * @typedef {import("../model/geometry.js").Point} Point
 * @typedef {import("../model/geometry.js").Rect} Rect
 * @typedef {"left" | "right" | "top" | "bottom" | "middle" | "centre"} Line
 */

/** How far a shape has to go to stand on a line of the frame around all. @type {Record<Line, (box: Rect, all: Rect) => [number, number]>} */
const WAYS = {
  left: (box, all) => [all.x - box.x, 0],
  right: (box, all) => [all.x + all.w - box.x - box.w, 0],
  top: (box, all) => [0, all.y - box.y],
  bottom: (box, all) => [0, all.y + all.h - box.y - box.h],
  centre: (box, all) => [all.x + all.w / 2 - box.x - box.w / 2, 0],
  middle: (box, all) => [0, all.y + all.h / 2 - box.y - box.h / 2],
};

/** The selected shapes that may be changed. @param {Editor} editor */
const chosen = (editor) => editor.selected.filter((box) => editor.mayChange(box));

/** @param {Editor} editor @param {(box: Box) => [number, number]} way @param {string} label */
function shift(editor, way, label) {
  const size = editor.data.image;
  const edits = chosen(editor).flatMap((box) => {
    const placed = { ...box, ...shifted(box, ...way(box), size) };
    return sameGeometry(placed, box) ? [] : [placeBox(box, geometryOf(placed))];
  });
  editor.submit(edits, label);
}

/** Put the selected shapes on one line. @param {Editor} editor @param {Line} line */
export function align(editor, line) {
  const all = union(editor.selected.map(boundsOf));
  shift(editor, (box) => WAYS[line](boundsOf(box), all), `align ${line}`);
}

/** The same gaps between the selected shapes, the outer ones stay. @param {Editor} editor @param {"x" | "y"} axis */
export function spread(editor, axis) {
  const side = axis === "x" ? "w" : "h";
  const order = chosen(editor).sort((a, b) => boundsOf(a)[axis] - boundsOf(b)[axis]);
  if (order.length < 3) return;
  const all = union(order.map(boundsOf));
  const gap = (all[side] - order.reduce((sum, box) => sum + boundsOf(box)[side], 0)) / (order.length - 1);
  let at = all[axis];
  const to = new Map(order.map((box) => {
    const place = at;
    at += boundsOf(box)[side] + gap;
    return [box.id, place - boundsOf(box)[axis]];
  }));
  shift(editor, (box) => (axis === "x" ? [to.get(box.id) ?? 0, 0] : [0, to.get(box.id) ?? 0]), "spread");
}

/** @param {Editor} editor @param {string} text */
const complain = (editor, text) => editor.emit("toast", { text, kind: "bad" });

/**
 * Make one shape of the selected ones: boxes become the box around them; with a polygon among them, polygons that
 * touch become their outline. The first selected keeps its class, attributes and origin.
 * @param {Editor} editor
 */
export function merge(editor) {
  const boxes = chosen(editor);
  if (boxes.length < 2) return;
  const [first, ...others] = boxes;
  const size = editor.data.image;
  if (boxes.every((box) => box.shape === "box")) {
    const frame = { ...cut(union(boxes.map(boundsOf)), size), rotation: 0 };
    return void editor.submit([placeBox(first, frame), ...others.map((box) => deleteBox(box.id))], "merge");
  }
  const lines = boxes.map(outlineOf);
  if (!lines.every((line) => line?.closed)) return complain(editor, "Lines and points can't be merged. Select boxes or polygons.");
  let [ring, ...rest] = lines.map((line) => line?.points ?? []);
  while (rest.length) {
    const joined = rest.map((other) => unionOf(ring, other));
    const at = joined.findIndex((one) => one !== null);
    if (at < 0) return complain(editor, "These shapes do not touch. Only what touches can be merged.");
    ring = /** @type {number[][]} */ (joined[at]);
    rest = rest.filter((_, index) => index !== at);
  }
  const whole = pointed(ring, size);
  const kept = first.shape === "polygon" ? [placeBox(first, whole)] : replaceBox(first, "polygon", whole);
  const edits = [...kept, ...others.map((box) => deleteBox(box.id))];
  if (editor.submit(edits, "merge")) editor.select([(kept.at(-1) ?? kept[0]).box_id]);
}

/** Cut the selected shape, or else all that the line goes through. @param {Editor} editor @param {Point} from @param {Point} to */
export function split(editor, from, to) {
  const among = (editor.selection.size ? editor.selected : editor.boxes).filter((box) => editor.mayChange(box));
  const edits = among.flatMap((box) => halves(editor, box, from, to));
  if (!edits.length) return complain(editor, "The cut went through no shape. Draw it from one side to the other.");
  if (editor.submit(edits, "split")) editor.select(edits.filter((edit) => edit.kind !== "delete").map((edit) => edit.box_id));
}

/** @param {Editor} editor @param {Box} box @param {Point} from @param {Point} to */
function halves(editor, box, from, to) {
  const line = outlineOf(box);
  const parts = line && splitBy(line.points, line.closed, from, to);
  if (!parts) return [];
  const size = editor.data.image;
  if (isPlain(box)) return boxHalves(editor, box, from, to);
  const [one, two] = parts.map((points) => pointed(points, size));
  const shape = line.closed ? "polygon" : "polyline";
  const kept = box.shape === shape ? [placeBox(box, one)] : replaceBox(box, shape, one);
  return [...kept, drawShape(shape, two, box.class_id, box.attributes)];
}

/** A box stays two boxes: it is cut upright or level, whichever the line is nearer to. @param {Editor} editor @param {Box} box @param {Point} from @param {Point} to */
function boxHalves(editor, box, from, to) {
  const size = editor.data.image;
  const upright = Math.abs(to.y - from.y) > Math.abs(to.x - from.x);
  const at = upright ? (from.x + to.x) / 2 : (from.y + to.y) / 2;
  const { x, y, w, h } = box;
  const one = upright ? { x, y, w: at - x, h } : { x, y, w, h: at - y };
  const two = upright ? { x: at, y, w: x + w - at, h } : { x, y: at, w, h: y + h - at };
  if (Math.min(one.w, one.h, two.w, two.h) < 1) return [];
  return [placeBox(box, cut(one, size)), drawShape("box", cut(two, size), box.class_id, box.attributes)];
}

/** Boxes as polygons with the same corners, polygons as the boxes around them. @param {Editor} editor */
export function convert(editor) {
  const size = editor.data.image;
  const edits = chosen(editor).flatMap((box) => {
    const line = outlineOf(box);
    if (!line?.closed) return [];
    return box.shape === "box" ? replaceBox(box, "polygon", pointed(line.points, size)) : replaceBox(box, "box", cut(boundsOf(box), size));
  });
  if (editor.submit(edits, "convert")) editor.select(edits.filter((edit) => edit.kind === "add").map((edit) => edit.box_id));
}

/** Go to another corner of a shape that has some. @param {Editor} editor @param {Box | null} box @param {number} step */
export function visitCorner(editor, box, step) {
  if (!box) return;
  const { scene } = editor;
  const count = box.points.length;
  const from = scene.corner ?? (step > 0 ? -1 : 0);
  const corner = (from + step + count) % count;
  scene.show({ corner });
  editor.emit("say", `Corner ${corner + 1} of ${count}. The arrow keys move it.`);
}
