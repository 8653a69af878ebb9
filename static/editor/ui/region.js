// Asking the model about a part of the picture, now: the selection with some room around it, or what is seen.
import { call } from "../../lib/api.js";
import { must } from "../../lib/dom.js";
import { cut, union } from "../model/geometry.js";

/**
 * @typedef {import("../view/editor.js").Editor} Editor
 * @typedef {import("../model/geometry.js").Rect} Rect
 */

/** Room around the selection, as a share of its sides. */
const MARGIN = 0.5;

export class RegionLabels {
  /** @param {Editor} editor */
  constructor(editor) {
    this.editor = editor;
    this.busy = false;
  }

  /** @returns {Rect} */
  get region() {
    const { selected, scene, data } = this.editor;
    if (!selected.length) return cut(scene.viewport.visible, data.image);
    const { x, y, w, h } = union(selected);
    return cut({ x: x - w * MARGIN, y: y - h * MARGIN, w: w * (1 + 2 * MARGIN), h: h * (1 + 2 * MARGIN) }, data.image);
  }

  /** What the model finds there arrives like any other proposal; this says how many, or what to do instead. */
  async label() {
    const { editor } = this;
    if (this.busy || !editor.allowed()) return;
    const { image } = editor.data;
    const { x, y, w, h } = this.region;
    this.show({ x, y, w, h });
    try {
      const body = { region: [x, y, w, h], replace: "none", overlapping: "skip" };
      const answer = await call(`/api/v1/images/${image.id}/label`, { method: "POST", json: body });
      editor.emit("toast", { text: wordsFor(answer), kind: answer.boxes.length ? "good" : undefined });
    } catch (error) {
      editor.emit("toast", { text: error instanceof Error ? error.message : String(error), kind: "bad" });
    } finally {
      this.show(null);
    }
  }

  /** @param {Rect | null} region what is being looked at */
  show(region) {
    this.busy = region !== null;
    must("#stage").setAttribute("aria-busy", String(this.busy));
    this.editor.scene.show({ marquee: region });
    if (region) this.editor.emit("say", "The model is looking.");
  }
}

/** @param {{boxes: unknown[], known: number, unmapped: number, model: {name: string}}} answer */
function wordsFor({ boxes, known, unmapped, model }) {
  const found = boxes.length === 1 ? "1 proposal" : `${boxes.length} proposals`;
  if (boxes.length) return `${model.name}: ${found} added.`;
  if (unmapped) return `${model.name} sees only classes that this project lacks. Add them in the project's settings.`;
  return known ? `${model.name} sees only what is here already.` : `${model.name} sees nothing here. Zoom in and ask again, or press G for its ghosts.`;
}
