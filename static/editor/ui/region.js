// Asking the model about a part of the picture, now: the selection with some room around it, or what is seen.
// While it looks it is in the picture like a colleague, with what its finished slices show. Escape stops it.
import { must } from "../../lib/dom.js";
import { postForLines } from "../../lib/lines.js";
import { cut, union } from "../model/geometry.js";

/**
 * @typedef {import("../view/editor.js").Editor} Editor
 * @typedef {import("../model/geometry.js").Rect} Rect
 * @typedef {{boxes: unknown[], known: number, unmapped: number, model: {name: string}}} Answer
 * @typedef {{done: number, total: number, window: [number, number, number, number], boxes: (Rect & {shape: string})[]}} Slice
 */

/** Room around the selection, as a share of its sides. */
const MARGIN = 0.5;
/** The model among the colleagues. */
const MODEL = "model";
const COLOR = "#7fb2ff";

export class RegionLabels {
  /** @param {Editor} editor */
  constructor(editor) {
    this.editor = editor;
    /** @type {AbortController | null} the look under way */
    this.looking = null;
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
    if (this.looking || !editor.allowed()) return;
    const { session } = editor;
    const looking = (this.looking = new AbortController());
    const stop = (/** @type {KeyboardEvent} */ event) => this.heed(event);
    document.addEventListener("keydown", stop, true);
    try {
      const { region } = this;
      this.show(region);
      const answer = await this.ask(session, region, looking.signal);
      if (answer) editor.emit("toast", { text: wordsFor(answer), kind: answer.boxes.length ? "good" : undefined });
      else editor.emit("toast", { text: "Stopped. What the model had found by then stays, as proposals." });
    } catch (error) {
      editor.emit("toast", { text: error instanceof Error ? error.message : String(error), kind: "bad" });
    } finally {
      document.removeEventListener("keydown", stop, true);
      this.looking = null;
      session.peers.present.delete(MODEL);
      this.show(null);
    }
  }

  /** @param {Editor["session"]} session @param {Rect} region @param {AbortSignal} signal @returns {Promise<Answer | null>} null when it was stopped */
  async ask(session, { x, y, w, h }, signal) {
    const body = { region: [x, y, w, h], replace: "none", overlapping: "skip", stream: true };
    /** @type {Rect[]} */
    const ghosts = [];
    for await (const told of postForLines(`/api/v1/images/${this.editor.data.image.id}/label`, body, signal)) {
      if (told.answer) return told.answer;
      if (told.slice && told.slice.total > 1) this.follow(session, told.slice, ghosts);
    }
    return null;
  }

  /** @param {Editor["session"]} session @param {Slice} slice @param {Rect[]} ghosts */
  follow(session, { done, total, window: [x, y, w, h], boxes }, ghosts) {
    ghosts.push(...boxes.filter(({ shape }) => shape === "box"));
    session.peers.present.set(MODEL, {
      id: MODEL, user: MODEL, name: `Model ${done}/${total}`, color: COLOR, cursor: [x + w / 2, y + h / 2],
      selection: [], ghosts: /** @type {any} */ (ghosts), viewport: null, at: Date.now(),
    });
    if (session === this.editor.session) this.editor.peersChanged();
  }

  /** Escape is for the model while it looks. @param {KeyboardEvent} event */
  heed(event) {
    if (event.key !== "Escape" || document.querySelector("dialog[open]")) return;
    event.preventDefault();
    event.stopPropagation();
    this.looking?.abort();
  }

  /** @param {Rect | null} region what is being looked at */
  show(region) {
    const { editor } = this;
    must("#stage").setAttribute("aria-busy", String(region !== null));
    editor.scene.show({ marquee: region });
    editor.peersChanged();
    if (region) editor.emit("say", "The model is looking. Escape stops it.");
  }
}

/** @param {Answer} answer */
function wordsFor({ boxes, known, unmapped, model }) {
  const found = boxes.length === 1 ? "1 proposal" : `${boxes.length} proposals`;
  if (boxes.length) return `${model.name}: ${found} added.`;
  if (unmapped) return `${model.name} sees only classes that this project lacks. Add them in the project's settings.`;
  return known ? `${model.name} sees only what is here already.` : `${model.name} sees nothing here. Zoom in and ask again, or press G for its ghosts.`;
}
