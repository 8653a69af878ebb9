// The selection in detail: where the box lies, as numbers that can be typed, and where it comes from.
import { el, must, perFrame } from "../../lib/dom.js";
import { placeBox, relabel } from "../commands/boxes.js";
import { isDrawn } from "../model/attributes.js";
import { geometryOf, isPointed, reframed, sameGeometry, turned } from "../model/shapes.js";
import { Lazy } from "./actions/lazy.js";

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
    this.label = /** @type {HTMLSelectElement} */ (must("#box-class"));
    this.label.addEventListener("change", () => this.relabel());
    this.section.addEventListener("keydown", (event) => this.key(event));
    this.render = perFrame(() => this.draw());
    for (const name of /** @type {const} */ (["boxes", "classes", "selection", "opened", "canvas"])) app.editor.on(name, this.render);
    // Something may have been selected before this part was here.
    this.render();
  }

  draw() {
    const { editor } = this.app;
    const boxes = editor.selected;
    this.section.hidden = boxes.length === 0;
    if (!boxes.length) return;
    const [box] = boxes;
    must("#details-title").textContent = boxes.length === 1 ? editor.look(box.class_id).name : `${boxes.length} boxes`;
    this.drawClass(boxes);
    this.describe(boxes);
    must("#geometry").hidden = boxes.length > 1 || box.shape === "tag";
    must("#provenance").hidden = boxes.length > 1;
    must("#judging").hidden = boxes.every((one) => one.source === "human");
    if (boxes.length > 1) return;
    this.fields.forEach((field, at) => {
      if (document.activeElement !== field) field.value = String(Math.round((box[SIDES[at]] ?? 0) * 10) / 10);
      field.disabled = !editor.mayEdit || (SIDES[at] === "rotation" && isPointed(box));
    });
    must("#provenance").replaceChildren(...facts(box).flatMap(([term, text]) => [el("dt", {}, term), el("dd", {}, text)]));
  }

  /** What the shapes carry; the fields are loaded where there are any. @param {Box[]} boxes */
  describe(boxes) {
    const { editor } = this.app;
    const root = must("#attributes");
    const some = boxes.some((box) => editor.classes.get(box.class_id ?? "")?.attributes?.length || Object.keys(box.attributes ?? {}).length);
    if (!some && root.hidden) return;
    void Lazy.attributes(this.app).then((attributes) => attributes.draw(editor.selected), () => undefined);
  }

  /** @param {Box[]} boxes */
  drawClass(boxes) {
    const { editor } = this.app;
    const ids = new Set(boxes.map((box) => box.class_id));
    const chosen = ids.size === 1 ? boxes[0].class_id ?? "" : "";
    const isTag = boxes.some((box) => box.shape === "tag");
    const fits = (/** @type {Pick<import("../view/editor.js").LabelClass, "use">} */ label) => (isTag ? label.use !== "shapes" : isDrawn(label));
    const blank = ids.size > 1 ? "Several classes" : "No class";
    const rows = [...(chosen && editor.data.classes.some((one) => one.id === chosen && fits(one)) ? [] : [{ id: chosen, name: chosen ? editor.look(chosen).name : blank }]), ...editor.data.classes.filter(fits)];
    // An open list keeps its rows: new ones would close it.
    const now = [...this.label.options].map((option) => `${option.value} ${option.text}`).join("\n");
    if (now !== rows.map(({ id, name }) => `${id} ${name}`).join("\n")) {
      this.label.replaceChildren(...rows.map(({ id, name }) => el("option", { value: id }, name)));
    }
    this.label.value = chosen;
    this.label.disabled = !editor.mayEdit;
  }

  /** The class chosen here is that of these boxes; the one of new boxes stays. */
  relabel() {
    const { editor } = this.app;
    const { value } = this.label;
    const boxes = editor.selected;
    if (!value || !editor.submit(relabel(boxes, value), "relabel")) return;
    editor.emit("say", `${boxes.length === 1 ? "Box" : `${boxes.length} boxes`} now ${editor.look(value).name}.`);
  }

  /** Esc and F6 go back to the row. @param {KeyboardEvent} event */
  key(event) {
    if (event.key !== "Escape" && event.key !== "F6") return;
    event.preventDefault();
    event.stopPropagation();
    must("#boxes").focus();
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
    if (!sameGeometry(placed, box) && editor.submit([placeBox(box, geometryOf(placed))], "place")) {
      const [left, top, wide, high] = [placed.x, placed.y, placed.w, placed.h].map(Math.round);
      editor.emit("say", `Now at ${left}, ${top}, ${wide} by ${high} pixels.`);
    }
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
