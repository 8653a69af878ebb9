// Boxes of the picture before onto this one, and of this one onto the next: as proposals, to be swept.
import { call } from "../../lib/api.js";
import { proposeBox } from "../commands/boxes.js";
import { carried, isThere } from "../model/carry.js";

/**
 * @typedef {import("./actions.js").App} App
 * @typedef {import("../model/edits.js").Box} Box
 * @typedef {import("../model/geometry.js").Size} Size
 */

const PATIENCE_MS = 5000;
const LOOK_MS = 40;

/** Propose here what the picture before shows. @param {App} app */
export async function carryOver({ editor, travel }) {
  const { previous } = editor.data;
  if (!editor.allowed()) return;
  if (!previous) return editor.emit("toast", { text: "There is no image before this one to take boxes from." });
  const { data } = editor;
  try {
    // What was done there a moment ago may still be on its way.
    await until(() => !editor.outbox.of(previous.id).length);
    const page = await travel.fetch(previous.url);
    const { results } = await call(page.urls.edits.replace(/edits$/, "boxes"));
    if (editor.data === data) propose(editor, results, page.image);
  } catch (error) {
    editor.emit("toast", { text: error instanceof Error ? error.message : String(error), kind: "bad" });
  }
}

/** Open the next picture and propose there what is selected here, or everything. @param {App} app */
export async function propagate({ editor, travel }) {
  const { next, image } = editor.data;
  if (!next) return editor.emit("toast", { text: "This is the last image." });
  const boxes = editor.selection.size ? editor.selected : [...editor.document.view.values()];
  await travel.visit(next.url);
  if (editor.data.image.id !== next.id || !(await until(() => editor.document.loaded || editor.data.image.id !== next.id))) return;
  if (editor.data.image.id === next.id && editor.allowed()) propose(editor, boxes, image);
}

/** @param {App["editor"]} editor @param {Box[]} boxes @param {Size} from the picture that they are of */
function propose(editor, boxes, from) {
  const { image } = editor.data;
  const there = [...editor.document.view.values()];
  const edits = boxes
    .filter((box) => box.state !== "rejected")
    .flatMap((box) => {
      const shape = carried(box, from, image);
      const class_id = editor.classes.has(box.class_id ?? "") ? box.class_id : null;
      return shape && !isThere({ ...shape, class_id }, there) ? [proposeBox({ ...box, ...shape, class_id })] : [];
    });
  if (!edits.length) return editor.emit("toast", { text: boxes.length ? "All its boxes are here already." : "There are no boxes to carry over." });
  if (!editor.submit(edits, "carry over")) return;
  editor.emit("toast", { text: `${edits.length} ${edits.length === 1 ? "box" : "boxes"} carried over as proposals.`, kind: "good", undo: true });
}

/** @param {() => boolean} holds @returns {Promise<boolean>} whether it came true in time */
async function until(holds) {
  const end = Date.now() + PATIENCE_MS;
  while (!holds() && Date.now() < end) await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  return holds();
}
