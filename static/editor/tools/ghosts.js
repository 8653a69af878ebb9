// Ghosts: boxes that the model half believes. Drawn only under the pointer or one by one; a click makes one a box.
import { isAbove } from "../model/order.js";
import { drawBox, judge } from "../commands/boxes.js";
import { cut } from "../model/geometry.js";
import { Grid } from "../model/grid.js";
import { iou, isWellInside, SAME_FROM } from "../model/overlap.js";
import { call } from "../../lib/api.js";

/**
 * @typedef {import("../view/editor.js").Editor} Editor
 * @typedef {import("../view/editor.js").At} At
 * @typedef {import("../model/edits.js").Box} Box
 * @typedef {import("../model/geometry.js").Rect} Rect
 * @typedef {Rect & {id: string, class_id: string | null, score: number | null, hidden?: Box}} Ghost
 *   `hidden`: a proposal under the threshold
 */

/** The outer part of a ghost is left to whoever sets a corner there. */
const RIM = 0.15;
/** What covers more of the view is no object that somebody points at. */
const LARGEST = 0.6;
const AGAIN_MS = 800;
const AHEAD = 2;

export class Ghosts {
  /** @param {Editor} editor */
  constructor(editor) {
    this.editor = editor;
    /** @type {Grid<Ghost>} */
    this.grid = new Grid(editor.data.image);
    /** @type {Ghost[]} */
    this.all = [];
    /** @type {Ghost | null} outlined because the pointer is on it */
    this.pointed = null;
    /** @type {Ghost | null} outlined because G chose it */
    this.chosen = null;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.again = undefined;
    editor.ghosts = this;
    editor.on("opened", () => this.open());
    editor.on("selection", () => this.leave());
    editor.on("boxes", (touched) => this.touched(touched));
    this.open();
  }

  open() {
    this.leave();
    this.pointed = null;
    this.all = [];
    this.grid = new Grid(this.editor.data.image);
    void this.fetch();
  }

  /** @param {RequestCache} [cache] */
  async fetch(cache) {
    const { data } = this.editor;
    const answer = await call(ghostsOf(data.image.id), { cache }).catch(() => null);
    if (!answer || this.editor.data !== data) return;
    this.all = answer.results.map((/** @type {any} */ ghost, /** @type {number} */ at) => ({ ...ghost, id: String(at) }));
    this.grid = new Grid(data.image);
    for (const ghost of this.all) this.grid.set(ghost);
    // Into the browser's cache, for when the person gets there.
    const here = data.neighbours.findIndex((one) => one.id === data.image.id);
    for (const { id } of data.neighbours.slice(here + 1, here + 1 + AHEAD)) void call(ghostsOf(id)).catch(() => null);
  }

  /** A model has just proposed here: it may have left other ghosts. @param {Set<string>} touched */
  touched(touched) {
    if (this.pointed && !this.isOpen(this.pointed)) this.pointed = null;
    if (this.chosen && !this.isOpen(this.chosen)) this.chosen = null;
    this.draw();
    const { view } = this.editor.document;
    const isFresh = (/** @type {Box | undefined} */ box) => box?.source === "model" && box.state === "proposed" && !box.updated_by;
    if (![...touched].some((id) => isFresh(view.get(id)))) return;
    clearTimeout(this.again);
    this.again = setTimeout(() => void this.fetch("reload"), AGAIN_MS);
  }

  // Under the pointer

  /** Outline the smallest ghost under the pointer; with null, none. @param {At | null} at */
  point(at) {
    const ghost = at && !at.touch ? this.under(at) : null;
    if (ghost?.id === this.pointed?.id) return;
    this.pointed = ghost;
    this.draw();
  }

  /** @param {At} at @returns {Ghost | null} */
  under({ picture }) {
    const { scene, mayEdit } = this.editor;
    if (!mayEdit) return null;
    const { w, h } = scene.viewport.visible;
    const hidden = scene.grid.hits(picture).filter((box) => this.isHidden(box)).map(ghostOf);
    return (
      [...this.grid.hits(picture), ...hidden]
        .sort((a, b) => a.w * a.h - b.w * b.h)
        .find((ghost) => isWellInside(ghost, picture, RIM) && ghost.w * ghost.h < w * h * LARGEST && this.isOpen(ghost)) ?? null
    );
  }

  /** Whether a proposal waits under the threshold. @param {Box} box */
  isHidden(box) {
    return box.state === "proposed" && !isAbove(box, this.editor.scene.filter);
  }

  /** Whether neither a box nor a person's no speaks of this place. @param {Ghost} ghost */
  isOpen(ghost) {
    const near = this.editor.scene.grid.query(ghost);
    return !near.some((box) => !this.isHidden(box) && iou(box, ghost) >= SAME_FROM);
  }

  /** Make the outlined ghost a box if the pointer still is on it. @param {At} at @returns {boolean} whether there was one */
  adoptAt(at) {
    return this.pointed !== null && isWellInside(this.pointed, at.picture, 0) && this.adopt(this.pointed);
  }

  // One by one

  /** Show the next ghost, the surest first. @param {1 | -1} step */
  cycle(step) {
    const { editor } = this;
    const ghosts = this.waiting;
    if (!ghosts.length) return editor.emit("toast", { text: this.all.length ? "All ghosts are boxes by now." : "The model left no ghosts here. Label the part you see with Shift+L." });
    const at = ghosts.findIndex((ghost) => ghost.id === this.chosen?.id);
    const next = at < 0 ? (step > 0 ? 0 : ghosts.length - 1) : (at + step + ghosts.length) % ghosts.length;
    this.chosen = ghosts[next];
    this.draw();
    editor.reveal(this.chosen);
    editor.emit("say", `${this.named(this.chosen)}? Ghost ${next + 1} of ${ghosts.length}. Enter adds it, Escape leaves it.`);
  }

  /** The ghosts that may become boxes, the surest first. @returns {Ghost[]} */
  get waiting() {
    const hidden = [...this.editor.document.view.values()].filter((box) => this.isHidden(box)).map(ghostOf);
    return [...hidden, ...this.all].filter((ghost) => this.isOpen(ghost)).sort((a, b) => (b.score ?? 0) - (a.score ?? 0));
  }

  /** Make the chosen ghost a box. @returns {boolean} whether one was chosen */
  adoptChosen() {
    return this.chosen !== null && this.adopt(this.chosen);
  }

  /** Choose none. @returns {boolean} whether one was chosen */
  leave() {
    if (!this.chosen) return false;
    this.chosen = null;
    this.draw();
    return true;
  }

  // Both

  /** @param {Ghost} ghost */
  adopt(ghost) {
    const { editor } = this;
    const box = ghost.hidden && editor.document.view.get(ghost.hidden.id);
    const edits = box ? judge([box], "accepted") : [drawBox(cut(ghost, editor.data.image), ghost.class_id)];
    this.pointed = this.chosen = null;
    this.draw();
    if (!editor.submit(edits, "add")) return true;
    // In the middle of a sweep the proposal in hand stays in hand.
    if (!editor.selected.some((one) => one.state === "proposed")) editor.select([edits[0].box_id]);
    editor.emit("say", `${this.named(ghost)}, added.`);
    return true;
  }

  draw() {
    const ghost = this.chosen ?? this.pointed;
    if (this.editor.scene.ghost !== ghost) this.editor.scene.show({ ghost });
  }

  /** @param {Ghost} ghost */
  named(ghost) {
    return this.editor.look(ghost.class_id).name + (ghost.score === null ? "" : `, ${ghost.score.toFixed(2)}`);
  }
}

/** @param {string} image */
const ghostsOf = (image) => `/api/v1/images/${image}/ghosts`;

/** @param {Box} box @returns {Ghost} */
const ghostOf = (box) => ({ id: box.id, class_id: box.class_id, score: box.score, x: box.x, y: box.y, w: box.w, h: box.h, hidden: box });
