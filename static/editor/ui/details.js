// The selection in detail: where the box lies, as numbers that can be typed, and where it comes from.
import { el, must, perFrame } from "../../lib/dom.js";
import { placeBox } from "../commands/boxes.js";
import { geometryOf, isPointed, reframed, sameGeometry, turned } from "../model/shapes.js";

/**
 * @typedef {import("./actions.js").App} App
 * @typedef {import("../model/edits.js").Box} Box
 */

const SIDES = /** @type {const} */ (["x", "y", "w", "h", "rotation"]);

export class Details {
  /** @param {App} app */
  constructor(app) {
    this.app = app;
    this.section = must("#details");
    this.fields = SIDES.map((side) => /** @type {HTMLInputElement} */ (must(`#box-${side}`)));
    for (const field of this.fields) field.addEventListener("change", () => this.place());
    this.render = perFrame(() => this.draw());
    for (const name of /** @type {const} */ (["boxes", "classes", "selection", "opened", "canvas"])) app.editor.on(name, this.render);
  }

  draw() {
    const { editor } = this.app;
    const boxes = editor.selected;
    this.section.hidden = boxes.length === 0;
    if (!boxes.length) return;
    const [box] = boxes;
    must("#details-title").textContent = boxes.length === 1 ? editor.look(box.class_id).name : `${boxes.length} boxes`;
    must("#geometry").hidden = boxes.length > 1;
    must("#provenance").hidden = boxes.length > 1;
    must("#judging").hidden = boxes.every((one) => one.source === "human");
    if (boxes.length > 1) return;
    this.fields.forEach((field, at) => {
      if (document.activeElement !== field) field.value = String(Math.round((box[SIDES[at]] ?? 0) * 10) / 10);
      field.disabled = !editor.mayEdit || (SIDES[at] === "rotation" && isPointed(box));
    });
    must("#provenance").replaceChildren(...facts(box).flatMap(([term, text]) => [el("dt", {}, term), el("dd", {}, text)]));
  }

  /** Put the box where the numbers say. */
  place() {
    const { editor } = this.app;
    const [box] = editor.selected;
    const [x, y, w, h, rotation] = this.fields.map((field) => field.valueAsNumber);
    if (!box || ![x, y, w, h].every(Number.isFinite)) return this.render();
    const size = editor.data.image;
    const framed = { ...box, ...reframed(box, { x, y, w: Math.max(w, 1), h: Math.max(h, 1) }, size) };
    const by = isPointed(box) || !Number.isFinite(rotation) ? 0 : rotation - (box.rotation ?? 0);
    const placed = by ? { ...framed, ...turned(framed, by, size) } : framed;
    if (!sameGeometry(placed, box)) editor.submit([placeBox(box, geometryOf(placed))], "place");
    this.render();
  }
}

/** What is known about where a box comes from. @param {Box} box @returns {[string, string][]} */
function facts(box) {
  /** @type {[string, string | null | undefined][]} */
  const known = [
    ["State", box.state],
    ["Source", box.source === "model" ? box.provenance?.model_name || "model" : box.source === "import" ? "import" : box.created_by?.name ?? "a person"],
    ["Score", box.score === null ? null : box.score.toFixed(3)],
    ["Slice", sliceOf(box)],
    ["Changed by", box.updated_by && box.updated_by.id !== box.created_by?.id ? box.updated_by.name : null],
  ];
  return known.flatMap(([term, text]) => (text ? [[term, text]] : []));
}

/** @param {Box} box */
function sliceOf(box) {
  const slice = box.provenance?.slice;
  return slice ? `${slice[2]} × ${slice[3]} at ${slice[0]}, ${slice[1]}` : null;
}
